// Many datagrams in one system call, in and out of a slab whose layout slab.ts states. Lengths inside the slab come from
// our own TypeScript, yet are checked against its end: a mistake there must not become a write out of bounds here.
#include <algorithm>
#include <cstring>

#include <sys/socket.h>

#include "addon.h"

namespace roam6 {
namespace {

constexpr size_t MOST_AT_ONCE = 256;

constexpr size_t NAME_OFFSET = 16;
constexpr size_t NAME_SIZE = 32;
constexpr size_t CONTROL_OFFSET = NAME_OFFSET + NAME_SIZE;
constexpr size_t CONTROL_SIZE = 256;
constexpr size_t PAYLOAD_OFFSET = CONTROL_OFFSET + CONTROL_SIZE;

/** The first four words of a slot or record. */
struct Head {
  uint32_t length;
  uint32_t flags;
  uint32_t name_length;
  uint32_t control_length;
};

napi_value receive(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto slab = call.octets(1);
  size_t slot_size = static_cast<size_t>(std::max(call.number(2), 0));
  size_t slots = std::min(static_cast<size_t>(std::max(call.number(3), 0)), MOST_AT_ONCE);
  if (slot_size <= PAYLOAD_OFFSET || slot_size % 8 != 0 || slab.data == nullptr) return call.give(-EINVAL);
  slots = std::min(slots, slab.length / slot_size);

  mmsghdr messages[MOST_AT_ONCE];
  iovec vectors[MOST_AT_ONCE];
  memset(messages, 0, sizeof(mmsghdr) * slots);
  for (size_t i = 0; i < slots; i++) {
    uint8_t* slot = slab.data + i * slot_size;
    vectors[i] = {slot + PAYLOAD_OFFSET, slot_size - PAYLOAD_OFFSET};
    msghdr& header = messages[i].msg_hdr;
    header.msg_iov = &vectors[i];
    header.msg_iovlen = 1;
    header.msg_name = slot + NAME_OFFSET;
    header.msg_namelen = NAME_SIZE;
    header.msg_control = slot + CONTROL_OFFSET;
    header.msg_controllen = CONTROL_SIZE;
  }
  int count;
  do {
    count = recvmmsg(call.number(0), messages, static_cast<unsigned>(slots), MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return call.give(errno == EAGAIN ? 0 : -errno);
  for (int i = 0; i < count; i++) {
    const msghdr& header = messages[i].msg_hdr;
    Head head{messages[i].msg_len, static_cast<uint32_t>(header.msg_flags), header.msg_namelen,
              static_cast<uint32_t>(header.msg_controllen)};
    memcpy(slab.data + static_cast<size_t>(i) * slot_size, &head, sizeof head);
  }
  return call.give(count);
}

size_t aligned(size_t length) { return (length + 7) & ~static_cast<size_t>(7); }

napi_value send(napi_env env, napi_callback_info info) {
  Call call(env, info);
  int socket = call.number(0);
  auto slab = call.octets(1);
  size_t count = static_cast<size_t>(std::max(call.number(2), 0));
  if (slab.data == nullptr || slab.length < 8) return call.give(-EINVAL);

  mmsghdr messages[MOST_AT_ONCE];
  iovec vectors[MOST_AT_ONCE];
  size_t offset = 8;
  size_t sent = 0;
  int error = 0;
  while (sent < count && error == 0) {
    size_t chunk = std::min(count - sent, MOST_AT_ONCE);
    memset(messages, 0, sizeof(mmsghdr) * chunk);
    for (size_t i = 0; i < chunk; i++) {
      Head head;
      if (slab.length - offset < CONTROL_OFFSET) return call.give(-EINVAL);
      memcpy(&head, slab.data + offset, sizeof head);
      size_t payload = offset + CONTROL_OFFSET + aligned(head.control_length);
      if (head.name_length > NAME_SIZE || payload + head.length > slab.length) return call.give(-EINVAL);
      msghdr& header = messages[i].msg_hdr;
      vectors[i] = {slab.data + payload, head.length};
      header.msg_iov = &vectors[i];
      header.msg_iovlen = 1;
      if (head.name_length > 0) {
        header.msg_name = slab.data + offset + NAME_OFFSET;
        header.msg_namelen = head.name_length;
      }
      if (head.control_length > 0) {
        header.msg_control = slab.data + offset + CONTROL_OFFSET;
        header.msg_controllen = head.control_length;
      }
      offset = std::min(payload + aligned(head.length), slab.length);
    }
    // sendmmsg tells an error only when the first message fails, so the rest is tried again to learn why it stopped.
    for (size_t done = 0; done < chunk && error == 0;) {
      int result = sendmmsg(socket, messages + done, static_cast<unsigned>(chunk - done), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (result > 0) {
        done += static_cast<size_t>(result);
        sent += static_cast<size_t>(result);
      } else if (errno != EINTR) {
        error = errno;
      }
    }
  }
  uint32_t told = static_cast<uint32_t>(error);
  memcpy(slab.data, &told, sizeof told);
  return call.give(static_cast<int64_t>(sent));
}

}  // namespace

void add_batch_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "receive", receive);
  add_function(env, exports, "send", send);
}

}  // namespace roam6
