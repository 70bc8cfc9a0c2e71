// The two building blocks of the recurrences: a FIFO as a relation between push and pop times, and a rigid pipeline.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace psaflow::detail {

constexpr int64_t kNotYet = -1;

// A fingerprint of when all that happens to an image happens: the sum of all its events' cycles, each with a weight
// that its place (which channel or stage, which beat) decides. Two images whose events are a fixed number of cycles
// apart have the same one, counted from the cycle in which each is done.
class ImageShapes {
 public:
  ImageShapes() = default;
  explicit ImageShapes(size_t images) : sums_(images), weights_(images) {}

  void note(uint64_t place, int64_t event, int64_t image_events, int64_t cycle) {
    if (sums_.empty()) return;
    const auto image = static_cast<size_t>(event / image_events);
    const uint64_t weight = mix(mix(place) + static_cast<uint64_t>(event % image_events));
    sums_[image] += weight * static_cast<uint64_t>(cycle);
    weights_[image] += weight;
  }
  uint64_t shape(size_t image, int64_t done_cycle) const {
    return sums_[image] - weights_[image] * static_cast<uint64_t>(done_cycle);
  }

 private:
  static uint64_t mix(uint64_t x) {  // splitmix64
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  std::vector<uint64_t> sums_, weights_;  // modulo 2^64; by image
};

// A FIFO of finite depth with registered valid and ready: a pop is at least one cycle after its push, and push i at
// least one cycle after pop i - depth.
struct BeatChannel {
  BeatChannel(int64_t fifo_depth, int64_t total_beats) : depth(fifo_depth) {
    int64_t size = 1;
    while (size < std::min(depth, total_beats)) size *= 2;
    mask = static_cast<size_t>(size - 1);
    push_time.resize(static_cast<size_t>(size));
    pop_time.resize(static_cast<size_t>(size));
  }

  bool has_beat() const { return pushed > popped; }
  int64_t beat_time() const { return push_time[static_cast<size_t>(popped) & mask] + 1; }  // the earliest pop
  bool space_known() const { return pushed - popped < depth; }
  int64_t space_time() const { return pushed < depth ? 0 : pop_time[static_cast<size_t>(pushed - depth) & mask] + 1; }
  void push(int64_t cycle) {
    if (shapes != nullptr) shapes->note(2 * place, pushed, image_beats, cycle);
    push_time[static_cast<size_t>(pushed++) & mask] = cycle;
  }
  void pop(int64_t cycle) {
    if (shapes != nullptr) shapes->note(2 * place + 1, popped, image_beats, cycle);
    pop_time[static_cast<size_t>(popped++) & mask] = cycle;
  }

  // The depth that would never have held up a push; only for a channel that kept all its times.
  int64_t peak() const {
    int64_t most = 0, out = 0;
    for (int64_t in = 0; in < pushed; ++in) {
      while (out < popped && pop_time[static_cast<size_t>(out)] < push_time[static_cast<size_t>(in)]) ++out;
      most = std::max(most, in - out + 1);
    }
    return most;
  }

  int64_t depth, pushed = 0, popped = 0;
  size_t mask = 0;
  std::vector<int64_t> push_time, pop_time;  // rings: neither end ever looks back further than the depth
  ImageShapes* shapes = nullptr;             // null: nobody asks
  uint64_t place = 0;
  int64_t image_beats = 1;
};

// What goes in at one end and out at the other; grows as it must.
template <typename T>
class Ring {
 public:
  bool empty() const { return in_ == out_; }
  const T& front() const { return items_[out_ & (items_.size() - 1)]; }
  void pop_front() { ++out_; }
  void push_back(const T& item) {
    if (in_ - out_ == items_.size()) grow();
    items_[in_++ & (items_.size() - 1)] = item;
  }

 private:
  void grow() {
    std::vector<T> items(2 * items_.size());
    for (size_t i = out_; i != in_; ++i) items[i & (items.size() - 1)] = items_[i & (items_.size() - 1)];
    items_ = std::move(items);
  }
  std::vector<T> items_ = std::vector<T>(8);  // a power of two
  size_t in_ = 0, out_ = 0;
};

// A pipeline of `length` registers that stands still as a whole while its head cannot leave. Local time counts only the
// cycles in which it moves: what enters at local time t reaches the end at t + length.
class RigidPipe {
 public:
  // side: something beside it asks moving().
  explicit RigidPipe(int length, bool side = false) : length_(length), side_(side) {}

  bool empty() const { return exits_.empty(); }
  int64_t head_arrival() const { return exits_.front() + stalled_at_exit_; }
  void leave(int64_t cycle) {  // the head leaves in `cycle`, at or after its arrival
    const int64_t arrival = head_arrival();
    if (cycle > arrival) {
      stalls_.push_back({arrival, cycle});
      if (side_) side_stalls_.push_back({arrival, cycle});
      stalled_at_exit_ += cycle - arrival;
    }
    exits_.pop_front();
  }

  // The earliest cycle, not before `cycle`, in which the next thing can enter; kNotYet when a head that has not left
  // decides it.
  int64_t entry(int64_t cycle) {
    int64_t c = std::max(cycle, local_floor_ + stalled_at_entry_);
    while (!stalls_.empty() && c >= stalls_.front().from) {
      stalled_at_entry_ += stalls_.front().to - stalls_.front().from;
      cycle = std::max(cycle, stalls_.front().to);
      stalls_.pop_front();
      c = std::max(cycle, local_floor_ + stalled_at_entry_);
    }
    return !empty() && c >= head_arrival() ? kNotYet : c;
  }
  // The earliest cycle, not before `cycle`, in which the pipeline moves, for what moves along beside it; asked for
  // cycles that never go back. kNotYet as above, and while something may still enter that would reach the end by then.
  int64_t moving(int64_t cycle, bool more_enters) {
    cycle = std::max(cycle, side_floor_);
    while (!side_stalls_.empty() && cycle >= side_stalls_.front().from) {
      side_floor_ = cycle = std::max(cycle, side_stalls_.front().to);
      side_stalls_.pop_front();
    }
    const bool undecided = more_enters && cycle >= local_floor_ + stalled_at_entry_ + length_;
    return undecided || (!empty() && cycle >= head_arrival()) ? kNotYet : cycle;
  }

  // `cycle` is what entry() gave. carries: something will leave for it. idle: local cycles to skip before the next
  // entry.
  void enter(int64_t cycle, bool carries, int64_t idle = 0) {
    const int64_t local = cycle - stalled_at_entry_;
    if (carries) exits_.push_back(local + length_);
    local_floor_ = local + 1 + idle;
  }

 private:
  struct Stall {
    int64_t from = 0, to = 0;
  };
  int64_t length_, local_floor_ = 0;
  int64_t stalled_at_entry_ = 0, stalled_at_exit_ = 0;  // cycles stood still, as far as each end has come
  Ring<int64_t> exits_;                                 // local times
  Ring<Stall> stalls_;                                  // that the entry has not passed yet
  bool side_;
  int64_t side_floor_ = 0;
  Ring<Stall> side_stalls_;  // likewise what is beside
};

}  // namespace psaflow::detail
