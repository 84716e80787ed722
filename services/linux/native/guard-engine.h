// The edges of one node as its guard has them: peers, hellos, takeover and withdrawal (DESIGN §4.2, 4.6). It does what
// services/edge/edge.ts does, the reference that the simulator runs; states are those of services/cluster/edge-machine.ts.
// guard-engine.cc decides and acts in time, guard-hellos.cc hears and speaks.
// No clock, no socket, no lock of its own: whoever calls brings the time (milliseconds) and keeps calls apart.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hello-freshness.h"

namespace roam6 {

enum class Work { TAKE, WITHDRAW, ANNOUNCE, MUTE, UNMUTE, TIDY };

/** What the engine tells its program. */
struct Report {
  enum Kind { TAKEN, WITHDRAWN, REFUSED, PEER_CHANGED, MAIN_CHANGED, HANDED_OVER, PROBLEM };

  explicit Report(Kind what) : kind(what) {}

  Kind kind;
  uint32_t instance = 0;
  uint64_t term = 0;
  int error = 0;
  bool alive = false;
  Name node;
  std::string text;
};

/** What the engine asks of the outside. */
class Outside {
 public:
  virtual ~Outside() = default;
  /** Sends a hello to all peers; `from` is the index of an instance held here, or -1. */
  virtual void send(const Hello& hello, int from) = 0;
  /** Has the kernel do something about an instance; the answer comes through `Engine::performed`; nothing hangs on that of ANNOUNCE, MUTE and UNMUTE. */
  virtual void perform(size_t instance, Work work) = 0;
  virtual void report(const Report& report) = 0;
  /** Milliseconds that the main process has run or waited for a processor since it began; nothing where that is unknown. */
  virtual std::optional<double> main_busy() = 0;
};

struct EngineInstance {
  uint32_t number;
  bool held;
  uint64_t term;
  /** How far the kernel was, as the guard before this one was told; 0 when nobody knows. */
  uint64_t epoch, last_sequence;
  std::vector<Name> prefer;
};

struct EngineOptions {
  Name self;
  uint64_t boot;
  double interval;
  double detection;
  double startup_patience;
  double commit_patience;
  /** Silence after which a main process that stands still is hung; one that is busy has four times as long. */
  double main_timeout;
  std::vector<Name> peers;
  std::vector<EngineInstance> instances;
};

/** What the main process says of one instance; epoch 0 while it has still to read the stream. */
struct Fact {
  uint32_t number;
  bool eligible;
  uint64_t epoch;
  uint64_t last_sequence;
  Name yield_to;
  bool cannot_commit;
};

struct PeerState {
  Name node;
  bool alive, main_alive, can_commit;
  uint16_t load;
  /** -1 when it was never heard. */
  double silence;
};

class Engine {
 public:
  Engine(const EngineOptions& options, Outside& outside);

  void start(double now);
  /** Takes an authentic hello; a fresh one changes places with an old one, whose memory is used again. */
  void hear(std::unique_ptr<Hello>& hello, double now);
  /**
   * Does what is due: call it when `deadline` has come, after all input was read.
   * @param late how much later than asked for the caller runs: so much longer peers count as living
   * @param may_judge false while input still waits
   */
  void wake(double now, double late, bool may_judge);
  double deadline() const;

  void tell(bool can_commit, uint16_t load, const std::vector<Fact>& facts, double now);
  void set_main_alive(bool alive, double now);
  void hand_over(double limit, double now);
  void performed(size_t instance, Work work, int error, const std::string& text, double now);

  bool is_held(size_t instance) const { return holds_[instance].state == State::ACTIVE; }
  uint64_t term(size_t instance) const { return holds_[instance].term; }
  size_t instance_count() const { return holds_.size(); }
  uint32_t number(size_t instance) const { return holds_[instance].number; }
  bool is_engaged() const;
  bool hears_all() const { return living() == peers_.size(); }
  bool main_alive() const { return main_alive_; }
  uint64_t ignored() const { return ignored_; }
  std::vector<PeerState> peers(double now) const;

 private:
  enum class State { LISTENING, STANDBY, TAKING, ACTIVE, RETIRING, WITHDRAWING, REFUSED, STUCK };
  struct Hold {
    uint32_t number;
    State state;
    uint64_t term;
    Policy policy;
    Memory memory;
    bool eligible = false;
    uint64_t epoch = 0, last_sequence = 0;
    Name yield_to;
    bool cannot_commit = false;
    double pause_ends = 0;
    /** The kernel takes so long to bring it up that another node may take it. */
    bool slow = false;
    int announcements = 0;
    double announce_at = 0;
    /** When what the kernel made late of an edge that was withdrawn is taken away; 0 for not. */
    double tidy_at = 0;
    /** So many of the next hellos from virtual MACs are this one's: switches learn where it is now before other things. */
    int leads = 0;
    /** A living peer says that it holds the edge too. */
    bool has_rival = false;
    /** What the last hello said: who is next in line is decided by what all know alike, or two would take at once. */
    uint64_t said_epoch = 0, said_sequence = 0;
  };
  struct Peer {
    Name node;
    std::unique_ptr<Hello> hello;
    Freshness freshness;
    bool heard = false, alive = false, echoes = false;
    Echo echo = {};
    double heard_at = 0, excused_at = 0, slack = 0;
    /** When its hellos last showed that it hears anybody. */
    double echoed_at = 0;
  };

  Standing standing_of(const Hold& hold) const;
  Peers standings_of(uint32_t number, size_t hint);
  bool notice_gap(double now);
  void evaluate(double now);
  void heard_main(double now);
  void watch_main(double now);
  void judge(double now);
  void listen(double now);
  void pursue_hand_over(double now);
  void say_hello(double now);
  void turn_came(size_t at, uint64_t term, double now);
  void successor_heard(size_t at, double now);
  void withdraw(size_t at);
  int next_leader();
  void begin_announcing(size_t at, double now);
  void tell_of(Report::Kind kind, const Hold& hold, int error = 0, const std::string& text = "");
  double judgement(const Peer& peer) const;
  double deafness(const Peer& peer) const;
  size_t living() const;

  EngineOptions options_;
  Outside& outside_;
  std::vector<Hold> holds_;
  std::vector<Peer> peers_;
  std::unique_ptr<Hello> own_hello_ = std::make_unique<Hello>();
  Standing standings_[MOST_PEERS];
  uint64_t sequence_ = 0;
  uint64_t ignored_ = 0;
  size_t next_sender_ = 0;
  uint16_t load_ = 0;
  bool main_alive_ = false, can_commit_ = false, leaving_ = false, listening_ = true, handing_over_ = false;
  /** Since a gap nothing was decided yet with all of it heard. */
  bool catching_up_ = false;
  double main_heard_at_ = 0;
  /** When a silent main process is looked at next; when it was last, and how busy it had been until then. */
  double next_look_ = 0, looked_at_ = 0;
  std::optional<double> main_busy_;
  double hand_over_ends_ = 0, hand_over_limit_ = 0;
  double last_tick_ = 0, next_tick_ = 0, quiet_until_ = 0, next_listen_ = 0, listening_ends_ = 0;
};

}  // namespace roam6
