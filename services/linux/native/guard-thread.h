// The hello thread of a guard: sockets, clock and timer around the engine. No JavaScript runs on it, and none on its path
// from a missed hello to the address on the virtual MAC.
#pragma once

#include <atomic>
#include <functional>
#include <future>

#include "guard-engine.h"
#include "kernel-worker.h"

namespace roam6 {

struct ThreadOptions {
  EngineOptions engine;
  Key key;
  uint16_t port = 0;
  /** Address on the home link of each peer of the engine, in its order. */
  std::vector<std::vector<uint8_t>> peer_addresses;
};

struct Counters {
  /** Datagrams without our magic or with a wrong authenticator. */
  uint64_t strangers = 0;
  /** Authentic, but not readable. */
  uint64_t unreadable = 0;
  /** Datagrams that the kernel refused to send. */
  uint64_t unsent = 0;
  /** Greatest lateness of the thread's own timer since the last question, in milliseconds. */
  double latest = 0;
};

/** CLOCK_BOOTTIME in milliseconds. */
double boot_milliseconds();

/** A mutex that lends the priority of who waits for it to who has it. */
class UrgentMutex {
 public:
  UrgentMutex();
  ~UrgentMutex() { pthread_mutex_destroy(&mutex_); }
  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

class GuardThread : private Outside {
 public:
  using Listener = std::function<void(const Report&)>;

  GuardThread(const ThreadOptions& options, Listener listener);
  ~GuardThread() override;
  void start();
  /** Ends both threads; the kernel stays as it is. */
  void stop();
  void set_plan(size_t instance, const std::shared_ptr<const Plan>& plan);
  /** Of which process the engine is told from here on; 0 for one that is unknown. Only inside `with`. */
  void set_main_process(pid_t process) { main_process_ = process; }
  /** Runs something on the engine while no other thread does, and has the thread look at its deadlines anew. */
  void with(const std::function<void(Engine&, double now)>& work);
  Counters counters();
  /** How the thread runs: "real-time", "nice" or "ordinary". */
  const char* scheduling() const { return scheduling_; }

 private:
  void send(const Hello& hello, int from) override;
  void perform(size_t instance, Work work) override { worker_.post(instance, work); }
  void report(const Report& report) override { listener_(report); }
  std::optional<double> main_busy() override;

  void run(std::promise<void>& ready);
  void open_hello_socket(double now);
  bool drain(double now);
  void join_links();
  void send_to_everybody(size_t length);
  void send_from_instance(const uint8_t* datagram, size_t length, size_t instance);
  void wake_up();
  void wait_until(double deadline);

  ThreadOptions options_;
  Listener listener_;
  UrgentMutex lock_;
  Engine engine_;
  KernelWorker worker_;
  std::thread thread_;
  std::atomic<bool> ending_{false};
  const char* scheduling_ = "";
  /** Held by the thread for itself: the worker's lock is no place to wait. */
  std::vector<std::shared_ptr<const Plan>> plans_;
  Counters counters_;
  pid_t main_process_ = 0;
  int hello_socket_ = -1, packet_socket_ = -1, timer_ = -1, event_ = -1;
  double next_open_ = 0, backlog_since_ = -1, all_until_ = 0;
  /** Interface indexes of home links whose group is joined. */
  std::vector<int> links_;
  std::string told_problem_;
  std::unique_ptr<Hello> incoming_ = std::make_unique<Hello>();
  std::vector<uint8_t> outgoing_, frame_, received_;
};

}  // namespace roam6
