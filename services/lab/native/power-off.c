// power-off - the death of a whole node: every process in its network namespace is killed and every port it is plugged
// into is blocked, at one instant, from one program that has looked everything up beforehand. A port that went down would take
// the carrier away from the node's devices, and its kernel, which is that of all other nodes too, would look at each of its routes
// because of that, very many perhaps, just when the others have to act.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PROCESSES = 1024, MOST_PORTS = 16, TRIES = 200 };

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int find_processes(ino_t namespace, pid_t *found) {
  int count = 0;
  DIR *all = opendir("/proc");
  if (!all) return 0;
  for (struct dirent *entry; (entry = readdir(all)) && count < MOST_PROCESSES;) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    char path[300];
    struct stat its;
    snprintf(path, sizeof path, "/proc/%s/ns/net", entry->d_name);
    if (stat(path, &its) == 0 && its.st_ino == namespace) found[count++] = atoi(entry->d_name);
  }
  closedir(all);
  return count;
}

/** Takes a port of a bridge out of service: nothing comes in or goes out (IFLA_BRPORT_STATE). */
struct block {
  struct nlmsghdr header;
  struct ifinfomsg link;
  struct nlattr port;
  struct nlattr state;
  uint8_t value;
  uint8_t pad[3];
};

static struct block block_of(int port) {
  struct block block;
  memset(&block, 0, sizeof block);
  block.header.nlmsg_len = sizeof block;
  block.header.nlmsg_type = RTM_SETLINK;
  block.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  block.link.ifi_family = AF_BRIDGE;
  block.link.ifi_index = port;
  block.port.nla_len = sizeof block.port + sizeof block.state + 4;
  block.port.nla_type = IFLA_PROTINFO | NLA_F_NESTED;
  block.state.nla_len = sizeof block.state + 1;
  block.state.nla_type = IFLA_BRPORT_STATE;
  block.value = BR_STATE_DISABLED;
  return block;
}

/** Reads one acknowledgement. @returns 0 or an errno */
static int answer_of(int route) {
  union {
    struct nlmsghdr header;
    char bytes[4096];
  } answer;
  ssize_t length = recv(route, &answer, sizeof answer, 0);
  if (length < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || answer.header.nlmsg_type != NLMSG_ERROR) return EPROTO;
  return -((struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
}

int main(int argc, char **argv) {
  if (argc < 3 || argc > 3 + MOST_PORTS) {
    fprintf(stderr, "usage: power-off NAMESPACE-FILE SWITCH-NAMESPACE-FILE [PORT...]\n");
    return 2;
  }
  static pid_t processes[MOST_PROCESSES];
  static struct block ports[MOST_PORTS];
  struct stat node;
  if (stat(argv[1], &node)) {
    fprintf(stderr, "power-off: %s: %s\n", argv[1], strerror(errno));
    return 1;
  }
  int home = open(argv[2], O_RDONLY | O_CLOEXEC);
  if (home < 0 || setns(home, CLONE_NEWNET)) {
    fprintf(stderr, "power-off: %s: %s\n", argv[2], strerror(errno));
    return 1;
  }
  int route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), many = argc - 3;
  for (int i = 0; i < many; i++) {
    int port = (int)if_nametoindex(argv[3 + i]);
    if (port == 0) {
      fprintf(stderr, "power-off: port %s: %s\n", argv[3 + i], strerror(errno));
      return 1;
    }
    ports[i] = block_of(port);
  }
  int count = find_processes(node.st_ino, processes), killed = count;
  uint64_t start = now_ns();
  // The ports first: processes that die keep the kernel's lock busy with their sockets.
  int failure = 0;
  if (many > 0 && send(route, ports, (size_t)many * sizeof *ports, 0) < 0) failure = errno;
  for (int i = 0; i < count; i++) kill(processes[i], SIGKILL);
  uint64_t end = now_ns();
  for (int i = 0; i < many && failure == 0; i++) failure = answer_of(route);
  if (failure != 0) {
    fprintf(stderr, "power-off: block the ports: %s\n", strerror(failure));
    return 1;
  }
  // A process that was being started meanwhile, and those that take their time to die.
  for (int i = 0; i < TRIES && (count = find_processes(node.st_ino, processes)) > 0; i++) {
    for (int j = 0; j < count; j++) kill(processes[j], SIGKILL);
    usleep(10000);
  }
  printf("{\"startNs\":\"%llu\",\"endNs\":\"%llu\",\"killed\":%d,\"left\":%d}\n", (unsigned long long)start,
         (unsigned long long)end, killed, count);
  return 0;
}
