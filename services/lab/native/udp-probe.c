// udp-probe - one end of a pair that sends numbered UDP packets at a fixed pace in both directions and records arrivals
// with the kernel's receive timestamps. See ../README.md for the file formats.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
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

enum { MAGIC = 0x52364c42, BATCH = 64, PAYLOAD = 64, DRAIN_MS = 10 };

struct payload { uint32_t magic, sequence; uint64_t sent_ns; uint8_t fill[PAYLOAD - 16]; };
struct record { uint32_t sequence, reserved; uint64_t sent_ns, received_ns; };

static volatile sig_atomic_t ended;
static void on_end(int number) { (void)number; ended = 1; }

static uint64_t now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "udp-probe: %s: %s\n", what, strerror(errno));
  exit(1);
}

struct sender {
  int socket;
  struct sockaddr_in6 peer;
  uint64_t interval_ns, sent;
  uint64_t refused[256];
  const char *record;
};

// The schedule is written before the first packet: what should have arrived is known from it alone.
static void write_schedule(const struct sender *s, uint64_t start_ns) {
  char path[4096];
  snprintf(path, sizeof path, "%s.schedule", s->record);
  FILE *file = fopen(path, "w");
  if (!file) fail(path);
  fprintf(file, "{\"startNs\":\"%llu\",\"intervalNs\":%llu}\n", (unsigned long long)start_ns,
          (unsigned long long)s->interval_ns);
  fclose(file);
}

static void write_outcome(const struct sender *s) {
  char path[4096];
  snprintf(path, sizeof path, "%s.outcome", s->record);
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "{\"sent\":%llu,\"refused\":{", (unsigned long long)s->sent);
  const char *comma = "";
  for (int i = 0; i < 256; i++)
    if (s->refused[i]) {
      fprintf(file, "%s\"%s\":%llu", comma, strerrorname_np(i) ? strerrorname_np(i) : "unknown",
              (unsigned long long)s->refused[i]);
      comma = ",";
    }
  fprintf(file, "}}\n");
  fclose(file);
}

// Absolute times, so that a late wake-up delays one packet and not all that follow. A socket that refuses (no route, no
// address while the node moves) costs that packet, and sending goes on.
static void *send_all(void *argument) {
  struct sender *s = argument;
  // A busy machine must not be taken for a gap; without the privilege it runs as it may.
  struct sched_param priority = {.sched_priority = 10};
  pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
  struct payload packet = {.magic = MAGIC};
  uint64_t next = now_ns(CLOCK_MONOTONIC) + 1000000;
  write_schedule(s, now_ns(CLOCK_REALTIME) + 1000000);
  while (!ended) {
    struct timespec due = {.tv_sec = (time_t)(next / 1000000000u), .tv_nsec = (long)(next % 1000000000u)};
    if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL)) continue;
    packet.sent_ns = now_ns(CLOCK_REALTIME);
    ssize_t n = sendto(s->socket, &packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&s->peer, sizeof s->peer);
    if (n == (ssize_t)sizeof packet) s->sent++;
    else s->refused[errno & 255]++;
    packet.sequence++;
    next += s->interval_ns;
  }
  return NULL;
}

static uint64_t receive_time(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec t;
      memcpy(&t, CMSG_DATA(c), sizeof t);
      return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    }
  return now_ns(CLOCK_REALTIME);
}

// The kernel stamps arrivals, so they may wait in the socket's buffer: few wake-ups, little processor time.
static void receive_all(int socket, FILE *out) {
  static struct payload packets[BATCH];
  static char control[BATCH][128];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
  while (!ended) {
    struct pollfd wait = {.fd = socket, .events = POLLIN};
    if (poll(&wait, 1, 100) < 0) continue;
    int n;
    do {
      memset(messages, 0, sizeof messages);
      for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){&packets[i], sizeof packets[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1, .msg_control = control[i],
                                              .msg_controllen = sizeof control[i]};
      }
      n = recvmmsg(socket, messages, BATCH, MSG_DONTWAIT, NULL);
      for (int i = 0; i < n; i++) {
        if (messages[i].msg_len != sizeof packets[i] || packets[i].magic != MAGIC) continue;
        struct record r = {packets[i].sequence, 0, packets[i].sent_ns, receive_time(&messages[i].msg_hdr)};
        fwrite(&r, sizeof r, 1, out);
      }
    } while (n == BATCH);
    fflush(out);
    struct timespec rest = {.tv_nsec = DRAIN_MS * 1000000};
    nanosleep(&rest, NULL);
  }
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: udp-probe ADDRESS PORT PEER PEER-PORT INTERVAL-MICROSECONDS RECORD-FILE\n");
    return 2;
  }
  struct sender s = {.record = argv[6], .interval_ns = strtoull(argv[5], NULL, 10) * 1000};
  struct sockaddr_in6 local = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[2]))};
  s.peer = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(argv[4]))};
  if (inet_pton(AF_INET6, argv[1], &local.sin6_addr) != 1 || inet_pton(AF_INET6, argv[3], &s.peer.sin6_addr) != 1 ||
      s.interval_ns == 0) {
    fprintf(stderr, "udp-probe: no IPv6 address, or no interval\n");
    return 2;
  }
  signal(SIGTERM, on_end);
  signal(SIGINT, on_end);
  s.socket = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s.socket < 0) fail("socket");
  int on = 1, room = 8 << 20;
  // The home address is not on any device while the mobile node moves.
  setsockopt(s.socket, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
  if (setsockopt(s.socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on)) fail("SO_TIMESTAMPNS");
  if (setsockopt(s.socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
    setsockopt(s.socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(s.socket, (struct sockaddr *)&local, sizeof local)) fail("bind");
  FILE *out = fopen(s.record, "w");
  if (!out) fail(s.record);
  pthread_t sending;
  errno = pthread_create(&sending, NULL, send_all, &s);
  if (errno) fail("pthread_create");
  receive_all(s.socket, out);
  pthread_join(sending, NULL);
  fclose(out);
  write_outcome(&s);
  return 0;
}
