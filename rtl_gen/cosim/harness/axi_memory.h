// Memory behind the accelerator's AXI4 port, a cycle at a time, and a checker of the protocol's rules. It answers as
// models/simd/memory.h says, pauses included. Restless: latencies, gaps and readys are drawn from a seed. Needs nothing of psaflow: it is
// compiled into the co-simulation's program, and the tests use it too.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

// What the port shows in a cycle, and what it is shown.
struct AxiOut {
  bool ar_valid = false, aw_valid = false, w_valid = false, w_last = false, r_ready = false, b_ready = false;
  uint64_t ar_addr = 0, aw_addr = 0, w_strobe = 0;
  int ar_len = 0, aw_len = 0, ar_size = 0, aw_size = 0, ar_burst = 0, aw_burst = 0;
  std::vector<uint8_t> w_data;
};
struct AxiIn {
  bool ar_ready = false, aw_ready = false, w_ready = false, r_valid = false, r_last = false, b_valid = false;
  int r_resp = 0, b_resp = 0;
  const uint8_t* r_data = nullptr;
};

// Cycles that transfers come later than they could, from the end of a list to its beginning again. Empty: never.
class AxiPauses {
 public:
  AxiPauses() = default;
  explicit AxiPauses(std::vector<uint32_t> cycles) : cycles_(std::move(cycles)) {}
  int64_t next() { return cycles_.empty() ? 0 : cycles_[at_++ % cycles_.size()]; }

 private:
  std::vector<uint32_t> cycles_;
  size_t at_ = 0;
};

struct AxiTiming {  // SimdMemory's figures
  int read_latency_cycles = 1, write_latency_cycles = 1, outstanding_reads = 64, beat_interval_256 = 256;
  AxiPauses read_requests = {}, read_latencies = {}, read_beats = {}, write_requests = {}, write_beats = {},
            write_responses = {};
};

// A channel whose transfers the memory takes: ready as late as a pause says, counted from the cycle in which it could be.
class AxiTaker {
 public:
  explicit AxiTaker(const AxiPauses& pauses) : pauses_(pauses), left_(pauses_.next()) {}
  bool ready() const { return left_ == 0; }
  void step(bool valid) {  // in a cycle in which a transfer could be taken
    if (valid && left_-- == 0) left_ = pauses_.next();
  }

 private:
  AxiPauses pauses_;
  int64_t left_;
};

class AxiMemory {
 public:
  std::vector<uint8_t> bytes;
  uint64_t fail_from = UINT64_MAX;  // an error from this byte on
  std::string problem;              // the first rule that was broken; empty: none
  int64_t most_outstanding = 0;

  AxiMemory(int bus_bytes, const AxiTiming& timing)
      : bus_(bus_bytes),
        timing_(timing),
        read_requests_(timing.read_requests),
        write_requests_(timing.write_requests),
        write_beats_(timing.write_beats) {}
  AxiMemory(int bus_bytes, uint64_t seed) : AxiMemory(bus_bytes, AxiTiming()) {
    restless_ = true;
    rng_.seed(seed);
  }

  // What the port is shown in `cycle`.
  AxiIn offer(int64_t cycle) {
    AxiIn in;
    place_ = reads_.size() < static_cast<size_t>(timing_.outstanding_reads);
    in.ar_ready = restless_ ? below(3) != 0 : place_ && read_requests_.ready();
    in.aw_ready = restless_ ? below(3) == 0 : write_requests_.ready();
    in.w_ready = restless_ ? below(2) != 0 : write_beats_.ready();
    if (!reads_.empty()) {
      Read& r = reads_.front();
      const int64_t due = restless_ ? r.start : r.due[static_cast<size_t>(r.sent)];
      if (due <= cycle && (!restless_ || held_ || below(4) != 0)) {
        in.r_valid = held_ = true;
        const uint64_t at = r.address + static_cast<uint64_t>(r.sent * bus_);
        in.r_resp =
            at + static_cast<uint64_t>(bus_) > fail_from || at + static_cast<uint64_t>(bus_) > bytes.size() ? 2 : 0;
        in.r_data = in.r_resp == 0 ? bytes.data() + at : zeros_.data();
        in.r_last = r.sent + 1 == r.beats;
      }
    }
    if (answer_ >= 0 && cycle >= answer_) {
      in.b_valid = true;
      in.b_resp = write_failed_ ? 2 : 0;
    }
    in_ = in;
    return in;
  }

  // What happened in it.
  void take(int64_t cycle, const AxiOut& out) {
    check(out);
    if (place_) read_requests_.step(out.ar_valid);
    write_requests_.step(out.aw_valid);
    write_beats_.step(out.w_valid);
    if (out.ar_valid && in_.ar_ready) {
      Read r{out.ar_addr, out.ar_len + 1, 0, cycle + 1 + static_cast<int64_t>(below(restless_ ? 150 : 1)), {}};
      free_ = std::max((cycle + timing_.read_latency_cycles + timing_.read_latencies.next()) * 256, free_);
      for (int beat = 0; beat < r.beats; ++beat) {
        free_ += timing_.read_beats.next() * 256;
        r.due.push_back(free_ / 256);
        free_ += timing_.beat_interval_256;
      }
      reads_.push_back(std::move(r));
      most_outstanding = std::max(most_outstanding, static_cast<int64_t>(reads_.size()));
    }
    if (in_.r_valid && out.r_ready) {
      held_ = false;
      if (++reads_.front().sent == reads_.front().beats) reads_.pop_front();
    }
    if (out.aw_valid && in_.aw_ready) {
      if (write_left_ > 0 || answer_ >= 0) fault("a write before the last one's response");
      write_at_ = out.aw_addr;
      write_left_ = out.aw_len + 1;
      write_failed_ = false;
    }
    if (out.w_valid && in_.w_ready) {
      if (write_left_ == 0) fault("data without an address");
      if (out.w_last != (write_left_ == 1)) fault("WLAST is not with the last beat");
      if (write_at_ + static_cast<uint64_t>(bus_) > std::min<uint64_t>(fail_from, bytes.size())) write_failed_ = true;
      if (!write_failed_)
        std::copy(out.w_data.begin(), out.w_data.end(), bytes.begin() + static_cast<ptrdiff_t>(write_at_));
      write_at_ += static_cast<uint64_t>(bus_);
      if (--write_left_ == 0)
        answer_ = cycle + (restless_ ? 1 + static_cast<int64_t>(below(60))
                                     : timing_.write_latency_cycles + timing_.write_responses.next());
    }
    if (in_.b_valid && out.b_ready) answer_ = -1;
    before_ = out;
    waited_ = in_;
  }

  void reset() {
    reads_.clear();
    write_left_ = 0;
    answer_ = -1;
    held_ = false;
    before_ = {};
    waited_ = {};
  }
  bool quiet() const { return reads_.empty() && write_left_ == 0 && answer_ < 0; }

 private:
  struct Read {
    uint64_t address;
    int beats, sent;
    int64_t start;             // restless: the first cycle in which its first beat may come
    std::vector<int64_t> due;  // else: of each beat
  };

  uint64_t below(uint64_t n) { return rng_() % n; }

  void fault(const std::string& what) {
    if (problem.empty()) problem = what;
  }
  void check(const AxiOut& o) {
    const auto stands = [&](bool waited, bool valid, bool same, const char* channel) {
      if (waited && !valid) fault(channel + std::string("VALID fell while it waited"));
      if (waited && valid && !same) fault(channel + std::string(" changed while it waited"));
    };
    stands(before_.ar_valid && !waited_.ar_ready, o.ar_valid,
           o.ar_addr == before_.ar_addr && o.ar_len == before_.ar_len, "AR");
    stands(before_.aw_valid && !waited_.aw_ready, o.aw_valid,
           o.aw_addr == before_.aw_addr && o.aw_len == before_.aw_len, "AW");
    stands(before_.w_valid && !waited_.w_ready, o.w_valid, o.w_data == before_.w_data && o.w_last == before_.w_last,
           "W");
    const auto burst = [&](uint64_t address, int len, int size, int type, const char* channel) {
      const auto size_bytes = static_cast<uint64_t>(len + 1) * static_cast<uint64_t>(bus_);
      if (address / 4096 != (address + size_bytes - 1) / 4096) fault(channel + std::string(" crosses 4 KiB"));
      if (address % static_cast<uint64_t>(bus_) != 0) fault(channel + std::string(" is not aligned"));
      if ((1 << size) != bus_ || type != 1) fault(channel + std::string(" is not of whole beats one behind the other"));
    };
    if (o.ar_valid) burst(o.ar_addr, o.ar_len, o.ar_size, o.ar_burst, "AR");
    if (o.aw_valid) burst(o.aw_addr, o.aw_len, o.aw_size, o.aw_burst, "AW");
    if (o.w_valid && o.w_strobe != (bus_ == 64 ? ~uint64_t{0} : (uint64_t{1} << bus_) - 1))
      fault("a byte is not written");
  }

  int bus_;
  AxiTiming timing_;
  AxiTaker read_requests_, write_requests_, write_beats_;
  bool place_ = true;  // for a read
  bool restless_ = false;
  std::mt19937_64 rng_;
  std::deque<Read> reads_;
  int64_t free_ = 0, answer_ = -1;
  bool held_ = false, write_failed_ = false;
  uint64_t write_at_ = 0;
  int write_left_ = 0;
  AxiIn in_, waited_;
  AxiOut before_;
  std::vector<uint8_t> zeros_ = std::vector<uint8_t>(64);
};
