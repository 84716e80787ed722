// Watching a socket on Node's event loop (uv_poll). The callback reads one bounded batch and returns; while more waits,
// the loop calls again after timers and other sockets had their turn, so a flood starves nobody.
#include <cstdlib>
#include <cstring>

#include "addon.h"
#include "event-loop.h"

namespace roam6 {
namespace {

struct Watcher {
  napi_env env;
  uv_poll_s* poll;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  bool wanted;
  bool closing;
  bool collected;
};

uv_handle_s* handle_of(Watcher* watcher) { return reinterpret_cast<uv_handle_s*>(watcher->poll); }

void release(Watcher* watcher) {
  if (!watcher->collected || watcher->poll != nullptr) return;
  delete watcher;
}

void closed(uv_handle_s* handle) {
  Watcher* watcher = static_cast<Watcher*>(uv_handle_get_data(handle));
  free(watcher->poll);
  watcher->poll = nullptr;
  if (watcher->cleanup != nullptr) napi_remove_async_cleanup_hook(watcher->cleanup);
  release(watcher);
}

void begin_close(Watcher* watcher) {
  if (watcher->closing) return;
  watcher->closing = true;
  uv_poll_stop(watcher->poll);
  napi_delete_reference(watcher->env, watcher->callback);
  napi_async_destroy(watcher->env, watcher->context);
  uv_close(handle_of(watcher), closed);
}

void environment_ends(napi_async_cleanup_hook_handle, void* argument) { begin_close(static_cast<Watcher*>(argument)); }

/**
 * libuv stops a handle whose socket has a pending error (lost netlink notices, a device that went down). The callback
 * takes the error off the socket by receiving, so watching goes on.
 */
void readable(uv_poll_s* poll, int status, int) {
  Watcher* watcher = static_cast<Watcher*>(uv_handle_get_data(reinterpret_cast<uv_handle_s*>(poll)));
  napi_env env = watcher->env;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value callback, receiver, error;
  napi_get_reference_value(env, watcher->callback, &callback);
  napi_get_global(env, &receiver);
  napi_create_int32(env, status < 0 ? -status : 0, &error);
  if (napi_make_callback(env, watcher->context, receiver, callback, 1, &error, nullptr) == napi_pending_exception) {
    napi_value thrown;
    napi_get_and_clear_last_exception(env, &thrown);
    napi_fatal_exception(env, thrown);
  }
  if (status < 0 && watcher->wanted && !watcher->closing) uv_poll_start(poll, UV_READABLE_EVENT, readable);
  napi_close_handle_scope(env, scope);
}

Watcher* self(napi_env env, napi_callback_info info) {
  napi_value receiver;
  void* watcher = nullptr;
  size_t count = 0;
  napi_get_cb_info(env, info, &count, nullptr, &receiver, nullptr);
  napi_unwrap(env, receiver, &watcher);
  return static_cast<Watcher*>(watcher);
}

napi_value start(napi_env env, napi_callback_info info) {
  Watcher* watcher = self(env, info);
  if (watcher == nullptr || watcher->closing) return nullptr;
  watcher->wanted = true;
  uv_poll_start(watcher->poll, UV_READABLE_EVENT, readable);
  return nullptr;
}

napi_value stop(napi_env env, napi_callback_info info) {
  Watcher* watcher = self(env, info);
  if (watcher == nullptr || watcher->closing) return nullptr;
  watcher->wanted = false;
  uv_poll_stop(watcher->poll);
  return nullptr;
}

napi_value close(napi_env env, napi_callback_info info) {
  Watcher* watcher = self(env, info);
  if (watcher != nullptr) begin_close(watcher);
  return nullptr;
}

void collected(napi_env, void* data, void*) {
  Watcher* watcher = static_cast<Watcher*>(data);
  watcher->collected = true;
  begin_close(watcher);
  release(watcher);
}

size_t poll_size() {
  for (int type = 1; type < 32; type++) {
    const char* name = uv_handle_type_name(type);
    if (name != nullptr && strcmp(name, "poll") == 0) return uv_handle_size(type);
  }
  return 0;
}

napi_value watch(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uv_loop_s* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  Watcher* watcher = new Watcher{env, static_cast<uv_poll_s*>(calloc(1, poll_size())), nullptr, nullptr, nullptr, false,
                                 false, false};
  int error = uv_poll_init(loop, watcher->poll, call.number(0));
  if (error != 0) {
    free(watcher->poll);
    delete watcher;
    napi_throw_error(env, "EBADF", "this socket cannot be watched");
    return nullptr;
  }
  uv_handle_set_data(handle_of(watcher), watcher);
  napi_value name, object;
  napi_create_string_utf8(env, "roam6.watcher", NAPI_AUTO_LENGTH, &name);
  napi_create_object(env, &object);
  napi_async_init(env, object, name, &watcher->context);
  napi_create_reference(env, call.value(1), 1, &watcher->callback);
  napi_add_async_cleanup_hook(env, environment_ends, watcher, &watcher->cleanup);
  napi_wrap(env, object, watcher, collected, nullptr, nullptr);
  add_function(env, object, "start", start);
  add_function(env, object, "stop", stop);
  add_function(env, object, "close", close);
  return object;
}

}  // namespace

void add_watch_functions(napi_env env, napi_value exports) { add_function(env, exports, "watch", watch); }

}  // namespace roam6
