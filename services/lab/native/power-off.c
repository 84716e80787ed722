// power-off - the death of a whole node: every process in its network namespace is killed and every port it is plugged
// into goes down, at one instant, from one program that has looked everything up beforehand.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

int main(int argc, char **argv) {
  if (argc < 3 || argc > 3 + MOST_PORTS) {
    fprintf(stderr, "usage: power-off NAMESPACE-FILE SWITCH-NAMESPACE-FILE [PORT...]\n");
    return 2;
  }
  static pid_t processes[MOST_PROCESSES];
  struct ifreq ports[MOST_PORTS];
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
  int control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), many = argc - 3;
  for (int i = 0; i < many; i++) {
    memset(&ports[i], 0, sizeof ports[i]);
    strncpy(ports[i].ifr_name, argv[3 + i], IFNAMSIZ - 1);
    if (ioctl(control, SIOCGIFFLAGS, &ports[i])) {
      fprintf(stderr, "power-off: port %s: %s\n", argv[3 + i], strerror(errno));
      return 1;
    }
    ports[i].ifr_flags &= ~IFF_UP;
  }
  int count = find_processes(node.st_ino, processes), killed = count;
  uint64_t start = now_ns();
  for (int i = 0; i < count; i++) kill(processes[i], SIGKILL);
  for (int i = 0; i < many; i++) ioctl(control, SIOCSIFFLAGS, &ports[i]);
  uint64_t end = now_ns();
  // A process that was being started meanwhile, and those that take their time to die.
  for (int i = 0; i < TRIES && (count = find_processes(node.st_ino, processes)) > 0; i++) {
    for (int j = 0; j < count; j++) kill(processes[j], SIGKILL);
    usleep(10000);
  }
  printf("{\"startNs\":\"%llu\",\"endNs\":\"%llu\",\"killed\":%d,\"left\":%d}\n", (unsigned long long)start,
         (unsigned long long)end, killed, count);
  return 0;
}
