// See takeover-rule.h; the functions follow services/cluster/takeover.ts one by one.
#include "takeover-rule.h"

namespace roam6 {
namespace {

Claim claim_of(const Standing& standing) { return {standing.term, standing.node}; }

bool is_candidate(const Standing& standing) { return standing.eligible && standing.main_alive && !standing.leaving; }

size_t rank(const Policy& policy, const Name& node) {
  for (size_t i = 0; i < policy.prefer_count; i++)
    if (policy.prefer[i] == node) return i;
  return policy.prefer_count;
}

/** Candidates for an edge: at most this node and all its peers. */
struct Candidates {
  const Standing* list[MOST_NODES];
  size_t count = 0;

  void add(const Standing& standing) {
    if (count < MOST_NODES && is_candidate(standing)) list[count++] = &standing;
  }
};

bool goes_before(const Policy& policy, const Standing& a, const Standing& b, bool by_preference) {
  if (!by_preference && a.epoch != b.epoch) return a.epoch > b.epoch;
  if (!by_preference && a.last_sequence != b.last_sequence) return a.last_sequence > b.last_sequence;
  size_t first = rank(policy, a.node), second = rank(policy, b.node);
  return first != second ? first < second : a.node < b.node;
}

const Standing* next_of(const Candidates& candidates, const Policy& policy, bool by_preference) {
  bool anybody_able = false;
  for (size_t i = 0; i < candidates.count; i++) anybody_able |= candidates.list[i]->can_commit;
  const Standing* best = nullptr;
  for (size_t i = 0; i < candidates.count; i++) {
    const Standing* each = candidates.list[i];
    if (anybody_able && !each->can_commit) continue;
    if (best == nullptr || goes_before(policy, *each, *best, by_preference)) best = each;
  }
  return best;
}

Progress progress_of(const Standing& standing) {
  return {standing.epoch, standing.last_sequence, standing.can_commit};
}

bool is_behind(const Progress& progress, const Progress& holder) {
  return progress.epoch != holder.epoch ? progress.epoch < holder.epoch : progress.last_sequence < holder.last_sequence;
}

bool is_behind(const Standing& standing, const Standing& holder) {
  return is_behind(progress_of(standing), progress_of(holder));
}

/** How far the node of a claim is; false when nobody says it. */
bool find_progress(const Peers& peers, const Claim& claim, Progress& found) {
  for (const Standing& peer : peers)
    if (peer.held && claim_of(peer) == claim) {
      found = progress_of(peer);
      return true;
    }
  bool any = false;
  for (const Standing& peer : peers) {
    const Progress& told = peer.greatest_progress;
    if (!peer.greatest_alive || told.epoch == 0 || !(peer.greatest == claim)) continue;
    if (!any || is_behind(found, told)) found = told;
    any = true;
  }
  return any;
}

bool is_unaware_taker(const Standing& own, const Peers& peers, const Claim& claim) {
  if (own.leaving || own.yield_to.is("*") || own.yield_to == claim.node) return false;
  Progress taker;
  return find_progress(peers, claim, taker) && is_behind(taker, progress_of(own)) &&
         (is_candidate(own) || !taker.can_commit);
}

Verdict decide_holder(const Policy& policy, const Standing& own, const Peers& peers, const Memory& memory, double now) {
  Claim best, mine = claim_of(own);
  for (const Standing& peer : peers)
    if (peer.held && is_greater(claim_of(peer), best)) best = claim_of(peer);
  for (const Standing& peer : peers)
    if (peer.greatest_alive && peer.greatest.node != own.node && is_greater(peer.greatest, best)) best = peer.greatest;
  if (is_greater(best, mine)) {
    if (is_unaware_taker(own, peers, best)) return {Verdict::TAKE, best.term + 1, {}};
    return {Verdict::WITHDRAW, 0, best};
  }
  bool stale = is_greater(memory.greatest, mine) && !own.leaving;
  if (stale && now - memory.greatest_held_at > policy.detection) return {Verdict::TAKE, memory.greatest.term + 1, {}};
  return {};
}

const Standing* holder_of(const Peers& peers) {
  Claim best;
  for (const Standing& peer : peers)
    if (peer.held && is_greater(claim_of(peer), best)) best = claim_of(peer);
  for (const Standing& peer : peers)
    if (peer.held && claim_of(peer) == best) return &peer;
  return nullptr;
}

bool is_served(const Policy& policy, const Standing& own, const Peers& peers, const Memory& memory, double now,
               const Standing* holder) {
  if (holder == nullptr) {
    for (const Standing& peer : peers)
      if (peer.greatest_alive && peer.greatest.node != own.node) return true;
    return false;
  }
  if (!holder->main_alive || holder->leaving) return false;
  return !(memory.cannot_commit && now - memory.cannot_commit_since > policy.commit_patience);
}

bool is_ready_heir(const Standing& heir, const Standing& holder) {
  return (heir.can_commit || !holder.can_commit) && !is_behind(heir, holder);
}

bool lets_forward(const Policy& policy, const Standing& own, const Memory& memory, double now, const Standing* holder) {
  if (holder == nullptr || holder->leaving || !is_behind(own, *holder)) return false;
  return !memory.cannot_commit || now - memory.cannot_commit_since <= policy.startup_patience;
}

bool follows_first(const Policy& policy, const Standing& own, const Memory& memory, double now) {
  return own.can_commit && is_behind(progress_of(own), memory.greatest_progress) &&
         now - memory.greatest_held_at < policy.follow_patience;
}

const Standing* heir_of(const Policy& policy, const Standing& own, const Peers& peers, const Standing* holder) {
  if (holder == nullptr || holder->yield_to.empty()) return nullptr;
  Candidates heirs;
  if (own.node != holder->node) heirs.add(own);
  for (const Standing& peer : peers)
    if (peer.node != holder->node) heirs.add(peer);
  if (holder->yield_to.is("*")) return next_of(heirs, policy, false);
  for (size_t i = 0; i < heirs.count; i++)
    if (heirs.list[i]->node == holder->yield_to && is_ready_heir(*heirs.list[i], *holder)) return heirs.list[i];
  return nullptr;
}

}  // namespace

Verdict decide_takeover(const Policy& policy, const Standing& own, const Peers& peers, const Memory& memory,
                        double now) {
  if (own.held) return decide_holder(policy, own, peers, memory, now);
  if (!is_candidate(own)) return {};
  const Verdict take{Verdict::TAKE, memory.greatest.term + 1, {}};
  const Standing* holder = holder_of(peers);
  if (is_served(policy, own, peers, memory, now, holder)) {
    const Standing* heir = heir_of(policy, own, peers, holder);
    return heir != nullptr && heir->node == own.node ? take : Verdict{};
  }
  if (lets_forward(policy, own, memory, now, holder)) return {};
  bool never = memory.greatest.term == 0;
  Candidates candidates;
  candidates.add(own);
  for (const Standing& peer : peers) candidates.add(peer);
  const Standing* next = next_of(candidates, policy, never);
  if (next == nullptr || next->node != own.node) return {};
  bool patient = now - memory.eligible_since >= static_cast<double>(rank(policy, own.node)) * policy.startup_patience;
  if (never && !patient) return {};
  return holder == nullptr && follows_first(policy, own, memory, now) ? Verdict{} : take;
}

Memory remember(const Memory& memory, const Standing& own, const Peers& peers, double now) {
  Claim held;
  if (own.held && is_greater(claim_of(own), held)) held = claim_of(own);
  for (const Standing& peer : peers)
    if (peer.held && is_greater(claim_of(peer), held)) held = claim_of(peer);
  const Standing* holder = own.held && own.node == held.node ? &own : nullptr;
  for (const Standing& peer : peers)
    if (holder == nullptr && peer.held && peer.node == held.node) holder = &peer;

  Claim alive = held;
  for (const Standing& peer : peers)
    if (peer.greatest_alive && is_greater(peer.greatest, alive)) alive = peer.greatest;
  Claim greatest = is_greater(alive, memory.greatest) ? alive : memory.greatest;
  for (const Standing& peer : peers)
    if (is_greater(peer.greatest, greatest)) greatest = peer.greatest;

  Memory next;
  next.greatest = greatest;
  next.greatest_held_at = greatest == alive || !(greatest == memory.greatest) ? now : memory.greatest_held_at;
  if (!find_progress(peers, greatest, next.greatest_progress) && greatest == memory.greatest)
    next.greatest_progress = memory.greatest_progress;
  next.eligible_since = is_candidate(own) ? memory.eligible_since : now;
  next.cannot_commit =
      holder != nullptr && !(holder->can_commit && holder->main_alive) && own.can_commit && own.main_alive;
  next.cannot_commit_since = memory.cannot_commit ? memory.cannot_commit_since : now;
  return next;
}

}  // namespace roam6
