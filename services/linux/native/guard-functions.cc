// The guard's thread as JavaScript has it, and the rule and the codec alone for tests that hold them to those in TypeScript.
#include <algorithm>

#include "addon.h"
#include "guard-thread.h"
#include "read-value.h"

namespace roam6 {
namespace {

constexpr size_t MOST_REPORTS = 4096;

/** A guard's thread, wrapped in an object of JavaScript. */
struct Guarded {
  std::unique_ptr<GuardThread> thread;
  napi_threadsafe_function listener = nullptr;
  bool stopped = false;
};

const char* name_of(Report::Kind kind) {
  static const char* const names[] = {"edge.taken",   "edge.withdrawn", "edge.refused", "peer.changed",
                                      "main.changed", "handed-over",    "problem"};
  return names[kind];
}

void call_listener(napi_env env, napi_value callback, void*, void* data) {
  std::unique_ptr<Report> report(static_cast<Report*>(data));
  if (env == nullptr || callback == nullptr) return;
  Made made(env);
  made.set("type", std::string(name_of(report->kind)))
      .set("instance", static_cast<double>(report->instance))
      .set("term", report->term)
      .set("errno", static_cast<double>(report->error))
      .set("alive", report->alive)
      .set("node", report->node)
      .set("message", report->text);
  napi_value receiver, argument = made.value();
  napi_get_undefined(env, &receiver);
  napi_call_function(env, receiver, callback, 1, &argument, nullptr);
}

Batch read_batch(const Value& value) {
  Batch batch;
  batch.messages = value["messages"].octets();
  Value steps = value["steps"];
  for (uint32_t i = 0; i < steps.size(); i++) {
    Batch::Step step{steps.at(i)["what"].text(), {}};
    Value allow = steps.at(i)["allow"];
    for (uint32_t j = 0; j < allow.size(); j++) step.allow.push_back(static_cast<int>(allow.at(j).number()));
    batch.steps.push_back(std::move(step));
  }
  return batch;
}

std::shared_ptr<const Plan> read_plan(const Value& value) {
  auto plan = std::make_shared<Plan>();
  plan->take = read_batch(value["take"]);
  plan->wake = read_batch(value["wake"]);
  plan->tidy = read_batch(value["tidy"]);
  plan->withdraw = read_batch(value["withdraw"]);
  plan->mute = read_batch(value["mute"]);
  plan->unmute = read_batch(value["unmute"]);
  plan->device = static_cast<int>(value["device"].number());
  plan->link = static_cast<int>(value["link"].number());
  plan->hello_head = value["helloHead"].octets();
  Value frames = value["frames"];
  for (uint32_t i = 0; i < frames.size(); i++) plan->frames.push_back(frames.at(i).octets());
  return plan;
}

ThreadOptions read_options(const Value& value) {
  ThreadOptions options;
  EngineOptions& engine = options.engine;
  engine.self = value["node"].name();
  engine.boot = value["boot"].count();
  engine.interval = value["interval"].number();
  engine.detection = engine.interval * value["missed"].number();
  engine.startup_patience = value["startupPatience"].number();
  engine.commit_patience = value["commitPatience"].number();
  engine.main_timeout = value["mainTimeout"].number();
  options.port = static_cast<uint16_t>(value["port"].number());
  std::vector<uint8_t> key = value["key"].octets();
  options.key.length = std::min(key.size(), sizeof options.key.octets);
  std::copy_n(key.begin(), options.key.length, options.key.octets);
  Value peers = value["peers"];
  for (uint32_t i = 0; i < peers.size() && i < MOST_PEERS; i++) {
    engine.peers.push_back(peers.at(i)["node"].name());
    options.peer_addresses.push_back(peers.at(i)["address"].octets());
  }
  Value instances = value["instances"];
  for (uint32_t i = 0; i < instances.size() && i < MOST_EDGES; i++) {
    Value each = instances.at(i);
    EngineInstance instance{static_cast<uint32_t>(each["number"].count()), each["held"].boolean(),
                            each["term"].count(), each["epoch"].count(), each["lastSequence"].count(), {}};
    Value prefer = each["prefer"];
    for (uint32_t j = 0; j < prefer.size(); j++) instance.prefer.push_back(prefer.at(j).name());
    engine.instances.push_back(std::move(instance));
  }
  return options;
}

Guarded* self(napi_env env, napi_callback_info info) {
  napi_value receiver;
  void* guarded = nullptr;
  size_t count = 0;
  napi_get_cb_info(env, info, &count, nullptr, &receiver, nullptr);
  napi_unwrap(env, receiver, &guarded);
  return static_cast<Guarded*>(guarded);
}

void stop_guard(Guarded* guarded) {
  if (guarded->stopped) return;
  guarded->stopped = true;
  guarded->thread->stop();
  napi_release_threadsafe_function(guarded->listener, napi_tsfn_abort);
}

napi_value stop(napi_env env, napi_callback_info info) {
  if (Guarded* guarded = self(env, info)) stop_guard(guarded);
  return nullptr;
}

napi_value tell(napi_env env, napi_callback_info info) {
  Guarded* guarded = self(env, info);
  Call call(env, info);
  Value value(env, call.value(0));
  std::vector<Fact> facts;
  Value instances = value["instances"];
  for (uint32_t i = 0; i < instances.size() && i < MOST_EDGES; i++) {
    Value each = instances.at(i);
    facts.push_back({static_cast<uint32_t>(each["number"].count()), each["eligible"].boolean(), each["epoch"].count(),
                     each["lastSequence"].count(), each["yieldTo"].name(), each["cannotCommit"].boolean()});
  }
  bool can_commit = value["canCommit"].boolean();
  uint16_t load = static_cast<uint16_t>(std::min<uint64_t>(value["load"].count(), 1'000));
  uint64_t named = value["pid"].count();
  pid_t process = named <= INT32_MAX ? static_cast<pid_t>(named) : 0;
  if (guarded != nullptr)
    guarded->thread->with([&](Engine& engine, double now) {
      guarded->thread->set_main_process(process);
      engine.tell(can_commit, load, facts, now);
    });
  return nullptr;
}

napi_value set_main_alive(napi_env env, napi_callback_info info) {
  Guarded* guarded = self(env, info);
  Call call(env, info);
  bool alive = Value(env, call.value(0)).boolean();
  if (guarded != nullptr)
    guarded->thread->with([&](Engine& engine, double now) {
      // What was its number may soon be that of another.
      if (!alive) guarded->thread->set_main_process(0);
      engine.set_main_alive(alive, now);
    });
  return nullptr;
}

napi_value hand_over(napi_env env, napi_callback_info info) {
  Guarded* guarded = self(env, info);
  Call call(env, info);
  double limit = Value(env, call.value(0)).number();
  if (guarded != nullptr) guarded->thread->with([&](Engine& engine, double now) { engine.hand_over(limit, now); });
  return nullptr;
}

napi_value set_plan(napi_env env, napi_callback_info info) {
  Guarded* guarded = self(env, info);
  Call call(env, info);
  if (guarded != nullptr)
    guarded->thread->set_plan(static_cast<size_t>(call.number(0)), read_plan(Value(env, call.value(1))));
  return nullptr;
}

/** Everything that can be asked, at one moment. */
napi_value state(napi_env env, napi_callback_info info) {
  Guarded* guarded = self(env, info);
  if (guarded == nullptr) return nullptr;
  struct Edge {
    uint32_t number;
    bool held;
    uint64_t term;
  };
  std::vector<Edge> held;
  std::vector<PeerState> heard;
  bool engaged = false, main_alive = false;
  uint64_t ignored = 0;
  // Objects are made after: the thread does not wait for a collection of JavaScript's garbage.
  guarded->thread->with([&](Engine& engine, double now) {
    for (size_t at = 0; at < engine.instance_count(); at++)
      held.push_back({engine.number(at), engine.is_held(at), engine.term(at)});
    heard = engine.peers(now);
    engaged = engine.is_engaged();
    main_alive = engine.main_alive();
    ignored = engine.ignored();
  });
  Made made(env), edges = Made::list(env), peers = Made::list(env);
  for (const Edge& each : held) {
    Made edge(env);
    edges.add(edge.set("instance", static_cast<double>(each.number)).set("held", each.held).set("term", each.term));
  }
  for (const PeerState& peer : heard) {
    Made view(env);
    view.set("node", peer.node).set("alive", peer.alive).set("mainAlive", peer.main_alive);
    view.set("canCommit", peer.can_commit).set("load", static_cast<double>(peer.load));
    peers.add(view.set("silence", peer.silence));
  }
  made.set("engaged", engaged).set("mainAlive", main_alive).set("ignored", ignored);
  Counters counters = guarded->thread->counters();
  made.set("edges", edges).set("peers", peers).set("strangers", counters.strangers);
  made.set("unreadable", counters.unreadable).set("unsent", counters.unsent).set("latest", counters.latest);
  return made.set("scheduling", std::string(guarded->thread->scheduling())).value();
}

void environment_ends(void* data) { stop_guard(static_cast<Guarded*>(data)); }

void collected(napi_env env, void* data, void*) {
  Guarded* guarded = static_cast<Guarded*>(data);
  napi_remove_env_cleanup_hook(env, environment_ends, guarded);
  stop_guard(guarded);
  delete guarded;
}

napi_value open_guard(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto* guarded = new Guarded;
  napi_value name, object;
  napi_create_string_utf8(env, "roam6.guard", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, call.value(1), nullptr, name, MOST_REPORTS, 1, nullptr, nullptr, nullptr,
                                  call_listener, &guarded->listener);
  ThreadOptions options = read_options(Value(env, call.value(0)));
  Value plans = Value(env, call.value(0))["instances"];
  napi_threadsafe_function listener = guarded->listener;
  guarded->thread = std::make_unique<GuardThread>(options, [listener](const Report& report) {
    auto* copy = new Report(report);
    // Never waits for JavaScript: what it does not take is lost, and it can ask for the state.
    if (napi_call_threadsafe_function(listener, copy, napi_tsfn_nonblocking) != napi_ok) delete copy;
  });
  for (uint32_t i = 0; i < plans.size() && i < MOST_EDGES; i++)
    guarded->thread->set_plan(i, read_plan(plans.at(i)["plan"]));
  napi_create_object(env, &object);
  napi_wrap(env, object, guarded, collected, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, environment_ends, guarded);
  add_function(env, object, "tell", tell);
  add_function(env, object, "setMainAlive", set_main_alive);
  add_function(env, object, "handOver", hand_over);
  add_function(env, object, "setPlan", set_plan);
  add_function(env, object, "state", state);
  add_function(env, object, "stop", stop);
  guarded->thread->start();
  return object;
}

}  // namespace

void add_guard_functions(napi_env env, napi_value exports) { add_function(env, exports, "openGuard", open_guard); }

}  // namespace roam6
