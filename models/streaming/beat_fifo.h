// The stream between two stages: a FIFO of finite depth with registered valid and ready. What is pushed in a cycle can
// be popped from the next one on, and the space that a pop frees can be used from the next one on, in whatever order
// the processes of a cycle run: both ends see the state at the cycle's start, so there is no path from ready to valid.
#pragma once
#include <cstring>
#include <limits>
#include <string>
#include <systemc>
#include <vector>

namespace psaflow::streaming {

inline void copy_lanes(const int8_t* from, int lanes, int8_t* to) {
  if (lanes == 1) {
    *to = *from;
  } else {
    std::memcpy(to, from, static_cast<size_t>(lanes));
  }
}

// A process that sleeps until one of its FIFOs changes.
class Sleeper {
 public:
  virtual void wake() = 0;

 protected:
  ~Sleeper() = default;
};

class BeatFifo final : public sc_core::sc_prim_channel, public virtual sc_core::sc_interface {
 public:
  static constexpr int kUnbounded = std::numeric_limits<int>::max();

  // depth: beats, or kUnbounded; lanes: bytes a beat; cycle: the heartbeat's counter.
  BeatFifo(const char* name, int depth, int lanes, const int64_t& cycle);

  // For the one producer, at most one push a cycle.
  bool can_push() const { return start_of_push() < depth_; }
  int8_t* push() {  // returns where the beat's lanes go
    const int64_t occupied = start_of_push();
    if (occupied >= most_) grow_peak(occupied + 1);
    int8_t* place = slot(pushed_);
    ++pushed_;
    push_cycle_ = cycle_;
    if (reader_ != nullptr) {
      reader_->wake();
      reader_ = nullptr;
    }
    return place;
  }
  void push(const int8_t* beat) { copy_lanes(beat, lanes_, push()); }

  // For the one consumer, at most one pop a cycle.
  bool can_pop() const { return pushed_ - (push_cycle_ == cycle_ ? 1 : 0) > popped_; }
  const int8_t* pop() {  // valid until the caller returns
    const int8_t* place = slot(popped_);
    ++popped_;
    pop_cycle_ = cycle_;
    if (writer_ != nullptr) {
      writer_->wake();
      writer_ = nullptr;
    }
    return place;
  }

  // A sleeping consumer (producer) is woken once, by the next push (pop).
  void wake_reader(Sleeper* sleeper) { reader_ = sleeper; }
  void wake_writer(Sleeper* sleeper) { writer_ = sleeper; }

  // Something moved in this cycle, which neither end can see yet.
  bool changing() const { return push_cycle_ == cycle_ || pop_cycle_ == cycle_; }

  // Between cycles only.
  int64_t occupancy() const { return pushed_ - popped_; }
  bool full() const { return occupancy() >= depth_; }
  const int8_t* front() const { return slot(popped_); }

  // The most beats that ever laid claim to the FIFO, the pushed one included: a smaller depth would have stalled the
  // producer.
  int64_t peak() const { return most_; }
  int depth() const { return depth_; }
  int lanes() const { return lanes_; }

 private:
  int64_t start_of_push() const { return pushed_ - popped_ + (pop_cycle_ == cycle_ ? 1 : 0); }
  int8_t* slot(int64_t index) {
    return data_.data() + (static_cast<size_t>(index) & mask_) * static_cast<size_t>(lanes_);
  }
  const int8_t* slot(int64_t index) const { return const_cast<BeatFifo*>(this)->slot(index); }
  void grow_peak(int64_t beats);

  const int64_t& cycle_;
  int64_t pushed_ = 0, popped_ = 0, push_cycle_ = -1, pop_cycle_ = -1, most_ = 0;
  const int depth_, lanes_;
  size_t mask_ = 0;
  Sleeper *reader_ = nullptr, *writer_ = nullptr;
  std::vector<int8_t> data_;  // a ring of a power of two of beats, at least as many as are ever in it
};

}  // namespace psaflow::streaming
