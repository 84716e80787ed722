// The rule of takeover in the native thread: the same decisions as services/cluster/takeover.ts, which has the reasons.
// Pure: no clock, no allocation. A property test holds the two together (services/guard/rule.property.test.ts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace roam6 {

constexpr size_t LONGEST_NAME = 32;
constexpr size_t MOST_PEERS = 64;
constexpr size_t MOST_NODES = MOST_PEERS + 1;

/** Name of a node, compared octet by octet. */
struct Name {
  uint8_t length = 0;
  char text[LONGEST_NAME] = {};

  bool empty() const { return length == 0; }
  bool is(const char* other) const { return strlen(other) == length && memcmp(text, other, length) == 0; }
};

inline bool operator==(const Name& a, const Name& b) {
  return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}
inline bool operator!=(const Name& a, const Name& b) { return !(a == b); }
inline bool operator<(const Name& a, const Name& b) {
  int order = memcmp(a.text, b.text, a.length < b.length ? a.length : b.length);
  return order != 0 ? order < 0 : a.length < b.length;
}

/** A hold of an edge: its term, and the node that holds it. */
struct Claim {
  uint64_t term = 0;
  Name node;
};

inline bool operator==(const Claim& a, const Claim& b) { return a.term == b.term && a.node == b.node; }
inline bool is_greater(const Claim& a, const Claim& b) {
  return a.term > b.term || (a.term == b.term && b.node < a.node);
}

/** What is fixed about takeover of one instance. Times are milliseconds. */
struct Policy {
  Name self;
  Name prefer[MOST_NODES];
  size_t prefer_count = 0;
  double detection = 0;
  double startup_patience = 0;
  double commit_patience = 0;
  double follow_patience = 0;
};

/** How far a holder is, as itself or a third party says. */
struct Progress {
  uint64_t epoch = 0;
  uint64_t last_sequence = 0;
  bool can_commit = true;
};

/** One node as far as takeover of one instance goes. */
struct Standing {
  Name node;
  bool main_alive = false;
  bool can_commit = false;
  bool leaving = false;
  bool held = false;
  bool eligible = false;
  uint64_t term = 0;
  uint64_t epoch = 0;
  uint64_t last_sequence = 0;
  Name yield_to;
  /** Of a peer: the greatest claim that it knows of, and whether it hears that node hold the edge. */
  Claim greatest;
  bool greatest_alive = false;
  /** What that node says of itself; epoch 0 when it is not known. */
  Progress greatest_progress;
};

/** Living peers of this node, for one instance. */
struct Peers {
  const Standing* first;
  size_t count;
  const Standing* begin() const { return first; }
  const Standing* end() const { return first + count; }
};

/** What a node remembers of one instance between hellos. */
struct Memory {
  Claim greatest;
  double greatest_held_at = 0;
  Progress greatest_progress;
  double eligible_since = 0;
  bool cannot_commit = false;
  double cannot_commit_since = 0;
};

struct Verdict {
  enum Kind { KEEP, TAKE, WITHDRAW } kind = KEEP;
  uint64_t term = 0;
  Claim successor;
};

Verdict decide_takeover(const Policy& policy, const Standing& own, const Peers& peers, const Memory& memory, double now);
Memory remember(const Memory& memory, const Standing& own, const Peers& peers, double now);

}  // namespace roam6
