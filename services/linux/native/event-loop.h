// The few functions of libuv that watch a file descriptor. Node exports them, but its npm package has no header for them
// everywhere; they and their types have been the same in all of libuv 1.x. Handles stay opaque: their size is asked for.
#pragma once

#include <cstddef>

extern "C" {
struct uv_loop_s;
struct uv_poll_s;
struct uv_handle_s;

size_t uv_handle_size(int type);
const char* uv_handle_type_name(int type);
void uv_handle_set_data(uv_handle_s* handle, void* data);
void* uv_handle_get_data(const uv_handle_s* handle);
int uv_poll_init(uv_loop_s* loop, uv_poll_s* handle, int fd);
int uv_poll_start(uv_poll_s* handle, int events, void (*callback)(uv_poll_s*, int status, int events));
int uv_poll_stop(uv_poll_s* handle);
void uv_close(uv_handle_s* handle, void (*callback)(uv_handle_s*));
}

constexpr int UV_READABLE_EVENT = 1;
