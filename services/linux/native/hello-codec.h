// Hellos as octets: the layout that proto/README.md tells, as services/bus/hello-message.ts writes and reads it. Nothing
// here allocates; what is read goes into a structure of fixed size.
#pragma once

#include "takeover-rule.h"

namespace roam6 {

constexpr size_t MOST_EDGES = 255;
constexpr size_t MOST_HEARD = 64;
/** A UDP datagram is no longer than this. */
constexpr size_t LONGEST_DATAGRAM = 65'507;

/** One instance in a hello. */
struct EdgeState {
  uint32_t instance;
  bool held, eligible, greatest_alive;
  uint64_t term, epoch, last_sequence, greatest_term;
  Name greatest_node, yield_to;
  /** JetStream does not acknowledge the sender's writes of this instance. */
  bool cannot_commit = false;
  /** What the node of the greatest claim says of itself, where it is heard to hold the edge; else 0. */
  uint64_t greatest_epoch = 0, greatest_sequence = 0;
  bool greatest_cannot_commit = false;
};

/** Last hello that the sender heard of a node. */
struct Echo {
  uint64_t boot, sequence;
  Name node;
};

struct Hello {
  Name node;
  uint64_t boot, sequence;
  bool main_alive, can_commit, leaving;
  uint16_t load;
  size_t edge_count, heard_count;
  EdgeState edges[MOST_EDGES];
  Echo heard[MOST_HEARD];
};

struct Key {
  uint8_t octets[64];
  size_t length = 0;
};

/** Writes a hello; returns its length, 0 when it does not fit. */
size_t encode_hello(const Hello& hello, uint8_t* target, size_t size);
/** Reads an authentic hello; false for anything else, `hello` is then undefined. */
bool decode_hello(const uint8_t* bytes, size_t length, Hello& hello);

/** Frames a hello into a datagram of `size` octets at most: magic, hello, HMAC-SHA256; 0 when it does not fit. */
size_t seal_hello(const Key& key, const Hello& hello, uint8_t* target, size_t size);
/** Reads a datagram: false unless it is authentic and a hello. `authentic` tells the two reasons apart. */
bool unseal_hello(const Key& key, const uint8_t* datagram, size_t length, Hello& hello, bool& authentic);

}  // namespace roam6
