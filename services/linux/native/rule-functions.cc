// The rule, the codec and the freshness of hellos by themselves, for the tests that hold them to their twins in TypeScript.
#include <memory>

#include "addon.h"
#include "guard-engine.h"
#include "read-value.h"

namespace roam6 {
namespace {

Claim read_claim(const Value& value) { return {value["term"].count(), value["node"].name()}; }

Progress read_progress(const Value& value) {
  return {value["epoch"].count(), value["lastSequence"].count(), value["canCommit"].boolean()};
}

Standing read_standing(const Value& value) {
  Standing standing;
  standing.node = value["node"].name();
  standing.main_alive = value["mainAlive"].boolean();
  standing.can_commit = value["canCommit"].boolean();
  standing.leaving = value["leaving"].boolean();
  standing.held = value["held"].boolean();
  standing.eligible = value["eligible"].boolean();
  standing.term = value["term"].count();
  standing.epoch = value["epoch"].count();
  standing.last_sequence = value["lastSequence"].count();
  standing.yield_to = value["yieldTo"].name();
  standing.greatest = read_claim(value["greatest"]);
  standing.greatest_alive = value["greatestAlive"].boolean();
  standing.greatest_progress = read_progress(value["greatestProgress"]);
  return standing;
}

Made give_claim(napi_env env, const Claim& claim) {
  Made made(env);
  return made.set("term", claim.term).set("node", claim.node);
}

/** One step of the rule: remember, then decide. */
napi_value decide(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Value view(env, call.value(0));
  Value policy_value = view["policy"], memory_value = view["memory"], peer_values = view["peers"];
  Policy policy;
  policy.self = policy_value["self"].name();
  Value prefer = policy_value["prefer"];
  for (uint32_t i = 0; i < prefer.size() && i < MOST_NODES; i++)
    policy.prefer[policy.prefer_count++] = prefer.at(i).name();
  policy.detection = policy_value["detection"].number();
  policy.startup_patience = policy_value["startupPatience"].number();
  policy.commit_patience = policy_value["commitPatience"].number();
  policy.follow_patience = policy_value["followPatience"].number();

  Standing own = read_standing(view["own"]);
  std::vector<Standing> peers;
  for (uint32_t i = 0; i < peer_values.size() && i < MOST_PEERS; i++) peers.push_back(read_standing(peer_values.at(i)));
  Memory memory;
  memory.greatest = read_claim(memory_value["greatest"]);
  memory.greatest_held_at = memory_value["greatestHeldAt"].number();
  memory.greatest_progress = read_progress(memory_value["greatestProgress"]);
  memory.eligible_since = memory_value["eligibleSince"].number();
  memory.cannot_commit = memory_value["cannotCommit"].boolean();
  memory.cannot_commit_since = memory_value["cannotCommitSince"].number();
  double now = view["now"].number();

  Memory next = remember(memory, own, {peers.data(), peers.size()}, now);
  Verdict verdict = decide_takeover(policy, own, {peers.data(), peers.size()}, next, now);
  static const char* const kinds[] = {"keep", "take", "withdraw"};
  Made made(env), remembered(env), progress(env);
  const Progress& told = next.greatest_progress;
  progress.set("epoch", told.epoch).set("lastSequence", told.last_sequence).set("canCommit", told.can_commit);
  remembered.set("greatest", give_claim(env, next.greatest))
      .set("greatestHeldAt", next.greatest_held_at)
      .set("greatestProgress", progress)
      .set("eligibleSince", next.eligible_since)
      .set("cannotCommit", next.cannot_commit)
      .set("cannotCommitSince", next.cannot_commit_since);
  made.set("memory", remembered).set("kind", std::string(kinds[verdict.kind])).set("term", verdict.term);
  return made.set("successor", give_claim(env, verdict.successor)).value();
}

Key read_key(const Call& call, size_t index) {
  Key key;
  auto octets = call.octets(index);
  key.length = octets.length < sizeof key.octets ? octets.length : sizeof key.octets;
  if (key.length > 0) memcpy(key.octets, octets.data, key.length);
  return key;
}

Made give_hello(napi_env env, const Hello& hello) {
  Made edges = Made::list(env), heard = Made::list(env), made(env);
  for (size_t i = 0; i < hello.edge_count; i++) {
    const EdgeState& edge = hello.edges[i];
    Made each(env);
    each.set("instance", static_cast<double>(edge.instance)).set("held", edge.held).set("eligible", edge.eligible);
    each.set("greatestAlive", edge.greatest_alive).set("term", edge.term).set("epoch", edge.epoch);
    each.set("lastSequence", edge.last_sequence).set("greatestTerm", edge.greatest_term);
    if (edge.cannot_commit) each.set("cannotCommit", true);
    each.set("greatestEpoch", edge.greatest_epoch).set("greatestSequence", edge.greatest_sequence);
    if (edge.greatest_cannot_commit) each.set("greatestCannotCommit", true);
    edges.add(each.set("greatestNode", edge.greatest_node).set("yieldTo", edge.yield_to));
  }
  for (size_t i = 0; i < hello.heard_count; i++) {
    Made each(env);
    heard.add(each.set("node", hello.heard[i].node).set("boot", hello.heard[i].boot).set("sequence", hello.heard[i].sequence));
  }
  made.set("node", hello.node).set("boot", hello.boot).set("sequence", hello.sequence);
  made.set("mainAlive", hello.main_alive).set("canCommit", hello.can_commit).set("leaving", hello.leaving);
  return made.set("load", static_cast<double>(hello.load)).set("edges", edges).set("heard", heard);
}

/** The hello of a datagram that is authentic under a key; undefined for anything else. */
napi_value unseal(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto datagram = call.octets(1);
  auto hello = std::make_unique<Hello>();
  bool authentic = false;
  if (datagram.data == nullptr || !unseal_hello(read_key(call, 0), datagram.data, datagram.length, *hello, authentic))
    return nullptr;
  return give_hello(env, *hello).value();
}

/** Reads the hello of a datagram and frames it anew into the third argument. Returns the length, or 0. */
napi_value seal_again(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto datagram = call.octets(1), target = call.octets(2);
  Key key = read_key(call, 0);
  auto hello = std::make_unique<Hello>();
  bool authentic = false;
  if (datagram.data == nullptr || target.data == nullptr ||
      !unseal_hello(key, datagram.data, datagram.length, *hello, authentic))
    return call.give(0);
  return call.give(static_cast<int64_t>(seal_hello(key, *hello, target.data, target.length)));
}

}  // namespace

void add_rule_functions(napi_env env, napi_value exports) {
  add_function(env, exports, "decideTakeover", decide);
  add_function(env, exports, "unsealHello", unseal);
  add_function(env, exports, "sealHelloAgain", seal_again);
}

}  // namespace roam6
