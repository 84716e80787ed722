#include "kernel-worker.h"

#include <algorithm>
#include <cerrno>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace roam6 {
namespace {

/** The hello thread goes before this one. */
constexpr int PRIORITY = 39;
/** Waits before a shortage of the kernel's memory is tried again, in milliseconds. */
constexpr int RETRIES[] = {1, 5, 20, 50};
constexpr time_t LOST_AFTER = 2;
constexpr size_t ANSWER_SIZE = 32'768;

const char* error_text(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return "permission denied: CAP_NET_ADMIN is needed";
    case ENODEV:
      return "no such device";
    default:
      return "refused by the kernel";
  }
}

/** The text of an extended acknowledgement: attributes after the capped copy of the request's header. */
std::string extended_text(const nlmsghdr& header, const uint8_t* message) {
  size_t offset = NLMSG_HDRLEN + sizeof(nlmsgerr);
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return "";
  while (offset + sizeof(nlattr) <= header.nlmsg_len) {
    nlattr attribute;
    memcpy(&attribute, message + offset, sizeof attribute);
    if (attribute.nla_len < sizeof attribute || offset + attribute.nla_len > header.nlmsg_len) break;
    const char* text = reinterpret_cast<const char*>(message + offset + sizeof attribute);
    if ((attribute.nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
      return std::string(text, strnlen(text, attribute.nla_len - sizeof attribute));
    offset += NLA_ALIGN(attribute.nla_len);
  }
  return "";
}

}  // namespace

const char* be_urgent(int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0) return "real-time";
  if (setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), -20) == 0) return "nice";
  return "ordinary";
}

int send_frame(int packet_socket, int device, const uint8_t* frame, size_t length) {
  sockaddr_ll name{};
  name.sll_family = AF_PACKET;
  name.sll_protocol = htons(ETH_P_IPV6);
  name.sll_ifindex = device;
  name.sll_halen = ETH_ALEN;
  if (length >= ETH_ALEN) memcpy(name.sll_addr, frame, ETH_ALEN);
  ssize_t sent = sendto(packet_socket, frame, length, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&name), sizeof name);
  return sent < 0 ? errno : 0;
}

KernelWorker::KernelWorker(size_t instances, Done done) : done_(std::move(done)), plans_(instances) {}

KernelWorker::~KernelWorker() { stop(); }

void KernelWorker::start() {
  route_socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  packet_socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  int on = 1;
  timeval patience{LOST_AFTER, 0};
  setsockopt(route_socket_, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(route_socket_, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  setsockopt(route_socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  thread_ = std::thread([this] { run(); });
}

void KernelWorker::stop() {
  {
    std::lock_guard<std::mutex> guard(lock_);
    ending_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (int* each : {&route_socket_, &packet_socket_}) {
    if (*each >= 0) close(*each);
    *each = -1;
  }
}

void KernelWorker::set_plan(size_t instance, std::shared_ptr<const Plan> plan) {
  std::lock_guard<std::mutex> guard(lock_);
  if (instance < plans_.size()) plans_[instance] = std::move(plan);
}

std::shared_ptr<const Plan> KernelWorker::plan(size_t instance) const {
  std::lock_guard<std::mutex> guard(lock_);
  return plans_[instance];
}

void KernelWorker::post(size_t instance, Work work) {
  {
    std::lock_guard<std::mutex> guard(lock_);
    jobs_.push_back({instance, work});
  }
  work_.notify_one();
}

void KernelWorker::run() {
  be_urgent(PRIORITY);
  for (;;) {
    Job job{};
    {
      std::unique_lock<std::mutex> guard(lock_);
      work_.wait(guard, [this] { return ending_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = jobs_.front();
      jobs_.pop_front();
    }
    std::string text;
    int error = carry_out(job, text);
    done_(job.instance, job.work, error, text);
  }
}

int KernelWorker::carry_out(const Job& job, std::string& text) {
  std::shared_ptr<const Plan> found = plan(job.instance);
  if (found == nullptr) {
    text = "the instance is not open";
    return ENODEV;
  }
  if (job.work == Work::ANNOUNCE) return announce(*found, text);
  if (job.work == Work::WITHDRAW) return transact(found->withdraw, text);
  if (job.work == Work::TIDY) return transact(found->tidy, text);
  if (job.work == Work::MUTE) return transact(found->mute, text);
  if (job.work == Work::UNMUTE) return transact(found->unmute, text);
  // Each message waits for the kernel's lock, which others may hold: no more of them than an edge needs that rests.
  int error = found->wake.steps.empty() ? ENODEV : transact(found->wake, text);
  if (error != 0) error = transact(found->take, text);
  if (error == 0) {
    // Lost like any frame; it is said again.
    std::string ignored;
    announce(*found, ignored);
    return 0;
  }
  std::string ignored;
  transact(found->withdraw, ignored);
  return error;
}

int KernelWorker::announce(const Plan& plan, std::string& text) {
  int error = 0;
  for (const auto& frame : plan.frames) {
    int result = send_frame(packet_socket_, plan.device, frame.data(), frame.size());
    if (result != 0) error = result;
  }
  if (error != 0) text = std::string("announce: ") + error_text(error);
  return error;
}

/** Sends all messages of a batch at once and reads their acknowledgements; a shortage of memory is tried again. */
int KernelWorker::transact(const Batch& batch, std::string& text) {
  if (batch.steps.empty()) return 0;
  for (size_t attempt = 0;; attempt++) {
    std::vector<uint8_t> messages = batch.messages;
    uint32_t first = sequence_;
    for (size_t at = 0; at + sizeof(nlmsghdr) <= messages.size();) {
      nlmsghdr header;
      memcpy(&header, &messages[at], sizeof header);
      if (header.nlmsg_len < sizeof header) break;
      header.nlmsg_seq = sequence_++;
      header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
      memcpy(&messages[at], &header, sizeof header);
      at += NLMSG_ALIGN(header.nlmsg_len);
    }
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (sendto(route_socket_, messages.data(), messages.size(), 0, reinterpret_cast<sockaddr*>(&kernel),
               sizeof kernel) < 0) {
      int error = errno;
      text = error_text(error);
      return error;
    }
    bool shortage = false;
    int error = read_answers(batch, first, text, shortage);
    if (!shortage || attempt >= sizeof RETRIES / sizeof *RETRIES) return error;
    usleep(static_cast<useconds_t>(RETRIES[attempt]) * 1'000);
  }
}

int KernelWorker::read_answers(const Batch& batch, uint32_t first, std::string& text, bool& shortage) {
  alignas(nlmsghdr) uint8_t buffer[ANSWER_SIZE];
  size_t missing = batch.steps.size();
  int failure = 0;
  while (missing > 0) {
    sockaddr_nl sender{};
    socklen_t name_length = sizeof sender;
    ssize_t received =
        recvfrom(route_socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&sender), &name_length);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) {
      text = "the kernel's answer was lost";
      return errno == EAGAIN ? ETIMEDOUT : errno;
    }
    if (sender.nl_pid != 0) continue;
    size_t length = static_cast<size_t>(received);
    for (size_t at = 0; at + sizeof(nlmsghdr) <= length;) {
      nlmsghdr header;
      memcpy(&header, buffer + at, sizeof header);
      if (header.nlmsg_len < sizeof header || at + header.nlmsg_len > length) break;
      const uint8_t* message = buffer + at;
      at += NLMSG_ALIGN(header.nlmsg_len);
      uint32_t index = header.nlmsg_seq - first;
      if (header.nlmsg_type != NLMSG_ERROR || index >= batch.steps.size() ||
          header.nlmsg_len < NLMSG_HDRLEN + sizeof(int32_t))
        continue;
      missing -= missing > 0 ? 1 : 0;
      int32_t told;
      memcpy(&told, message + NLMSG_HDRLEN, sizeof told);
      const Batch::Step& step = batch.steps[index];
      if (told == 0 || std::find(step.allow.begin(), step.allow.end(), -told) != step.allow.end()) continue;
      shortage = shortage || told == -ENOMEM || told == -ENOBUFS;
      if (failure != 0) continue;
      failure = -told;
      std::string more = extended_text(header, message);
      text = step.what + ": " + (more.empty() ? error_text(failure) : more);
    }
  }
  return failure;
}

}  // namespace roam6
