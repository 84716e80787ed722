// replug - moves a port of the lab's switch to another bridge, as a cable that is pulled out and put in elsewhere: the
// port loses carrier for a given time. One program, for the shell's way takes longer than the move.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int control;

static void fail(const char *what) {
  fprintf(stderr, "replug: %s: %s\n", what, strerror(errno));
  exit(1);
}

static struct ifreq request(const char *name) {
  struct ifreq r;
  memset(&r, 0, sizeof r);
  strncpy(r.ifr_name, name, IFNAMSIZ - 1);
  return r;
}

static void set_up(const char *name, int up) {
  struct ifreq r = request(name);
  if (ioctl(control, SIOCGIFFLAGS, &r)) fail(name);
  if (up) r.ifr_flags |= IFF_UP;
  else r.ifr_flags &= ~IFF_UP;
  if (ioctl(control, SIOCSIFFLAGS, &r)) fail(name);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: replug SWITCH-NAMESPACE-FILE PORT MILLISECONDS NEW-BRIDGE [OTHER-BRIDGE...]\n");
    return 2;
  }
  int home = open(argv[1], O_RDONLY | O_CLOEXEC);
  if (home < 0 || setns(home, CLONE_NEWNET)) fail(argv[1]);
  control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int index = (int)if_nametoindex(argv[2]);
  if (index == 0) fail(argv[2]);
  long pause_ms = atol(argv[3]);
  uint64_t out = now_ns();
  set_up(argv[2], 0);
  struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
  for (int i = 4; i < argc; i++) {
    struct ifreq r = request(argv[i]);
    r.ifr_ifindex = index;
    // It is a port of one of them, or of none.
    if (ioctl(control, SIOCBRDELIF, &r) && errno != EINVAL) fail(argv[i]);
  }
  struct ifreq r = request(argv[4]);
  r.ifr_ifindex = index;
  if (ioctl(control, SIOCBRADDIF, &r)) fail(argv[4]);
  set_up(argv[2], 1);
  uint64_t in = now_ns();
  printf("{\"outNs\":\"%llu\",\"inNs\":\"%llu\"}\n", (unsigned long long)out, (unsigned long long)in);
  return 0;
}
