// What the parts of the add-on share: reading arguments, giving back numbers.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>

#include <node_api.h>

namespace roam6 {

constexpr size_t MOST_ARGUMENTS = 5;

/** The arguments of one call. A missing or wrong one reads as 0, an empty text or no octets, which the kernel refuses. */
class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = MOST_ARGUMENTS;
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
  }

  napi_env env() const { return env_; }
  napi_value value(size_t index) const { return values_[index]; }

  int32_t number(size_t index) const {
    int32_t number = -1;
    napi_get_value_int32(env_, values_[index], &number);
    return number;
  }

  std::string text(size_t index) const {
    char buffer[512] = "";
    size_t length = 0;
    if (napi_get_value_string_utf8(env_, values_[index], buffer, sizeof buffer, &length) != napi_ok) return "";
    return std::string(buffer, length);
  }

  struct Octets {
    uint8_t* data;
    size_t length;
  };

  /** The memory of a Uint8Array; valid until the call returns. */
  Octets octets(size_t index) const {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env_, values_[index], &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array)
      return {nullptr, 0};
    return {static_cast<uint8_t*>(data), length};
  }

  napi_value give(int64_t number) const {
    napi_value result;
    napi_create_int64(env_, number, &result);
    return result;
  }

  /** The outcome of a system call: its result, or the negative errno. */
  napi_value outcome(int64_t result) const { return give(result < 0 ? -errno : result); }

 private:
  napi_env env_;
  napi_value values_[MOST_ARGUMENTS] = {};
};

inline void add_function(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

/** Opens a socket in the network namespace that a path names. Returns it or a negative errno. */
int open_socket_in(const std::string& path, int family, int type, int protocol);

void add_socket_functions(napi_env env, napi_value exports);
void add_batch_functions(napi_env env, napi_value exports);
void add_watch_functions(napi_env env, napi_value exports);
void add_clock_functions(napi_env env, napi_value exports);
void add_guard_functions(napi_env env, napi_value exports);
void add_rule_functions(napi_env env, napi_value exports);

}  // namespace roam6
