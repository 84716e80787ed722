// Old and replayed hellos told from fresh ones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hello-codec.h"

namespace roam6 {

/** Which hello is no replay, as services/cluster/hello-freshness.ts has it. */
class Freshness {
 public:
  bool is_fresh(const Hello& hello, const Name& self, uint64_t own_boot, uint64_t own_sequence) const;
  bool is_retired(uint64_t boot) const;
  bool is_last(const Hello& hello) const {
    return known_ && boot_ == hello.boot && sequence_ == hello.sequence;
  }
  void remember(const Hello& hello);

 private:
  static constexpr size_t KEPT_BOOTS = 16;
  bool known_ = false;
  uint64_t boot_ = 0;
  uint64_t sequence_ = 0;
  uint64_t retired_[KEPT_BOOTS] = {};
  size_t retired_count_ = 0;
};

}  // namespace roam6
