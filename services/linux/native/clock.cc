// CLOCK_BOOTTIME, which Node does not give: it counts the time that the machine was suspended.
#include <ctime>

#include "addon.h"

namespace roam6 {
namespace {

napi_value boot_time(napi_env env, napi_callback_info) {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  napi_value result;
  napi_create_double(env, static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6, &result);
  return result;
}

}  // namespace

void add_clock_functions(napi_env env, napi_value exports) { add_function(env, exports, "bootTime", boot_time); }

}  // namespace roam6
