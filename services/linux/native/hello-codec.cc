#include "hello-codec.h"

#include <initializer_list>

#include "openssl.h"

namespace roam6 {
namespace {

constexpr uint8_t VERSION = 1;
constexpr uint8_t MAGIC[] = {'R', '6', 'H', '2'};
constexpr size_t DIGEST_LENGTH = 32;
/** Counters are numbers of JavaScript too. */
constexpr uint64_t GREATEST_COUNTER = (1ull << 53) - 1;

enum NodeFlag : uint8_t { MAIN_ALIVE = 1, CAN_COMMIT = 2, LEAVING = 4 };
enum EdgeFlag : uint8_t { HELD = 1, ELIGIBLE = 2, GREATEST_ALIVE = 4, CANNOT_COMMIT = 8, GREATEST_CANNOT_COMMIT = 16 };

/** Writes big-endian numbers; what does not fit is counted and not written. */
class Writer {
 public:
  Writer(uint8_t* target, size_t size) : target_(target), size_(size) {}

  void number(uint64_t value, size_t octets) {
    for (size_t i = octets; i > 0; i--) octet(static_cast<uint8_t>(value >> (8 * (i - 1))));
  }
  void name(const Name& name) {
    octet(name.length);
    for (size_t i = 0; i < name.length; i++) octet(static_cast<uint8_t>(name.text[i]));
  }
  void octet(uint8_t value) {
    if (position_ < size_) target_[position_] = value;
    position_++;
  }
  /** Makes room for the length of a record. */
  size_t begin() {
    number(0, 2);
    return position_;
  }
  void end(size_t start) {
    size_t length = position_ - start;
    if (position_ > size_) return;
    target_[start - 2] = static_cast<uint8_t>(length >> 8);
    target_[start - 1] = static_cast<uint8_t>(length);
  }
  size_t written() const { return position_ <= size_ ? position_ : 0; }

 private:
  uint8_t* target_;
  size_t size_;
  size_t position_ = 0;
};

/** Reads big-endian numbers; after the first that does not fit all are 0 and `good` is false. */
class Reader {
 public:
  Reader(const uint8_t* bytes, size_t length) : bytes_(bytes), length_(length) {}

  bool good() const { return good_; }
  bool is_over() const { return !good_ || position_ == length_; }

  uint64_t number(size_t octets) {
    const uint8_t* at = take(octets);
    uint64_t value = 0;
    for (size_t i = 0; at != nullptr && i < octets; i++) value = value << 8 | at[i];
    return value;
  }
  uint64_t counter() {
    uint64_t value = number(8);
    if (value > GREATEST_COUNTER) good_ = false;
    return good_ ? value : 0;
  }
  void name(Name& name) {
    size_t length = number(1);
    const uint8_t* at = length <= LONGEST_NAME ? take(length) : nullptr;
    name.length = 0;
    if (at == nullptr) good_ = false;
    if (!good_) return;
    name.length = static_cast<uint8_t>(length);
    if (length > 0) memcpy(name.text, at, length);
  }
  /** The part of a record whose length comes first. */
  Reader record() {
    size_t length = number(2);
    const uint8_t* at = take(length);
    Reader part(at, at == nullptr ? 0 : length);
    part.good_ = good_;
    return part;
  }
  void join(const Reader& part) { good_ = good_ && part.good_; }

 private:
  const uint8_t* take(size_t octets) {
    if (!good_ || length_ - position_ < octets) {
      good_ = false;
      return nullptr;
    }
    const uint8_t* at = bytes_ + position_;
    position_ += octets;
    return at;
  }

  const uint8_t* bytes_;
  size_t length_;
  size_t position_ = 0;
  bool good_ = true;
};

bool digest(const Key& key, const uint8_t* bytes, size_t length, uint8_t* target) {
  unsigned int written = 0;
  return HMAC(EVP_sha256(), key.octets, static_cast<int>(key.length), bytes, length, target, &written) != nullptr &&
         written == DIGEST_LENGTH;
}

}  // namespace

size_t encode_hello(const Hello& hello, uint8_t* target, size_t size) {
  Writer writer(target, size);
  writer.octet(VERSION);
  writer.octet((hello.main_alive ? MAIN_ALIVE : 0) | (hello.can_commit ? CAN_COMMIT : 0) |
               (hello.leaving ? LEAVING : 0));
  writer.number(hello.edge_count, 2);
  writer.number(hello.heard_count, 2);
  writer.number(hello.load, 2);
  writer.number(hello.boot, 8);
  writer.number(hello.sequence, 8);
  writer.name(hello.node);
  for (size_t i = 0; i < hello.edge_count; i++) {
    const EdgeState& edge = hello.edges[i];
    size_t start = writer.begin();
    writer.number(edge.instance, 4);
    writer.octet((edge.held ? HELD : 0) | (edge.eligible ? ELIGIBLE : 0) | (edge.greatest_alive ? GREATEST_ALIVE : 0) |
                 (edge.cannot_commit ? CANNOT_COMMIT : 0) | (edge.greatest_cannot_commit ? GREATEST_CANNOT_COMMIT : 0));
    for (uint64_t counter : {edge.term, edge.epoch, edge.last_sequence, edge.greatest_term}) writer.number(counter, 8);
    writer.name(edge.greatest_node);
    writer.name(edge.yield_to);
    for (uint64_t counter : {edge.greatest_epoch, edge.greatest_sequence}) writer.number(counter, 8);
    writer.end(start);
  }
  for (size_t i = 0; i < hello.heard_count; i++) {
    size_t start = writer.begin();
    writer.number(hello.heard[i].boot, 8);
    writer.number(hello.heard[i].sequence, 8);
    writer.name(hello.heard[i].node);
    writer.end(start);
  }
  return writer.written();
}

bool decode_hello(const uint8_t* bytes, size_t length, Hello& hello) {
  Reader reader(bytes, length);
  uint64_t version = reader.number(1);
  if (version < 1 || version > VERSION + 1) return false;
  uint64_t flags = reader.number(1);
  hello.main_alive = (flags & MAIN_ALIVE) != 0;
  hello.can_commit = (flags & CAN_COMMIT) != 0;
  hello.leaving = (flags & LEAVING) != 0;
  hello.edge_count = reader.number(2);
  hello.heard_count = reader.number(2);
  hello.load = static_cast<uint16_t>(reader.number(2));
  hello.boot = reader.counter();
  hello.sequence = reader.counter();
  reader.name(hello.node);
  if (!reader.good() || hello.node.empty() || hello.edge_count > MOST_EDGES || hello.heard_count > MOST_HEARD)
    return false;
  for (size_t i = 0; i < hello.edge_count && reader.good(); i++) {
    EdgeState& edge = hello.edges[i];
    Reader record = reader.record();
    edge.instance = static_cast<uint32_t>(record.number(4));
    uint64_t edge_flags = record.number(1);
    edge.held = (edge_flags & HELD) != 0;
    edge.eligible = (edge_flags & ELIGIBLE) != 0;
    edge.greatest_alive = (edge_flags & GREATEST_ALIVE) != 0;
    edge.cannot_commit = (edge_flags & CANNOT_COMMIT) != 0;
    edge.greatest_cannot_commit = (edge_flags & GREATEST_CANNOT_COMMIT) != 0;
    edge.term = record.counter();
    edge.epoch = record.counter();
    edge.last_sequence = record.counter();
    edge.greatest_term = record.counter();
    record.name(edge.greatest_node);
    record.name(edge.yield_to);
    // An earlier version does not have them.
    edge.greatest_epoch = record.is_over() ? 0 : record.counter();
    edge.greatest_sequence = record.is_over() ? 0 : record.counter();
    reader.join(record);
  }
  for (size_t i = 0; i < hello.heard_count && reader.good(); i++) {
    Reader record = reader.record();
    hello.heard[i].boot = record.counter();
    hello.heard[i].sequence = record.counter();
    record.name(hello.heard[i].node);
    reader.join(record);
  }
  return reader.good();
}

size_t seal_hello(const Key& key, const Hello& hello, uint8_t* target, size_t size) {
  if (size < sizeof MAGIC + DIGEST_LENGTH) return 0;
  memcpy(target, MAGIC, sizeof MAGIC);
  size_t length = encode_hello(hello, target + sizeof MAGIC, size - sizeof MAGIC - DIGEST_LENGTH);
  if (length == 0) return 0;
  length += sizeof MAGIC;
  return digest(key, target, length, target + length) ? length + DIGEST_LENGTH : 0;
}

bool unseal_hello(const Key& key, const uint8_t* datagram, size_t length, Hello& hello, bool& authentic) {
  authentic = false;
  if (length < sizeof MAGIC + DIGEST_LENGTH || memcmp(datagram, MAGIC, sizeof MAGIC) != 0) return false;
  size_t end = length - DIGEST_LENGTH;
  uint8_t expected[DIGEST_LENGTH];
  if (!digest(key, datagram, end, expected) || CRYPTO_memcmp(expected, datagram + end, DIGEST_LENGTH) != 0)
    return false;
  authentic = true;
  return decode_hello(datagram + sizeof MAGIC, end - sizeof MAGIC, hello);
}

}  // namespace roam6
