// What taking and withdrawing an instance is for the kernel, ready as octets, and the thread that carries it out. A thread of
// its own, because the kernel's lock may be held by others for long, and hellos must not wait for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "guard-engine.h"

namespace roam6 {

/** Messages to NETLINK_ROUTE that are sent at once, each with what it is for and the refusals that count as success. */
struct Batch {
  struct Step {
    std::string what;
    std::vector<int> allow;
  };
  std::vector<uint8_t> messages;
  std::vector<Step> steps;
};

/** Everything about one instance that the guard needs at the moment of takeover. Made by TypeScript beforehand. */
struct Plan {
  Batch take, wake, withdraw, tidy, mute, unmute;
  /** Index of the device with the virtual MAC. */
  int device = 0;
  /** Index of the device below it, on the home link. */
  int link = 0;
  /** Unsolicited Neighbor Advertisements, as Ethernet frames from the virtual MAC. */
  std::vector<std::vector<uint8_t>> frames;
  /** Ethernet, IPv6 and UDP header of hellos from the virtual MAC; lengths and checksum are filled in. */
  std::vector<uint8_t> hello_head;
};

/** Makes the calling thread one that is late for nothing else. Returns how it runs from now on. */
const char* be_urgent(int priority);

/** Sends an Ethernet frame from a device. Returns 0 or an errno. */
int send_frame(int packet_socket, int device, const uint8_t* frame, size_t length);

class KernelWorker {
 public:
  using Done = std::function<void(size_t instance, Work work, int error, const std::string& text)>;

  KernelWorker(size_t instances, Done done);
  ~KernelWorker();
  void start();
  /** Lets queued work end; waits for it. */
  void stop();
  void set_plan(size_t instance, std::shared_ptr<const Plan> plan);
  std::shared_ptr<const Plan> plan(size_t instance) const;
  void post(size_t instance, Work work);

 private:
  struct Job {
    size_t instance;
    Work work;
  };

  void run();
  int carry_out(const Job& job, std::string& text);
  int transact(const Batch& batch, std::string& text);
  int read_answers(const Batch& batch, uint32_t first, std::string& text, bool& shortage);
  int announce(const Plan& plan, std::string& text);

  Done done_;
  mutable std::mutex lock_;
  std::condition_variable work_;
  std::deque<Job> jobs_;
  std::vector<std::shared_ptr<const Plan>> plans_;
  bool ending_ = false;
  std::thread thread_;
  int route_socket_ = -1;
  int packet_socket_ = -1;
  uint32_t sequence_ = 1;
};

}  // namespace roam6
