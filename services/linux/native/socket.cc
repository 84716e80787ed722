// Opening, configuring and naming sockets of any family.
#include <cstring>

#include <linux/filter.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addon.h"

namespace roam6 {
namespace {

napi_value open_socket(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int type = call.number(1) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  std::string path = call.text(3);
  if (path.empty()) return call.outcome(socket(call.number(0), type, call.number(2)));
  return call.give(open_socket_in(path, call.number(0), type, call.number(2)));
}

napi_value close_socket(napi_env env, napi_callback_info info) {
  Call call(env, info);
  return call.outcome(close(call.number(0)));
}

napi_value set_option(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto value = call.octets(3);
  return call.outcome(
      setsockopt(call.number(0), call.number(1), call.number(2), value.data, static_cast<socklen_t>(value.length)));
}

napi_value get_option(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto value = call.octets(3);
  socklen_t length = static_cast<socklen_t>(value.length);
  int result = getsockopt(call.number(0), call.number(1), call.number(2), value.data, &length);
  return call.outcome(result < 0 ? result : static_cast<int>(length));
}

napi_value attach_filter(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto program = call.octets(1);
  sock_filter instructions[BPF_MAXINSNS];
  if (program.length == 0 || program.length > sizeof instructions) return call.give(-EINVAL);
  memcpy(instructions, program.data, program.length);
  sock_fprog filter{static_cast<unsigned short>(program.length / sizeof(sock_filter)), instructions};
  return call.outcome(setsockopt(call.number(0), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
}

napi_value bind_socket(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto name = call.octets(1);
  return call.outcome(
      bind(call.number(0), reinterpret_cast<const sockaddr*>(name.data), static_cast<socklen_t>(name.length)));
}

napi_value connect_socket(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto name = call.octets(1);
  return call.outcome(
      connect(call.number(0), reinterpret_cast<const sockaddr*>(name.data), static_cast<socklen_t>(name.length)));
}

napi_value socket_name(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto name = call.octets(1);
  socklen_t length = static_cast<socklen_t>(name.length);
  int result = getsockname(call.number(0), reinterpret_cast<sockaddr*>(name.data), &length);
  return call.outcome(result < 0 ? result : static_cast<int>(length));
}

/** An ioctl on a device by name; returns false with errno set. */
bool ask_device(const Call& call, unsigned long what, ifreq& request) {
  std::string device = call.text(1);
  if (device.empty() || device.size() >= IFNAMSIZ) {
    errno = ENODEV;
    return false;
  }
  memset(&request, 0, sizeof request);
  memcpy(request.ifr_name, device.data(), device.size());
  return ioctl(call.number(0), what, &request) == 0;
}

napi_value device_index(napi_env env, napi_callback_info info) {
  Call call(env, info);
  ifreq request;
  return call.outcome(ask_device(call, SIOCGIFINDEX, request) ? request.ifr_ifindex : -1);
}

napi_value device_address(napi_env env, napi_callback_info info) {
  Call call(env, info);
  ifreq request;
  auto address = call.octets(2);
  if (!ask_device(call, SIOCGIFHWADDR, request)) return call.outcome(-1);
  if (address.length != 6) return call.give(-EINVAL);
  memcpy(address.data, request.ifr_hwaddr.sa_data, 6);
  return call.give(0);
}

}  // namespace

void add_socket_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "openSocket", open_socket);
  add_function(env, exports, "closeSocket", close_socket);
  add_function(env, exports, "setOption", set_option);
  add_function(env, exports, "getOption", get_option);
  add_function(env, exports, "attachFilter", attach_filter);
  add_function(env, exports, "bindSocket", bind_socket);
  add_function(env, exports, "connectSocket", connect_socket);
  add_function(env, exports, "socketName", socket_name);
  add_function(env, exports, "deviceIndex", device_index);
  add_function(env, exports, "deviceAddress", device_address);
}

}  // namespace roam6
