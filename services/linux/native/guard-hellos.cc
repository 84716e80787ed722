// What the engine of a guard hears of its peers in their hellos, and what it says of itself in its own (hello-codec.h).
#include <algorithm>

#include "guard-engine.h"

namespace roam6 {
namespace {

/** Whether a hello echoes anything that the one before it did not: its sender hears somebody. */
bool echoes_more(const Hello& hello, const Hello& before) {
  for (size_t i = 0; i < hello.heard_count; i++) {
    const Echo& echo = hello.heard[i];
    bool known = false;
    for (size_t j = 0; j < before.heard_count && !known; j++)
      known = before.heard[j].node == echo.node && before.heard[j].boot == echo.boot &&
              before.heard[j].sequence >= echo.sequence;
    if (!known) return true;
  }
  return false;
}

}  // namespace

void Engine::hear(std::unique_ptr<Hello>& hello, double now) {
  notice_gap(now);
  for (Peer& peer : peers_) {
    if (peer.node != hello->node) continue;
    if (!peer.freshness.is_retired(hello->boot)) {
      peer.echo = {hello->boot, hello->sequence, peer.node};
      peer.echoes = true;
    }
    // The same one, to everybody and to this node.
    if (peer.freshness.is_last(*hello)) return;
    if (!peer.freshness.is_fresh(*hello, options_.self, options_.boot, sequence_)) break;
    peer.freshness.remember(*hello);
    if (!peer.heard || echoes_more(*hello, *peer.hello)) peer.echoed_at = now;
    std::swap(peer.hello, hello);
    peer.heard_at = now;
    peer.slack = 0;
    peer.heard = true;
    if (!peer.alive && now < deafness(peer)) {
      peer.alive = true;
      Report report(Report::PEER_CHANGED);
      report.node = peer.node;
      report.alive = true;
      outside_.report(report);
    }
    evaluate(now);
    return;
  }
  ignored_++;
}

Standing Engine::standing_of(const Hold& hold) const {
  Standing own;
  own.node = options_.self;
  own.main_alive = main_alive_;
  own.can_commit = can_commit_ && !hold.cannot_commit;
  own.leaving = leaving_;
  own.held = hold.state == State::ACTIVE;
  own.eligible = hold.eligible && !hold.slow && hold.state != State::REFUSED && hold.state != State::STUCK;
  own.term = hold.term;
  own.epoch = hold.epoch;
  own.last_sequence = hold.last_sequence;
  if (own.held) own.yield_to = hold.yield_to;
  return own;
}

/** What living peers say of an instance; nodes list instances in the same order, so `hint` mostly finds it at once. */
Peers Engine::standings_of(uint32_t number, size_t hint) {
  size_t count = 0;
  for (const Peer& peer : peers_) {
    if (!peer.alive || count == MOST_PEERS) continue;
    const Hello& hello = *peer.hello;
    const EdgeState* edge = nullptr;
    if (hint < hello.edge_count && hello.edges[hint].instance == number) edge = &hello.edges[hint];
    for (size_t i = 0; edge == nullptr && i < hello.edge_count; i++)
      if (hello.edges[i].instance == number) edge = &hello.edges[i];
    if (edge == nullptr) continue;
    Standing& standing = standings_[count++];
    standing.node = hello.node;
    standing.main_alive = hello.main_alive;
    standing.can_commit = hello.can_commit && !edge->cannot_commit;
    standing.leaving = hello.leaving;
    standing.held = edge->held;
    standing.eligible = edge->eligible;
    standing.term = edge->term;
    standing.epoch = edge->epoch;
    standing.last_sequence = edge->last_sequence;
    standing.yield_to = edge->held ? edge->yield_to : Name{};
    standing.greatest = {edge->greatest_term, edge->greatest_node};
    standing.greatest_alive = edge->greatest_alive;
    standing.greatest_progress = {edge->greatest_epoch, edge->greatest_sequence, !edge->greatest_cannot_commit};
  }
  return {standings_, count};
}

void Engine::say_hello(double now) {
  if (now < quiet_until_ || peers_.empty()) return;
  Hello& hello = *own_hello_;
  hello.node = options_.self;
  hello.boot = options_.boot;
  hello.sequence = ++sequence_;
  hello.main_alive = main_alive_;
  hello.can_commit = can_commit_;
  hello.leaving = leaving_;
  hello.load = load_;
  hello.edge_count = 0;
  for (size_t at = 0; at < holds_.size() && at < MOST_EDGES; at++) {
    Hold& hold = holds_[at];
    Standing own = standing_of(hold);
    hold.said_epoch = own.epoch;
    hold.said_sequence = own.last_sequence;
    const Claim& greatest = hold.memory.greatest;
    // Who took it without having heard of the present epoch gives it back: nobody is led to it (takeover-rule.cc).
    auto newest = own.held ? own.epoch : 0;
    auto is_first = [&](const Standing& each) {
      return each.held && each.node == greatest.node && each.term == greatest.term;
    };
    const Standing* first = is_first(own) ? &own : nullptr;
    for (const Standing& peer : standings_of(hold.number, at)) {
      if (peer.held) newest = std::max(newest, peer.epoch);
      if (first == nullptr && is_first(peer)) first = &peer;
    }
    bool alive = first != nullptr && first->epoch >= newest;
    EdgeState& edge = hello.edges[hello.edge_count++];
    edge = {hold.number, own.held,          own.eligible,  alive,         own.term,
            own.epoch,   own.last_sequence, greatest.term, greatest.node, own.yield_to,
            hold.cannot_commit};
    if (first == nullptr) continue;
    edge.greatest_epoch = first->epoch;
    edge.greatest_sequence = first->last_sequence;
    edge.greatest_cannot_commit = !first->can_commit;
  }
  hello.heard_count = 0;
  for (const Peer& peer : peers_)
    if (peer.echoes && hello.heard_count < MOST_HEARD) hello.heard[hello.heard_count++] = peer.echo;
  outside_.send(hello, next_leader());
}

/**
 * The instance whose virtual MAC the next hello leaves from: what was just taken, else each one held here in its turn; -1
 * for none. What a guard before this one left up may be another node's by now: nobody is led here before the peers were heard.
 * Who hears nobody may be deaf, and another have taken its place: nobody is led to it either.
 */
int Engine::next_leader() {
  if (listening_ || living() == 0) return -1;
  for (size_t at = 0; at < holds_.size(); at++)
    if (is_held(at) && holds_[at].leads > 0) {
      holds_[at].leads--;
      return static_cast<int>(at);
    }
  for (size_t i = 0; i < holds_.size(); i++) {
    size_t at = (next_sender_ + i) % holds_.size();
    if (!is_held(at)) continue;
    next_sender_ = at + 1;
    return static_cast<int>(at);
  }
  return -1;
}

}  // namespace roam6
