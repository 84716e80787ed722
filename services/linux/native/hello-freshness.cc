#include "hello-freshness.h"

#include <algorithm>

namespace roam6 {

bool Freshness::is_retired(uint64_t boot) const {
  return std::find(retired_, retired_ + retired_count_, boot) != retired_ + retired_count_;
}

void Freshness::remember(const Hello& hello) {
  if (known_ && boot_ != hello.boot) {
    retired_count_ = std::min(retired_count_ + 1, KEPT_BOOTS);
    for (size_t i = retired_count_ - 1; i > 0; i--) retired_[i] = retired_[i - 1];
    retired_[0] = boot_;
  }
  known_ = true;
  boot_ = hello.boot;
  sequence_ = hello.sequence;
}

bool Freshness::is_fresh(const Hello& hello, const Name& self, uint64_t own_boot, uint64_t own_sequence) const {
  /** How old, in hellos of ours, an echo may be to prove that its sender lives. */
  constexpr uint64_t ECHO_WINDOW = 100;
  if (known_ && boot_ == hello.boot) return hello.sequence > sequence_;
  if (is_retired(hello.boot)) return false;
  for (size_t i = 0; i < hello.heard_count; i++) {
    const Echo& echo = hello.heard[i];
    if (echo.node != self) continue;
    return echo.boot == own_boot && echo.sequence <= own_sequence && own_sequence - echo.sequence <= ECHO_WINDOW;
  }
  return false;
}

}  // namespace roam6
