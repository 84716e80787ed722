// link-relay - stands between a port of the lab's switch and its bridge, and delays, duplicates, reorders and loses frames:
// what netem does, for kernels that have none. Runs in the switch's namespace; takes the port out of the bridge when it
// begins, puts it back at SIGTERM. NEAR is the port, FAR the free end of a veth pair whose other end is in the bridge.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/sockios.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum { LARGEST = 1 << 17, MOST_FRAMES = 8192 };

struct frame {
  struct frame *next;
  uint64_t due;
  int to;
  size_t length;
  uint8_t bytes[];
};

static volatile sig_atomic_t ended;
static void on_end(int number) { (void)number; ended = 1; }

static void fail(const char *what) {
  fprintf(stderr, "link-relay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int open_port(const char *name) {
  int s = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
  if (s < 0) fail("socket");
  int on = 1, room = 16 << 20;
  // Frames of this machine have unfinished checksums and may be larger than the link: their headers go along.
  if (setsockopt(s, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on)) fail("PACKET_VNET_HDR");
  if (setsockopt(s, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on)) fail("PACKET_IGNORE_OUTGOING");
  setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
                                .sll_ifindex = (int)if_nametoindex(name)};
  if (address.sll_ifindex == 0 || bind(s, (struct sockaddr *)&address, sizeof address)) fail(name);
  struct packet_mreq all = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
  if (setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all)) fail(name);
  return s;
}

static void plug(const char *bridge, const char *port, int in) {
  int control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq r;
  memset(&r, 0, sizeof r);
  strncpy(r.ifr_name, bridge, IFNAMSIZ - 1);
  r.ifr_ifindex = (int)if_nametoindex(port);
  // A port that is gone with its node cannot be put back.
  if (ioctl(control, in ? SIOCBRADDIF : SIOCBRDELIF, &r) && !in) fail(bridge);
  close(control);
}

// The switch forgets what it has learned behind a port that goes down.
static void set_down(const char *name) {
  int control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq r;
  memset(&r, 0, sizeof r);
  strncpy(r.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(control, SIOCGIFFLAGS, &r) == 0) {
    r.ifr_flags &= ~IFF_UP;
    ioctl(control, SIOCSIFFLAGS, &r);
  }
  close(control);
}

static struct frame *queue;
static unsigned queued;

static void add(struct frame *frame) {
  struct frame **at = &queue;
  while (*at && (*at)->due <= frame->due) at = &(*at)->next;
  frame->next = *at;
  *at = frame;
  queued++;
}

static double chance(void) { return drand48(); }

int main(int argc, char **argv) {
  if (argc != 9) {
    fprintf(stderr, "usage: link-relay BRIDGE NEAR FAR DELAY-US JITTER-US LOSS-PERCENT DUPLICATE-PERCENT SEED\n");
    return 2;
  }
  const char *bridge = argv[1], *near = argv[2], *far = argv[3];
  double delay = atof(argv[4]) * 1e3, jitter = atof(argv[5]) * 1e3, loss = atof(argv[6]) / 100, twice = atof(argv[7]) / 100;
  srand48(atol(argv[8]));
  signal(SIGTERM, on_end);
  signal(SIGINT, on_end);
  struct pollfd ports[2] = {{.fd = open_port(near), .events = POLLIN}, {.fd = open_port(far), .events = POLLIN}};
  plug(bridge, near, 0);
  printf("ready\n");
  fflush(stdout);
  static uint8_t buffer[LARGEST];
  while (!ended) {
    uint64_t now = now_ns();
    while (queue && queue->due <= now) {
      struct frame *frame = queue;
      queue = frame->next;
      queued--;
      // One that the other side does not take is lost, as on any link.
      if (write(frame->to, frame->bytes, frame->length) < 0 && errno == ENXIO) ended = 1;
      free(frame);
    }
    struct timespec wait = {.tv_sec = 0, .tv_nsec = 50000000};
    if (queue && queue->due < now + 50000000) wait.tv_nsec = queue->due > now ? (long)(queue->due - now) : 0;
    if (ppoll(ports, 2, &wait, NULL) < 0) continue;
    for (int i = 0; i < 2; i++) {
      ssize_t n;
      while ((n = read(ports[i].fd, buffer, sizeof buffer)) > (ssize_t)sizeof(struct virtio_net_hdr)) {
        if (chance() < loss) continue;
        for (int copies = chance() < twice ? 2 : 1; copies > 0 && queued < MOST_FRAMES; copies--) {
          struct frame *frame = malloc(sizeof *frame + (size_t)n);
          if (!frame) continue;
          frame->due = now_ns() + (uint64_t)(delay + chance() * jitter);
          frame->to = ports[1 - i].fd;
          frame->length = (size_t)n;
          memcpy(frame->bytes, buffer, (size_t)n);
          add(frame);
        }
      }
    }
  }
  set_down(far);
  plug(bridge, near, 1);
  return 0;
}
