// What the tap ports of a design show: every stage's output against what it must be, when it comes, and how full every
// FIFO is.
#pragma once
#include <sstream>

#include "files.h"

// Ports are little-endian integers or arrays of words of up to any width: as bytes they are all alike.
template <typename Port>
void set_port(Port& port, const uint8_t* bytes, size_t count) {
  std::memset(static_cast<void*>(&port), 0, sizeof port);
  std::memcpy(static_cast<void*>(&port), bytes, count);
}
template <typename Port>
const uint8_t* port_bytes(const Port& port) {
  return reinterpret_cast<const uint8_t*>(&port);
}

class Taps {
 public:
  Taps(const Settings& s, Results& results) : results_(results) {
    std::istringstream stages(s.text("stages")), streams(s.text("streams"));
    int64_t tap_offset = 0;
    for (Stage stage; stages >> stage.lanes >> stage.beats;) {
      stage.offset = expected_bytes_;
      stage.tap_offset = tap_offset;
      tap_offset += stage.lanes;
      expected_bytes_ += stage.lanes * stage.beats;
      stages_.push_back(stage);
    }
    for (Fifo fifo; streams >> fifo.producer;) fifos_.push_back(fifo);
    if (s.has("expected")) expected_ = read_bytes(s.text("expected"));
    compared_images_ = static_cast<int64_t>(expected_.size()) / expected_bytes_;
  }

  void restart() {  // FIFOs are empty after a reset
    for (Fifo& fifo : fifos_) fifo.beats = 0;
  }

  // The cycle as its end will find it. True when a beat moved anywhere.
  template <typename Dut>
  bool look(const Dut& dut, int64_t cycle, bool source_pushed) {
    const uint8_t *valid = port_bytes(dut.tap_valid_o), *ready = port_bytes(dut.tap_ready_o);
    const uint8_t *fifo_valid = port_bytes(dut.tap_fifo_valid_o), *fifo_ready = port_bytes(dut.tap_fifo_ready_o);
    bool moved = false;
    for (size_t i = 0; i < fifos_.size(); ++i) {
      Fifo& fifo = fifos_[i];
      const auto p = static_cast<size_t>(fifo.producer);
      const bool pushed = fifo.producer < 0 ? source_pushed : bit(valid, p) && bit(ready, p);
      const bool popped = bit(fifo_valid, i) && bit(fifo_ready, i);
      fifo.beats += (pushed ? 1 : 0) - (popped ? 1 : 0);
      moved = moved || pushed || popped;
    }
    if (results_.muted()) return moved;
    for (size_t i = 0; i < stages_.size(); ++i) {
      stages_[i].blocked = bit(valid, i) && !bit(ready, i);
      if (bit(valid, i) && bit(ready, i)) take(i, port_bytes(dut.tap_data_o), cycle);
    }
    return moved;
  }

  void report_cycles() {
    for (size_t i = 0; i < stages_.size(); ++i) {
      results_.report("stage %zu %lld %lld %lld\n", i, static_cast<long long>(stages_[i].first_out),
                      static_cast<long long>(stages_[i].last_out), static_cast<long long>(stages_[i].last_out_2));
    }
  }
  void report_standstill() {
    for (size_t i = 0; i < fifos_.size(); ++i)
      results_.report("fifo %zu %lld\n", i, static_cast<long long>(fifos_[i].beats));
    for (size_t i = 0; i < stages_.size(); ++i) {
      if (stages_[i].blocked) results_.report("blocked %zu\n", i);
    }
  }

 private:
  struct Stage {
    int64_t lanes = 0, beats = 0;  // of an image
    int64_t offset = 0;            // bytes into an image's expected data
    int64_t tap_offset = 0;        // bytes into tap_data_o
    int64_t beat = 0, image = 0;
    int64_t first_out = -1, last_out = -1, last_out_2 = -1;
    bool diverged = false, blocked = false;
  };
  struct Fifo {
    int64_t producer = -1;  // stage; -1: the source
    int64_t beats = 0;
  };

  static bool bit(const uint8_t* bits, size_t i) { return (bits[i / 8] >> (i % 8) & 1) != 0; }

  void take(size_t index, const uint8_t* data, int64_t cycle) {
    Stage& s = stages_[index];
    if (s.image == 0 && s.beat == 0) s.first_out = cycle;
    if (s.image < compared_images_ && !s.diverged) {
      const uint8_t* expected = expected_.data() + s.image * expected_bytes_ + s.offset + s.beat * s.lanes;
      for (int64_t lane = 0; lane < s.lanes && !s.diverged; ++lane) {
        const auto want = static_cast<int8_t>(expected[lane]), got = static_cast<int8_t>(data[s.tap_offset + lane]);
        if (want == got) continue;
        s.diverged = true;
        results_.report("diverge %zu %lld %lld %lld %d %d\n", index, static_cast<long long>(s.image),
                        static_cast<long long>(s.beat * s.lanes + lane), static_cast<long long>(cycle), want, got);
      }
    }
    if (++s.beat < s.beats) return;
    s.beat = 0;
    if (s.image == 0) s.last_out = cycle;
    if (s.image == 1) s.last_out_2 = cycle;
    ++s.image;
  }

  Results& results_;
  std::vector<Stage> stages_;
  std::vector<Fifo> fifos_;  // by stream
  std::vector<uint8_t> expected_;
  int64_t expected_bytes_ = 0, compared_images_ = 0;
};
