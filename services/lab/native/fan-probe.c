// fan-probe - sends numbered UDP packets at a fixed pace to many home addresses and records the answers with the kernel's
// receive timestamps. The payload is that of services/crowd/probe.ts, the record that of services/crowd/far-end-record.ts.
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

enum { MAGIC = 0x52364350, PORT = 5997, MOST = 256, BATCH = 64, FILLING = 32, DRAIN_MS = 10, LAST_ANSWERS_MS = 500 };

struct payload { uint32_t magic, number; uint64_t sent_ns; uint32_t answer, zero; uint64_t answered_ns; uint8_t filling[FILLING]; };
struct record { uint32_t flow, number, answer, zero; uint64_t sent_ns, answered_ns, received_ns; };

static volatile sig_atomic_t ended;
static void on_end(int number) { (void)number; ended = 1; }

static uint64_t now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "fan-probe: %s: %s\n", what, strerror(errno));
  exit(1);
}

struct fan {
  int socket, flows;
  struct sockaddr_in6 peers[MOST];
  uint64_t interval_ns, refused, damaged;
  uint32_t numbers;
};

static uint8_t filling(uint32_t number, int at) { return (uint8_t)(number * 7 + (uint32_t)at + 32); }

// Absolute times, so that a late wake-up delays one round and not all that follow.
static void *send_all(void *argument) {
  struct fan *f = argument;
  struct sched_param priority = {.sched_priority = 10};
  pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
  static struct payload packet = {.magic = MAGIC};
  static struct mmsghdr messages[MOST];
  struct iovec vector = {&packet, sizeof packet};
  for (int i = 0; i < f->flows; i++)
    messages[i].msg_hdr = (struct msghdr){.msg_name = &f->peers[i], .msg_namelen = sizeof f->peers[i],
                                          .msg_iov = &vector, .msg_iovlen = 1};
  uint64_t next = now_ns(CLOCK_MONOTONIC) + 1000000;
  while (!ended) {
    struct timespec due = {.tv_sec = (time_t)(next / 1000000000u), .tv_nsec = (long)(next % 1000000000u)};
    if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL)) continue;
    packet.number = f->numbers;
    packet.sent_ns = now_ns(CLOCK_REALTIME);
    for (int i = 0; i < FILLING; i++) packet.filling[i] = filling(packet.number, i);
    for (int done = 0; done < f->flows;) {
      int n = sendmmsg(f->socket, messages + done, (unsigned)(f->flows - done), MSG_DONTWAIT);
      if (n > 0) done += n;
      else f->refused++, done++;
    }
    f->numbers++;
    next += f->interval_ns;
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

static int flow_of(const struct fan *f, const struct sockaddr_in6 *peer) {
  for (int i = 0; i < f->flows; i++)
    if (!memcmp(&f->peers[i].sin6_addr, &peer->sin6_addr, sizeof peer->sin6_addr)) return i;
  return -1;
}

static int is_whole(const struct payload *p) {
  for (int i = 0; i < FILLING; i++)
    if (p->filling[i] != filling(p->number, i)) return 0;
  return 1;
}

// The kernel stamps arrivals, so they may wait in the socket's buffer: few wake-ups, little processor time.
static void receive_all(struct fan *f, FILE *out) {
  static struct payload packets[BATCH];
  static struct sockaddr_in6 names[BATCH];
  static char control[BATCH][128];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
  uint64_t last = 0;
  for (;;) {
    if (ended && last == 0) last = now_ns(CLOCK_MONOTONIC) + LAST_ANSWERS_MS * 1000000ull;
    if (last && now_ns(CLOCK_MONOTONIC) >= last) return;
    struct pollfd wait = {.fd = f->socket, .events = POLLIN};
    if (poll(&wait, 1, 50) < 0) continue;
    int n;
    do {
      memset(messages, 0, sizeof messages);
      for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){&packets[i], sizeof packets[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1, .msg_name = &names[i],
                                              .msg_namelen = sizeof names[i], .msg_control = control[i],
                                              .msg_controllen = sizeof control[i]};
      }
      n = recvmmsg(f->socket, messages, BATCH, MSG_DONTWAIT, NULL);
      for (int i = 0; i < n; i++) {
        int flow = flow_of(f, &names[i]);
        if (flow < 0 || messages[i].msg_len != sizeof packets[i] || packets[i].magic != MAGIC || !is_whole(&packets[i])) {
          f->damaged++;
          continue;
        }
        struct record r = {(uint32_t)flow, packets[i].number, packets[i].answer, 0, packets[i].sent_ns,
                           packets[i].answered_ns, receive_time(&messages[i].msg_hdr)};
        fwrite(&r, sizeof r, 1, out);
      }
    } while (n == BATCH);
    fflush(out);
    struct timespec rest = {.tv_nsec = DRAIN_MS * 1000000};
    nanosleep(&rest, NULL);
  }
}

int main(int argc, char **argv) {
  if (argc < 6 || argc > 5 + MOST) {
    fprintf(stderr, "usage: fan-probe ADDRESS INTERVAL-MICROSECONDS SECONDS RECORD-FILE HOME-ADDRESS... (at most %d)\n", MOST);
    return 2;
  }
  static struct fan f;
  f.interval_ns = strtoull(argv[2], NULL, 10) * 1000;
  f.flows = argc - 5;
  struct sockaddr_in6 local = {.sin6_family = AF_INET6};
  int right = inet_pton(AF_INET6, argv[1], &local.sin6_addr) == 1 && f.interval_ns > 0;
  for (int i = 0; i < f.flows; i++) {
    f.peers[i] = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    right = right && inet_pton(AF_INET6, argv[5 + i], &f.peers[i].sin6_addr) == 1;
  }
  if (!right) {
    fprintf(stderr, "fan-probe: no IPv6 address, or no interval\n");
    return 2;
  }
  signal(SIGTERM, on_end);
  signal(SIGINT, on_end);
  signal(SIGALRM, on_end);
  f.socket = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (f.socket < 0) fail("socket");
  int on = 1, room = 8 << 20;
  if (setsockopt(f.socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on)) fail("SO_TIMESTAMPNS");
  if (setsockopt(f.socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
    setsockopt(f.socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (bind(f.socket, (struct sockaddr *)&local, sizeof local)) fail("bind");
  FILE *out = fopen(argv[4], "w");
  if (!out) fail(argv[4]);
  alarm((unsigned)atoi(argv[3]));
  pthread_t sending;
  errno = pthread_create(&sending, NULL, send_all, &f);
  if (errno) fail("pthread_create");
  receive_all(&f, out);
  pthread_join(sending, NULL);
  fclose(out);
  printf("{\"numbers\":%u,\"refused\":%llu,\"damaged\":%llu}\n", f.numbers, (unsigned long long)f.refused,
         (unsigned long long)f.damaged);
  return 0;
}
