// tcp-probe - one end of a TCP connection that carries a pseudo-random byte stream in both directions; each end makes
// the other's stream itself and compares every byte. See ../README.md for the file format.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

enum { CHUNK = 8192, TICK_MS = 10, REPORT_MS = 50 };

static volatile sig_atomic_t ended;
static void on_end(int number) { (void)number; ended = 1; }
static FILE *out;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what, int code) {
  fprintf(out ? out : stderr, "%llu error %s %s\n", (unsigned long long)now_ns(),
          code ? strerrorname_np(code) : "-", what);
  if (out) fclose(out);
  exit(1);
}

// xorshift64*: both ends make the same stream from the same seed.
struct stream { uint64_t state, word; unsigned left; };
static uint8_t next_byte(struct stream *s) {
  if (s->left == 0) {
    s->state ^= s->state >> 12;
    s->state ^= s->state << 25;
    s->state ^= s->state >> 27;
    s->word = s->state * 0x2545F4914F6CDD1Dull;
    s->left = 8;
  }
  uint8_t byte = (uint8_t)s->word;
  s->word >>= 8;
  s->left--;
  return byte;
}

static int open_connection(int listens, struct sockaddr_in6 *local, struct sockaddr_in6 *peer) {
  int on = 1, s = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) fail("socket", errno);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // The home address is not on any device while the mobile node moves.
  setsockopt(s, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
  if (bind(s, (struct sockaddr *)local, sizeof *local)) fail("bind", errno);
  if (!listens) {
    if (connect(s, (struct sockaddr *)peer, sizeof *peer)) fail("connect", errno);
    return s;
  }
  if (listen(s, 1)) fail("listen", errno);
  int connection = accept4(s, NULL, NULL, SOCK_CLOEXEC);
  if (connection < 0) fail("accept", errno);
  close(s);
  return connection;
}

int main(int argc, char **argv) {
  int listens = argc == 5 && strcmp(argv[1], "listen") == 0;
  if (!listens && !(argc == 7 && strcmp(argv[1], "connect") == 0)) {
    fprintf(stderr, "usage: tcp-probe listen ADDRESS PORT RECORD-FILE\n"
                    "       tcp-probe connect ADDRESS PORT PEER PEER-PORT RECORD-FILE\n");
    return 2;
  }
  struct sigaction action = {.sa_handler = on_end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in6 local = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[3]))}, peer = local;
  if (inet_pton(AF_INET6, argv[2], &local.sin6_addr) != 1) return 2;
  if (!listens) {
    peer.sin6_port = htons((uint16_t)atoi(argv[5]));
    if (inet_pton(AF_INET6, argv[4], &peer.sin6_addr) != 1) return 2;
  }
  out = fopen(argv[listens ? 4 : 6], "w");
  if (!out) fail("cannot write the record", errno);
  int s = open_connection(listens, &local, &peer), on = 1;
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct stream mine = {.state = listens ? 0x9E3779B97F4A7C15ull : 0xD1B54A32D192ED03ull};
  struct stream theirs = {.state = listens ? 0xD1B54A32D192ED03ull : 0x9E3779B97F4A7C15ull};
  uint8_t sending[CHUNK], receiving[65536];
  size_t waiting = 0;
  uint64_t sent = 0, received = 0, tick = now_ns(), report = 0;
  while (!ended) {
    struct pollfd wait = {.fd = s, .events = POLLIN};
    uint64_t now = now_ns();
    int left = now >= tick ? 0 : (int)((tick - now) / 1000000) + 1;
    poll(&wait, 1, left);
    now = now_ns();
    if (now >= tick) {
      if (waiting == 0)
        for (; waiting < CHUNK; waiting++) sending[waiting] = next_byte(&mine);
      ssize_t n = send(s, sending, waiting, MSG_DONTWAIT);
      if (n > 0) {
        sent += (uint64_t)n;
        waiting -= (size_t)n;
        memmove(sending, sending + n, waiting);
      } else if (n < 0 && errno != EAGAIN && errno != EINTR) fail("send", errno);
      tick = now + TICK_MS * 1000000;
    }
    if (wait.revents) {
      ssize_t n = recv(s, receiving, sizeof receiving, MSG_DONTWAIT);
      if (n == 0) fail("the other end closed the connection", 0);
      if (n < 0 && errno != EAGAIN && errno != EINTR) fail("receive", errno);
      for (ssize_t i = 0; i < n; i++)
        if (receiving[i] != next_byte(&theirs)) {
          char text[64];
          snprintf(text, sizeof text, "content differs at octet %llu", (unsigned long long)(received + (uint64_t)i));
          fail(text, 0);
        }
      if (n > 0) received += (uint64_t)n;
    }
    if (now >= report) {
      fprintf(out, "%llu %llu %llu\n", (unsigned long long)now, (unsigned long long)sent, (unsigned long long)received);
      fflush(out);
      report = now + REPORT_MS * 1000000;
    }
  }
  fprintf(out, "%llu %llu %llu\n", (unsigned long long)now_ns(), (unsigned long long)sent, (unsigned long long)received);
  fclose(out);
  return 0;
}
