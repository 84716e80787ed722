#include "guard-thread.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <mutex>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace roam6 {
namespace {

constexpr int PRIORITY = 40;
/** After a refusal the port is tried again in so many milliseconds. */
constexpr double BIND_PAUSE = 250;
/** So many datagrams are read before deadlines are looked at. */
constexpr int MOST_AT_ONCE = 256;
constexpr int RECEIVE_BUFFER = 1 << 20;
/** Hellos go to everybody as well while a peer is missing, and for so many milliseconds after. */
constexpr double UNRESOLVED_TIME = 5'000;
/** Hellos go before other traffic: class selector 6 (RFC 4594 §3.1). */
constexpr int TRAFFIC_CLASS = 0xc0;
constexpr size_t ETHERNET = 14, IPV6 = 40, UDP = 8, HEADERS = ETHERNET + IPV6 + UDP;
/** A frame from a virtual MAC is for switches: a hello that is longer than a frame goes without its contents. */
constexpr size_t FRAME_LIMIT = ETHERNET + 1500;

uint32_t sum_words(const uint8_t* bytes, size_t length, uint32_t sum) {
  for (size_t i = 0; i + 1 < length; i += 2) sum += static_cast<uint32_t>(bytes[i]) << 8 | bytes[i + 1];
  return length % 2 == 0 ? sum : sum + (static_cast<uint32_t>(bytes[length - 1]) << 8);
}

void put16(uint8_t* target, size_t value) {
  target[0] = static_cast<uint8_t>(value >> 8);
  target[1] = static_cast<uint8_t>(value);
}

/** Where hellos go that are for everybody on a link: ff12::6275, as those from virtual MACs do. */
sockaddr_in6 everybody(int link, uint16_t port) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(port);
  name.sin6_scope_id = static_cast<uint32_t>(link);
  name.sin6_addr.s6_addr[0] = 0xff;
  name.sin6_addr.s6_addr[1] = 0x12;
  name.sin6_addr.s6_addr[14] = 0x62;
  name.sin6_addr.s6_addr[15] = 0x75;
  return name;
}

/** Fills in the lengths and the UDP checksum (RFC 8200 §8.1) of a frame whose other octets are there. */
void complete_frame(uint8_t* frame, size_t payload) {
  uint8_t* ip = frame + ETHERNET;
  uint8_t* udp = ip + IPV6;
  put16(ip + 4, UDP + payload);
  put16(udp + 4, UDP + payload);
  put16(udp + 6, 0);
  uint32_t sum = sum_words(ip + 8, 32, static_cast<uint32_t>(UDP + payload) + IPPROTO_UDP);
  sum = sum_words(udp, UDP + payload, sum);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  uint16_t checksum = static_cast<uint16_t>(~sum);
  put16(udp + 6, checksum == 0 ? 0xffff : checksum);
}

}  // namespace

double boot_milliseconds() {
  timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

UrgentMutex::UrgentMutex() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

GuardThread::GuardThread(const ThreadOptions& options, Listener listener)
    : options_(options),
      listener_(std::move(listener)),
      engine_(options.engine, *this),
      worker_(options.engine.instances.size(),
              [this](size_t instance, Work work, int error, const std::string& text) {
                with([&](Engine& engine, double now) { engine.performed(instance, work, error, text, now); });
              }),
      plans_(options.engine.instances.size()),
      outgoing_(LONGEST_DATAGRAM),
      frame_(HEADERS + LONGEST_DATAGRAM),
      received_(LONGEST_DATAGRAM) {}

GuardThread::~GuardThread() {
  stop();
  for (int each : {hello_socket_, packet_socket_, timer_, event_})
    if (each >= 0) close(each);
}

void GuardThread::start() {
  timer_ = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  event_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  packet_socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  worker_.start();
  std::promise<void> ready;
  thread_ = std::thread([this, &ready] { run(ready); });
  ready.get_future().wait();
}

void GuardThread::set_plan(size_t instance, const std::shared_ptr<const Plan>& plan) {
  worker_.set_plan(instance, plan);
  std::lock_guard<UrgentMutex> guard(lock_);
  if (instance < plans_.size()) plans_[instance] = plan;
  join_links();
}

/** Hears what is said to everybody on the links of the instances. A device that was made anew has another index. */
void GuardThread::join_links() {
  if (hello_socket_ < 0) return;
  for (const auto& plan : plans_) {
    if (plan == nullptr || plan->link <= 0 || std::find(links_.begin(), links_.end(), plan->link) != links_.end()) continue;
    ipv6_mreq group{};
    group.ipv6mr_multiaddr = everybody(plan->link, options_.port).sin6_addr;
    group.ipv6mr_interface = static_cast<unsigned>(plan->link);
    if (setsockopt(hello_socket_, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group) != 0) continue;
    links_.push_back(plan->link);
  }
}

void GuardThread::stop() {
  ending_ = true;
  wake_up();
  if (thread_.joinable()) thread_.join();
  worker_.stop();
}

void GuardThread::wake_up() {
  uint64_t one = 1;
  if (event_ >= 0 && write(event_, &one, sizeof one) < 0) return;
}

void GuardThread::with(const std::function<void(Engine&, double now)>& work) {
  {
    std::lock_guard<UrgentMutex> guard(lock_);
    work(engine_, boot_milliseconds());
  }
  wake_up();
}

Counters GuardThread::counters() {
  std::lock_guard<UrgentMutex> guard(lock_);
  Counters counters = counters_;
  counters_.latest = 0;
  return counters;
}

void GuardThread::wait_until(double deadline) {
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(std::floor(deadline / 1e3));
  when.it_value.tv_nsec = static_cast<long>((deadline - std::floor(deadline / 1e3) * 1e3) * 1e6);
  if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0) when.it_value.tv_nsec = 1;
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
  pollfd sockets[] = {{timer_, POLLIN, 0}, {event_, POLLIN, 0}, {hello_socket_, POLLIN, 0}};
  poll(sockets, hello_socket_ < 0 ? 2 : 3, -1);
  uint64_t count;
  for (int each : {timer_, event_})
    if (read(each, &count, sizeof count) < 0) continue;
}

void GuardThread::run(std::promise<void>& ready) {
  scheduling_ = be_urgent(PRIORITY);
  ready.set_value();
  lock_.lock();
  engine_.start(boot_milliseconds());
  while (!ending_) {
    if (hello_socket_ < 0 && boot_milliseconds() >= next_open_) open_hello_socket(boot_milliseconds());
    double deadline = engine_.deadline();
    if (hello_socket_ < 0) deadline = std::min(deadline, next_open_);
    lock_.unlock();
    wait_until(deadline);
    lock_.lock();
    double late = std::max(boot_milliseconds() - deadline, 0.0);
    counters_.latest = std::max(counters_.latest, late);
    bool more = drain(boot_milliseconds());
    double now = boot_milliseconds();
    // Who is flooded reads on, for a while, before it takes anybody for dead.
    if (!more) backlog_since_ = -1;
    else if (backlog_since_ < 0) backlog_since_ = now;
    bool may_judge = !more || now - backlog_since_ > options_.engine.detection;
    engine_.wake(now, late, may_judge);
  }
  lock_.unlock();
}

/**
 * The first two numbers of its first thread's schedstat, which runs its JavaScript: nanoseconds on a processor, and in the
 * queue for one. A kernel that does not count them says 0, which reads as standing still.
 */
std::optional<double> GuardThread::main_busy() {
  if (main_process_ <= 0) return std::nullopt;
  std::string path = "/proc/" + std::to_string(main_process_) + "/schedstat";
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  char text[128];
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return std::nullopt;
  text[length] = '\0';
  unsigned long long ran = 0, waited = 0;
  if (sscanf(text, "%llu %llu", &ran, &waited) != 2) return std::nullopt;
  return static_cast<double>(ran + waited) / 1e6;
}

void GuardThread::open_hello_socket(double now) {
  next_open_ = now + BIND_PAUSE;
  int made = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1, off = 0, size = RECEIVE_BUFFER, traffic_class = TRAFFIC_CLASS;
  setsockopt(made, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof off);
  setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  setsockopt(made, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
  if (setsockopt(made, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(options_.port);
  if (made >= 0 && bind(made, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0) {
    hello_socket_ = made;
    links_.clear();
    join_links();
    told_problem_.clear();
    return;
  }
  Report problem(Report::PROBLEM);
  problem.error = errno;
  problem.text = "hello socket on UDP port " + std::to_string(options_.port) +
                 (errno == EADDRINUSE ? ": the port is in use" : ": cannot be opened");
  if (made >= 0) close(made);
  if (problem.text == told_problem_) return;
  told_problem_ = problem.text;
  listener_(problem);
}

/** Reads what waits, up to a bound. Returns whether more may wait. */
bool GuardThread::drain(double now) {
  if (hello_socket_ < 0) return false;
  for (int i = 0; i < MOST_AT_ONCE; i++) {
    ssize_t length = recv(hello_socket_, received_.data(), received_.size(), MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    // Any other error is one of a datagram sent before, and is off the socket by now.
    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    // Empty: one that was too long for a frame and is for switches.
    if (length <= 0) continue;
    bool authentic = false;
    if (unseal_hello(options_.key, received_.data(), static_cast<size_t>(length), *incoming_, authentic))
      engine_.hear(incoming_, now);
    else
      (authentic ? counters_.unreadable : counters_.strangers)++;
  }
  return true;
}

void GuardThread::send(const Hello& hello, int from) {
  size_t length = seal_hello(options_.key, hello, outgoing_.data(), outgoing_.size());
  if (length == 0 || hello_socket_ < 0) return;
  for (const auto& address : options_.peer_addresses) {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = htons(options_.port);
    memcpy(&name.sin6_addr, address.data(), std::min(address.size(), sizeof name.sin6_addr));
    if (sendto(hello_socket_, outgoing_.data(), length, MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<sockaddr*>(&name), sizeof name) < 0)
      counters_.unsent++;
  }
  // Who comes back on the link has to be resolved first, a second perhaps: until then it would take itself for alone.
  double now = boot_milliseconds();
  if (!engine_.hears_all()) all_until_ = now + UNRESOLVED_TIME;
  if (now < all_until_) send_to_everybody(length);
  if (from >= 0) send_from_instance(outgoing_.data(), length, static_cast<size_t>(from));
}

void GuardThread::send_to_everybody(size_t length) {
  for (int link : links_) {
    sockaddr_in6 name = everybody(link, options_.port);
    if (sendto(hello_socket_, outgoing_.data(), length, MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<sockaddr*>(&name), sizeof name) < 0)
      counters_.unsent++;
  }
}

/** The same hello to a multicast group from the virtual MAC of an instance, so that switches know where that is. */
void GuardThread::send_from_instance(const uint8_t* datagram, size_t length, size_t instance) {
  const std::shared_ptr<const Plan>& plan = plans_[instance];
  if (plan == nullptr || plan->hello_head.size() != HEADERS) return;
  if (HEADERS + length > FRAME_LIMIT) length = 0;
  memcpy(frame_.data(), plan->hello_head.data(), HEADERS);
  memcpy(frame_.data() + HEADERS, datagram, length);
  complete_frame(frame_.data(), length);
  if (send_frame(packet_socket_, plan->device, frame_.data(), HEADERS + length) != 0) counters_.unsent++;
}

}  // namespace roam6
