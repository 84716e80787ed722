// Sockets of another network namespace. setns() moves the calling thread alone, so a thread of its own does it and ends;
// the socket stays where it was made.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addon.h"

namespace roam6 {
namespace {

struct Request {
  const char* path;
  int family, type, protocol;
  int result;
};

void* run(void* argument) {
  Request* request = static_cast<Request*>(argument);
  request->result = -1;
  int space = open(request->path, O_RDONLY | O_CLOEXEC);
  if (space >= 0) {
    if (setns(space, CLONE_NEWNET) == 0)
      request->result = socket(request->family, request->type, request->protocol);
    if (request->result < 0) request->result = -errno;
    close(space);
  } else {
    request->result = -errno;
  }
  return nullptr;
}

}  // namespace

int open_socket_in(const std::string& path, int family, int type, int protocol) {
  Request request{path.c_str(), family, type, protocol, -1};
  pthread_t thread;
  int error = pthread_create(&thread, nullptr, run, &request);
  if (error != 0) return -error;
  pthread_join(thread, nullptr);
  return request.result;
}

}  // namespace roam6
