#include "tests/rtl/stream_bench.h"

#include <fmt/format.h>

#include <cstring>

double sc_time_stamp() {
  return 0;
}

namespace psaflow::test {

uint32_t get_bits(const void* port, int first, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    const int bit = first + i;
    value |= static_cast<uint32_t>((static_cast<const uint8_t*>(port)[bit / 8] >> (bit % 8)) & 1) << i;
  }
  return value;
}

void set_bits(void* port, int first, int count, uint32_t value) {
  for (int i = 0; i < count; ++i) {
    const int bit = first + i;
    uint8_t& byte = static_cast<uint8_t*>(port)[bit / 8];
    byte = static_cast<uint8_t>((byte & ~(1 << (bit % 8))) | (((value >> i) & 1) << (bit % 8)));
  }
}

Bytes random_bytes(Rng& rng, size_t count) {
  Bytes bytes(count);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(rng.next());
  return bytes;
}

void StreamBench::edge() {
  std::vector<Bytes> words(roms_.size());
  for (size_t i = 0; i < roms_.size(); ++i) {
    if (*roms_[i].en != 0) words[i] = roms_[i].read();  // the address before the edge ...
  }
  *clk_ = 1;
  eval_();
  for (size_t i = 0; i < roms_.size(); ++i) {
    if (!words[i].empty()) std::memcpy(roms_[i].data, words[i].data(), words[i].size());  // ... the data after it
  }
  *clk_ = 0;
  eval_();
}

void StreamBench::reset() {
  *rst_n_ = 0;
  *clk_ = 0;
  for (Input& in : inputs_) *in.valid = 0;
  for (Output& out : outputs_) *out.ready = 0;
  eval_();
  edge();  // one is enough for every leaf
  *rst_n_ = 1;
  eval_();
}

std::string StreamBench::tick(const std::vector<StageClock*>& clocks) {
  const auto ready = [&](size_t output) { return *outputs_[output].ready != 0; };
  const auto room = [&](size_t output) { return clocks[output]->in_ready(ready(output)) ? 1u : 0u; };
  size_t offered = 0, with_room = 0;
  for (const Input& port : inputs_) offered += *port.valid != 0 ? 1u : 0u;
  for (size_t i = 0; i < outputs_.size(); ++i) with_room += room(i);
  std::string problem;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const size_t others = offered - (*inputs_[i].valid != 0 ? 1u : 0u);
    const bool expected = with_room == outputs_.size() && others + 1 == inputs_.size();
    if ((*inputs_[i].ready != 0) != expected) problem = fmt::format("in_ready of {} is {}", i, *inputs_[i].ready);
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if ((*outputs_[i].valid != 0) != clocks[i]->out_valid())
      problem = fmt::format("out_valid of {} is {}", i, *outputs_[i].valid);
    const bool others = with_room - room(i) + 1 == outputs_.size();
    clocks[i]->tick(offered == inputs_.size() && others, ready(i));
  }
  return problem;
}

Handshakes StreamBench::run(const std::vector<Bytes>& in, size_t beats_out, const Traffic& traffic,
                            const std::vector<StageClock*>& clocks, int64_t stop_after) {
  constexpr int kDrainCycles = 40;         // to see beats that nobody asked for
  constexpr int64_t kQuietCycles = 20000;  // longer than any stage here is busy without moving a beat, stalls included
  Rng rng(traffic.seed);
  Handshakes h;
  h.out.resize(outputs_.size());
  h.in_cycle.resize(inputs_.size());
  h.out_cycle.resize(outputs_.size());
  int64_t last_move = 0;
  const auto note = [&](const std::string& text) {
    if (h.problem.empty()) h.problem = fmt::format("cycle {}: {} (seed {})", h.cycles, text, traffic.seed);
  };
  for (Input& port : inputs_) *port.valid = 0;
  for (;; ++h.cycles) {
    bool done = true;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      Input& port = inputs_[i];
      const size_t sent = h.in_cycle[i].size() * static_cast<size_t>(port.bytes);
      const bool left = sent < in[i].size();
      if (left) done = false;
      // An offered beat stays until it is taken; otherwise the port holds rubbish.
      if (*port.valid == 0 && left && rng.uniform() < traffic.valid) {
        *port.valid = 1;
        std::memcpy(port.data, in[i].data() + sent, static_cast<size_t>(port.bytes));
      } else if (*port.valid == 0) {
        const Bytes rubbish = random_bytes(rng, static_cast<size_t>(port.bytes));
        std::memcpy(port.data, rubbish.data(), rubbish.size());
      }
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (h.out_cycle[i].size() < beats_out) done = false;
      *outputs_[i].ready = rng.uniform() < traffic.ready;
    }
    if (stop_after > 0 && h.cycles == stop_after) break;
    if (done) {
      for (int i = 0; i < kDrainCycles; ++i) {
        eval_();
        for (Output& port : outputs_) {
          if (*port.valid != 0) note("a beat too many");
          *port.ready = 1;
        }
        edge();
      }
      break;
    }
    if (h.cycles - last_move > kQuietCycles) {
      note("nothing moves any more");
      break;
    }
    eval_();
    if (!clocks.empty()) {
      const std::string problem = tick(clocks);
      if (!problem.empty()) note(problem);
    }
    std::vector<bool> taken;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      taken.push_back(*inputs_[i].valid != 0 && *inputs_[i].ready != 0);
      if (taken.back()) h.in_cycle[i].push_back(h.cycles);
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (*outputs_[i].valid == 0 || *outputs_[i].ready == 0) continue;
      const auto* data = static_cast<const uint8_t*>(outputs_[i].data);
      h.out[i].insert(h.out[i].end(), data, data + outputs_[i].bytes);
      h.out_cycle[i].push_back(h.cycles);
      if (h.out_cycle[i].size() > beats_out) note("a beat too many");
      last_move = h.cycles;
    }
    edge();
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (!taken[i]) continue;
      *inputs_[i].valid = 0;
      last_move = h.cycles;
    }
  }
  return h;
}

}  // namespace psaflow::test
