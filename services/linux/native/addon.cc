// The add-on: system calls that Node has no words for. Every format is read and written in TypeScript (native.ts).
#include "addon.h"

NAPI_MODULE_INIT() {
  roam6::add_socket_functions(env, exports);
  roam6::add_batch_functions(env, exports);
  roam6::add_watch_functions(env, exports);
  roam6::add_clock_functions(env, exports);
  roam6::add_guard_functions(env, exports);
  roam6::add_rule_functions(env, exports);
  return exports;
}
