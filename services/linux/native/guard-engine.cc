#include "guard-engine.h"

#include <algorithm>

namespace roam6 {
namespace {

/** After a refusal of the kernel the instance is left to others for so long. */
constexpr double REFUSAL_PAUSE = 2'000;
/** RFC 4861 §10: MAX_NEIGHBOR_ADVERTISEMENT, RETRANS_TIMER. */
constexpr int MAX_NEIGHBOR_ADVERTISEMENT = 3;
constexpr double RETRANS_TIMER = 1'000;
/** How long a starting node waits at least to hear of every peer. */
constexpr double LISTENING_TIME = 2'000;
/** Pace at which a hand-over looks for heirs. */
constexpr double HAND_OVER_PACE = 10;
/**
 * A holder that gave way says so at once and leads nobody here any more, but its kernel forwards for so long what still
 * comes, at least one interval: until the successor has heard it and has led the home link to itself for good.
 */
constexpr double RETIRING_TIME = 50;
/** A kernel that has not brought up an instance by then leaves it to the next in line; at least two detection times. */
constexpr double TAKING_TIME = 100;
/** Hellos from the virtual MAC of an instance that was just taken: the last one leaves after the former holder takes nothing more. */
constexpr int LEADING_HELLOS = 7;
/** What the kernel makes of an address that it was just given it has made by then. */
constexpr double TIDYING_TIME = 1'000;
/** Who is next in line, and behind a holder that fell silent, follows the stream for so many intervals first. */
constexpr int FOLLOWED_HELLOS = 2;
/** A main process that is busy, or has no processor, is late and not hung: it has so many timeouts before it counts as hung. */
constexpr double BUSY_TIMEOUTS = 4;
/** What it ran or waited for a processor, of the time since the last look, when it is busy. */
constexpr double BUSY_SHARE = 0.5;

}  // namespace

Engine::Engine(const EngineOptions& options, Outside& outside) : options_(options), outside_(outside) {
  for (const Name& node : options.peers) {
    Peer peer;
    peer.node = node;
    peer.hello = std::make_unique<Hello>();
    peers_.push_back(std::move(peer));
  }
  for (const EngineInstance& instance : options.instances) {
    Hold hold{};
    hold.number = instance.number;
    hold.state = instance.held ? State::ACTIVE : State::LISTENING;
    hold.term = instance.term;
    hold.epoch = instance.epoch;
    hold.last_sequence = instance.last_sequence;
    hold.policy.self = options.self;
    for (const Name& node : instance.prefer)
      if (hold.policy.prefer_count < MOST_NODES) hold.policy.prefer[hold.policy.prefer_count++] = node;
    hold.policy.detection = options.detection;
    hold.policy.startup_patience = options.startup_patience;
    hold.policy.commit_patience = options.commit_patience;
    hold.policy.follow_patience = FOLLOWED_HELLOS * options.interval;
    holds_.push_back(hold);
  }
}

void Engine::start(double now) {
  last_tick_ = now;
  quiet_until_ = now;
  for (Hold& hold : holds_) hold.memory.greatest_held_at = hold.memory.eligible_since = now;
  // A peer whose hellos are late, as on a busy machine, may hold the edge: who only starts has time.
  listening_ends_ = now + std::max(options_.detection * 2, LISTENING_TIME);
  next_listen_ = peers_.empty() ? now : now + options_.detection;
  next_tick_ = now + options_.interval;
  evaluate(now);
  say_hello(now);
}

double Engine::judgement(const Peer& peer) const {
  return std::max(peer.heard_at, peer.excused_at) + peer.slack + options_.detection;
}

/**
 * Until when a peer counts as one that hears the link: it echoes what it heard in its next hello, an interval later. One
 * that hears nobody, though it is heard, gets no packet either, and would not notice a successor.
 */
double Engine::deafness(const Peer& peer) const {
  return std::max(peer.echoed_at, peer.excused_at) + peer.slack + options_.detection + 2 * options_.interval;
}

size_t Engine::living() const {
  return static_cast<size_t>(std::count_if(peers_.begin(), peers_.end(), [](const Peer& peer) { return peer.alive; }));
}

double Engine::deadline() const {
  double next = next_tick_;
  for (const Peer& peer : peers_)
    if (peer.alive) next = std::min({next, judgement(peer), deafness(peer)});
  if (catching_up_) next = std::min(next, quiet_until_);
  if (listening_) next = std::min(next, next_listen_);
  for (const Hold& hold : holds_) {
    if (hold.state == State::REFUSED || hold.state == State::STUCK || hold.state == State::RETIRING ||
        (hold.state == State::TAKING && !hold.slow))
      next = std::min(next, hold.pause_ends);
    if (hold.announcements > 0) next = std::min(next, hold.announce_at);
    if (hold.tidy_at > 0) next = std::min(next, hold.tidy_at);
  }
  return next;
}

void Engine::wake(double now, double late, bool may_judge) {
  // Whoever runs late has read late: peers on the same busy machine may have been late as well.
  if (late > options_.interval / 4)
    for (Peer& peer : peers_)
      if (peer.alive) peer.slack = std::min(peer.slack + late, options_.detection);
  if (!notice_gap(now) && may_judge) judge(now);
  if (catching_up_ && now >= quiet_until_) evaluate(now);
  watch_main(now);
  if (listening_ && now >= next_listen_) listen(now);
  for (size_t at = 0; at < holds_.size(); at++) {
    Hold& hold = holds_[at];
    if (hold.state == State::REFUSED && now >= hold.pause_ends) hold.state = State::STANDBY;
    if ((hold.state == State::STUCK || hold.state == State::RETIRING) && now >= hold.pause_ends) withdraw(at);
    if (hold.state == State::TAKING && !hold.slow && now >= hold.pause_ends) {
      hold.slow = true;
      say_hello(now);
    }
    if (hold.tidy_at > 0 && now >= hold.tidy_at) {
      hold.tidy_at = 0;
      if (hold.state == State::STANDBY) outside_.perform(at, Work::TIDY);
    }
    // After a pause it may be another node's by now.
    if (hold.announcements > 0 && now >= hold.announce_at && now < quiet_until_) hold.announce_at = quiet_until_;
    if (hold.announcements > 0 && now >= hold.announce_at) {
      hold.announcements--;
      hold.announce_at = now + RETRANS_TIMER;
      if (hold.state == State::ACTIVE) outside_.perform(at, Work::ANNOUNCE);
    }
  }
  if (handing_over_) pursue_hand_over(now);
  if (now < next_tick_) return;
  next_tick_ = std::max(next_tick_ + options_.interval, now + options_.interval / 2);
  last_tick_ = now;
  evaluate(now);
  say_hello(now);
}

/**
 * A machine that was paused knows nothing of the time in between: after a gap longer than the detection time it first
 * hears what happened, its peers and its main process, and neither speaks nor takes nor gives way for one detection time.
 * Of its own main process alone it learns that a successor lacks what was committed. Peers on the same machine were
 * paused too and do the same: they have one detection time more.
 */
bool Engine::notice_gap(double now) {
  if (now - last_tick_ <= options_.detection + options_.interval) return false;
  last_tick_ = now;
  quiet_until_ = now + options_.detection;
  catching_up_ = true;
  next_tick_ = now + options_.interval;
  // The main process was paused too, as far as anybody knows.
  heard_main(now);
  for (Peer& peer : peers_) peer.excused_at = quiet_until_;
  return true;
}

/** What was seen of it before says nothing of its next silence, nor of another process that speaks in its place. */
void Engine::heard_main(double now) {
  main_heard_at_ = now;
  next_look_ = now + options_.main_timeout / 2;
  main_busy_.reset();
}

/**
 * A silent main process is looked at twice in its timeout: one that stands still is hung when that is over, one that is
 * busy when it stands still from one look to the next, or has been silent for too long all the same.
 */
void Engine::watch_main(double now) {
  if (!main_alive_ || now <= next_look_) return;
  std::optional<double> before = main_busy_, busy = outside_.main_busy();
  bool is_busy = before && busy && *busy - *before >= (now - looked_at_) * BUSY_SHARE;
  double silence = now - main_heard_at_;
  if (silence > options_.main_timeout && (!is_busy || silence > options_.main_timeout * BUSY_TIMEOUTS)) {
    set_main_alive(false, now);
    return;
  }
  main_busy_ = busy;
  looked_at_ = now;
  next_look_ = now + options_.main_timeout / 2;
}

void Engine::judge(double now) {
  for (Peer& peer : peers_) {
    if (!peer.alive || now < std::min(judgement(peer), deafness(peer))) continue;
    peer.alive = false;
    Report report(Report::PEER_CHANGED);
    report.node = peer.node;
    outside_.report(report);
    evaluate(now);
    // Others wait for our word that the holder is gone.
    say_hello(now);
  }
}

void Engine::listen(double now) {
  if (living() < peers_.size() && now < listening_ends_) {
    next_listen_ = now + options_.interval;
    return;
  }
  listening_ = false;
  for (Hold& hold : holds_)
    if (hold.state == State::LISTENING) hold.state = State::STANDBY;
  evaluate(now);
}

void Engine::evaluate(double now) {
  bool gave_way = false;
  for (size_t at = 0; at < holds_.size(); at++) {
    Hold& hold = holds_[at];
    Standing own = standing_of(hold);
    Peers peers = standings_of(hold.number, at);
    // Who is named takes alone: it may go by what it has followed meanwhile.
    bool is_named = false;
    for (const Standing& peer : peers) is_named = is_named || (peer.held && peer.yield_to == options_.self);
    if (!own.held && !is_named) {
      own.epoch = hold.said_epoch;
      own.last_sequence = hold.said_sequence;
    }
    hold.memory = remember(hold.memory, own, peers, now);
    Verdict verdict = decide_takeover(hold.policy, own, peers, hold.memory, now);
    bool has_rival = false;
    for (const Standing& peer : peers) has_rival = has_rival || peer.held;
    // A rival's frames led the home link to it: packets must not wait there for the next hello of this node.
    if (hold.state == State::ACTIVE && verdict.kind == Verdict::KEEP && has_rival != hold.has_rival) {
      outside_.perform(at, Work::ANNOUNCE);
      hold.leads = LEADING_HELLOS;
    }
    hold.has_rival = has_rival;
    if (now < quiet_until_) continue;
    if (verdict.kind == Verdict::WITHDRAW) {
      successor_heard(at, now);
      gave_way = gave_way || hold.state == State::RETIRING;
    }
    if (verdict.kind == Verdict::TAKE) turn_came(at, verdict.term, now);
  }
  // What is taken from here on is given away like any other, not dropped as what was held before the gap.
  if (now >= quiet_until_) catching_up_ = false;
  if (gave_way) say_hello(now);
}

void Engine::turn_came(size_t at, uint64_t term, double now) {
  Hold& hold = holds_[at];
  if (hold.state != State::STANDBY && hold.state != State::ACTIVE && hold.state != State::RETIRING) return;
  hold.term = std::max(hold.term, term);
  if (hold.state != State::STANDBY) {
    if (hold.state == State::RETIRING) outside_.perform(at, Work::UNMUTE);
    hold.state = State::ACTIVE;
    tell_of(Report::TAKEN, hold);
    begin_announcing(at, now);
    return;
  }
  hold.state = State::TAKING;
  hold.pause_ends = now + std::max(TAKING_TIME, options_.detection * 2);
  outside_.perform(at, Work::TAKE);
}

/** After a pause, or without anybody else, nothing is to come here any more. */
void Engine::successor_heard(size_t at, double now) {
  Hold& hold = holds_[at];
  if (hold.state != State::ACTIVE) return;
  if (catching_up_ || living() == 0) return withdraw(at);
  hold.state = State::RETIRING;
  hold.pause_ends = now + std::max(RETIRING_TIME, options_.interval);
  // Its kernel would still repeat listener reports and answer solicitations, and lead the home link back here.
  outside_.perform(at, Work::MUTE);
  // From here on the main process answers nothing in the name of the instance.
  tell_of(Report::WITHDRAWN, hold);
}

void Engine::withdraw(size_t at) {
  Hold& hold = holds_[at];
  if (hold.state == State::ACTIVE) tell_of(Report::WITHDRAWN, hold);
  hold.state = State::WITHDRAWING;
  outside_.perform(at, Work::WITHDRAW);
}

void Engine::begin_announcing(size_t at, double now) {
  outside_.perform(at, Work::ANNOUNCE);
  holds_[at].leads = LEADING_HELLOS;
  holds_[at].announcements = MAX_NEIGHBOR_ADVERTISEMENT - 1;
  holds_[at].announce_at = now + RETRANS_TIMER;
}

void Engine::tell_of(Report::Kind kind, const Hold& hold, int error, const std::string& text) {
  Report report(kind);
  report.instance = hold.number;
  report.term = hold.term;
  report.error = error;
  report.text = text;
  outside_.report(report);
}

void Engine::performed(size_t instance, Work work, int error, const std::string& text, double now) {
  Hold& hold = holds_[instance];
  if (work != Work::TAKE && work != Work::WITHDRAW) {
    if (error != 0) tell_of(Report::REFUSED, hold, error, text);
    return;
  }
  hold.slow = false;
  if (error != 0) {
    hold.state = work == Work::TAKE ? State::REFUSED : State::STUCK;
    hold.pause_ends = now + REFUSAL_PAUSE;
    tell_of(Report::REFUSED, hold, error, text);
    return;
  }
  notice_gap(now);
  hold.state = work == Work::TAKE ? State::ACTIVE : State::STANDBY;
  hold.tidy_at = work == Work::WITHDRAW ? now + TIDYING_TIME : 0;
  // The first advertisement has left with the taking itself.
  if (work == Work::TAKE) {
    tell_of(Report::TAKEN, hold);
    hold.leads = LEADING_HELLOS;
    hold.announcements = MAX_NEIGHBOR_ADVERTISEMENT - 1;
    hold.announce_at = now + RETRANS_TIMER;
  }
  evaluate(now);
  say_hello(now);
}

void Engine::tell(bool can_commit, uint16_t load, const std::vector<Fact>& facts, double now) {
  notice_gap(now);
  heard_main(now);
  bool changed = can_commit_ != can_commit;
  can_commit_ = can_commit;
  load_ = load;
  for (const Fact& fact : facts)
    for (Hold& hold : holds_) {
      if (hold.number != fact.number) continue;
      changed = changed || hold.yield_to != fact.yield_to || hold.cannot_commit != fact.cannot_commit;
      hold.eligible = fact.eligible;
      // A main process that has still to read the stream knows nothing: what the kernel has up is as far as it was.
      if (fact.epoch > 0 || hold.state != State::ACTIVE) {
        hold.epoch = fact.epoch;
        hold.last_sequence = fact.last_sequence;
      }
      hold.yield_to = fact.yield_to;
      hold.cannot_commit = fact.cannot_commit;
    }
  evaluate(now);
  if (changed) say_hello(now);
}

void Engine::set_main_alive(bool alive, double now) {
  if (alive) heard_main(now);
  if (main_alive_ == alive) return;
  notice_gap(now);
  main_alive_ = alive;
  Report report(Report::MAIN_CHANGED);
  report.alive = alive;
  outside_.report(report);
  evaluate(now);
  say_hello(now);
}

void Engine::hand_over(double limit, double now) {
  leaving_ = handing_over_ = true;
  listening_ = false;
  for (Hold& hold : holds_)
    if (hold.state == State::LISTENING) hold.state = State::STANDBY;
  hand_over_limit_ = limit;
  hand_over_ends_ = now + limit;
  next_tick_ = std::min(next_tick_, now + HAND_OVER_PACE);
  say_hello(now);
}

void Engine::pursue_hand_over(double now) {
  if (is_engaged() && now < hand_over_ends_ + hand_over_limit_) {
    for (size_t at = 0; at < holds_.size(); at++) {
      // Who is not eligible may be in a moment: it has only just started, or its kernel is slow.
      bool heir = false;
      for (const Standing& peer : standings_of(holds_[at].number, at)) heir = heir || (peer.main_alive && !peer.leaving);
      if (!heir || now >= hand_over_ends_) successor_heard(at, now);
    }
    return;
  }
  handing_over_ = false;
  outside_.report(Report(Report::HANDED_OVER));
}

bool Engine::is_engaged() const {
  return std::any_of(holds_.begin(), holds_.end(), [](const Hold& hold) {
    return hold.state == State::ACTIVE || hold.state == State::TAKING || hold.state == State::RETIRING ||
           hold.state == State::WITHDRAWING || hold.state == State::STUCK;
  });
}

std::vector<PeerState> Engine::peers(double now) const {
  std::vector<PeerState> states;
  for (const Peer& peer : peers_)
    states.push_back({peer.node, peer.alive, peer.heard && peer.hello->main_alive,
                      peer.heard && peer.hello->can_commit, peer.heard ? peer.hello->load : uint16_t{0},
                      peer.heard ? now - peer.heard_at : -1});
  return states;
}

}  // namespace roam6
