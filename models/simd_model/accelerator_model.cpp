#include "models/simd_model/accelerator_model.h"

#include <algorithm>
#include <cstring>

#include "models/simd_model/coroutine_stack.h"
#include "sw/base/error.h"

namespace psaflow::simd {
namespace {

namespace reg = simd_register;
constexpr uint64_t kProgramTag = UINT64_MAX;  // of reads of the program; others: pass * kSimdRings + ring
constexpr int kThreads = 3;

}  // namespace

AcceleratorModel::AcceleratorModel(const sc_core::sc_module_name& name, const SimdHardware& hardware,
                                   sc_core::sc_time cycle, std::vector<int64_t> layer_cycles, int64_t fixed_cycles)
    : sc_module(name),
      registers("registers"),
      memory("memory", hardware.burst_beats * hardware.bus_bytes),
      interrupt("interrupt"),
      hardware_(hardware),
      cycle_(cycle),
      layer_cycles_(std::move(layer_cycles)),
      fixed_cycles_(fixed_cycles),
      values_(reg::kEnd / 4) {
  registers.register_b_transport(this, &AcceleratorModel::access_register);
  memory.on_response = [this](const MemoryPort::Response& response) { take_response(response); };
  if (layer_cycles_.empty()) {
    SC_THREAD(load_thread);
    SC_THREAD(compute_thread);
    SC_THREAD(write_thread);
  } else {
    SC_THREAD(fixed_thread);
  }
}

// ---- registers

void AcceleratorModel::access_register(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const uint64_t address = payload.get_address();
  if (payload.get_data_length() != 4 || address % 4 != 0 || address >= reg::kEnd) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  uint32_t value = 0;
  if (payload.is_read()) {
    value = read_register(static_cast<uint32_t>(address));
    std::memcpy(payload.get_data_ptr(), &value, 4);
  } else {
    std::memcpy(&value, payload.get_data_ptr(), 4);
    write_register(static_cast<uint32_t>(address), value);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

uint32_t AcceleratorModel::read_register(uint32_t address) const {
  const auto cycles = static_cast<uint64_t>(busy_ ? now() : run_cycles_);
  switch (address) {
    case reg::kId:
      return kSimdMagic;
    case reg::kVersion:
      return kSimdProgramVersion;
    case reg::kControl:
      return 0;
    case reg::kStatus:
      return (busy_ ? kSimdBusy : 0) | (done_ ? kSimdDone : 0) | (error_ != SimdError::kNone ? kSimdFailed : 0) |
             static_cast<uint32_t>(error_) << 8 | static_cast<uint32_t>(error_pass_) << 16;
    case reg::kImagesDone:
      return static_cast<uint32_t>(times_.done.size());
    case reg::kCyclesLow:
      return static_cast<uint32_t>(cycles);
    case reg::kCyclesHigh:
      return static_cast<uint32_t>(cycles >> 32);
    case reg::kShape:
      return static_cast<uint32_t>(hardware_.tile) | static_cast<uint32_t>(hardware_.bus_bytes) << 16;
    default:
      break;
  }
  if (address >= reg::kCapacities)
    return static_cast<uint32_t>(hardware_.capacities.*simd_buffers()[(address - reg::kCapacities) / 4].capacity);
  return values_[address / 4];
}

void AcceleratorModel::write_register(uint32_t address, uint32_t value) {
  if (address == reg::kControl) {
    if ((value & kSimdClear) != 0 && !busy_) {
      done_ = false;
      error_ = SimdError::kNone;
      error_pass_ = 0;
      interrupt.write(false);
    }
    if ((value & kSimdStart) != 0 && !busy_) begin_run();
    return;
  }
  const bool writable = address == reg::kInterruptEnable || address == reg::kImages || address == reg::kPasses ||
                        (address >= reg::kProgramLow && address <= reg::kResultHigh);
  if (writable) values_[address / 4] = value;
}

uint64_t AcceleratorModel::address_of(uint32_t low_register) const {
  const uint64_t address = values_[low_register / 4] | uint64_t{values_[low_register / 4 + 1]} << 32;
  return address / kSimdPageBytes * kSimdPageBytes;
}

// ---- the run

int64_t AcceleratorModel::now() const {
  return static_cast<int64_t>((sc_core::sc_time_stamp() - started_).value() / cycle_.value());
}

void AcceleratorModel::wait_until(int64_t cycle) {
  const int64_t left = cycle - now();
  if (left > 0) wait(cycle_ * static_cast<double>(left));
}

template <typename Condition>
bool AcceleratorModel::wait_for(sc_core::sc_event& event, const Condition& condition) {
  while (error_ == SimdError::kNone && !condition()) wait(event);
  return error_ == SimdError::kNone;
}

void AcceleratorModel::begin_run() {
  started_ = sc_core::sc_time_stamp();
  busy_ = true;
  done_ = program_ready_ = write_answered_ = false;
  error_ = SimdError::kNone;
  error_pass_ = 0;
  datapath_ = std::make_unique<SimdDatapath>(hardware_);
  times_ = {};
  last_beats_.clear();
  requests_ = loaded_ = 0;
  beats_left_.clear();
  retired_.clear();
  results_.clear();
  threads_running_ = layer_cycles_.empty() ? kThreads : 1;
  start_.notify();
}

void AcceleratorModel::fail(SimdError error, size_t pass) {
  if (error_ != SimdError::kNone) return;
  error_ = error;
  error_pass_ = pass;
  for (sc_core::sc_event* event : {&response_, &loaded_event_, &retired_event_, &result_event_, &done_event_})
    event->notify(sc_core::SC_ZERO_TIME);
}

void AcceleratorModel::leave() {
  if (--threads_running_ > 0) return;
  while (last_beats_.size() < requests_) wait(response_);  // of a run that failed: what is under way
  busy_ = false;
  done_ = error_ == SimdError::kNone;
  run_cycles_ = now();
  if (values_[reg::kInterruptEnable / 4] != 0) interrupt.write(true);
  done_event_.notify();
}

void AcceleratorModel::take_response(const MemoryPort::Response& r) {
  if (r.read) {
    last_beats_.push_back(now());
    response_.notify();
    if (!r.ok) return fail(SimdError::kReadResponse, loaded_);
    if (error_ != SimdError::kNone) return;
    if (r.tag == kProgramTag) {
      program_bytes_.insert(program_bytes_.end(), r.data, r.data + r.bytes);
      return;
    }
    const int64_t beats = r.bytes / hardware_.bus_bytes;
    datapath_->load(static_cast<SimdRing>(r.tag % kSimdRings), r.data, beats);
    const size_t pass = r.tag / kSimdRings;
    if ((beats_left_[pass] -= beats) > 0) return;
    times_.passes[pass].loaded = now();
    ++loaded_;
    loaded_event_.notify();
  } else {
    write_answered_ = true;
    if (!r.ok) fail(SimdError::kWriteResponse, program_.passes.size() - 1);
    response_.notify();
  }
}

// Requests the bursts of one segment from `cycle` on, which becomes the cycle after the last request.
bool AcceleratorModel::read_segment(SimdRing ring, uint64_t address, int64_t beats, int64_t& cycle) {
  const bool program = beats_left_.empty();
  const uint64_t tag = program ? kProgramTag : (beats_left_.size() - 1) * kSimdRings + static_cast<uint64_t>(ring);
  const auto outstanding = static_cast<size_t>(hardware_.outstanding_reads);
  while (beats > 0) {
    const SimdBurst burst = next_burst(address, beats, hardware_.bus_bytes, hardware_.burst_beats);
    if (requests_ >= outstanding) {  // the burst before that many must have come; its place is free a cycle later
      if (!wait_for(response_, [&] { return last_beats_.size() > requests_ - outstanding; })) return false;
      cycle = std::max(cycle, last_beats_[requests_ - outstanding] + 1);
    }
    wait_until(cycle);
    if (error_ != SimdError::kNone) return false;
    ++requests_;
    memory.read(burst.address, burst.beats * hardware_.bus_bytes, tag);
    most_outstanding_ = std::max(most_outstanding_, static_cast<int64_t>(requests_ - last_beats_.size()));
    cycle = now() + 1;
    address += static_cast<uint64_t>(burst.beats) * static_cast<uint64_t>(hardware_.bus_bytes);
    beats -= burst.beats;
  }
  return true;
}

bool AcceleratorModel::load_program() {
  const int64_t passes = values_[reg::kPasses / 4];
  program_bytes_.clear();
  if (values_[reg::kImages / 4] < 1) {
    fail(SimdError::kImageCount, 0);
    return false;
  }
  if (passes < 1 || passes > hardware_.capacities.programs) {
    fail(SimdError::kPassCount, 0);
    return false;
  }
  int64_t cycle = SimdControl::kFirstRequest;
  if (!read_segment(SimdRing::kInput, address_of(reg::kProgramLow),
                    hardware_.beats(kSimdDescriptorBytes * (passes + 1)), cycle))
    return false;
  if (!wait_for(response_, [&] { return last_beats_.size() == requests_; })) return false;
  wait_until(last_beats_.back() + SimdControl::kProgramChecked);
  try {
    program_ = decode_program(program_bytes_.data(), program_bytes_.size(), hardware_);
  } catch (const UserError&) {
    fail(SimdError::kHeader, 0);
    return false;
  }
  if (static_cast<int64_t>(program_.passes.size()) != passes) {
    fail(SimdError::kPassCount, 0);
    return false;
  }
  if (const std::vector<Finding> findings = check_program(program_, hardware_); !findings.empty()) {
    const std::string& path = findings.front().path;  // "pass 3", or "program"
    fail(SimdError::kPass, path.rfind("pass ", 0) == 0 ? std::stoul(path.substr(5)) : 0);
    return false;
  }
  return true;
}

void AcceleratorModel::load_thread() {
  begin_on_fresh_stack();
  for (;; leave()) {
    wait(start_);
    const bool loaded = load_program();
    datapath_->start(program_);
    program_ready_ = true;
    loaded_event_.notify(sc_core::SC_ZERO_TIME);
    result_event_.notify(sc_core::SC_ZERO_TIME);
    if (!loaded) continue;
    const SimdCapacities& have = hardware_.capacities;
    int64_t space[kSimdRings] = {have.input_beats, have.constant_beats, have.weight_beats, have.table_beats};
    size_t freed = 0;  // passes whose places are counted in `space`
    int64_t cycle = now();
    const size_t images = values_[reg::kImages / 4], passes = program_.passes.size();
    for (size_t visit = 0; visit < images * passes && error_ == SimdError::kNone; ++visit) {
      const SimdPass& pass = program_.passes[visit % passes];
      uint64_t address = address_of(reg::kProgramLow) + pass.parameter_offset;
      const int64_t segments[] = {pass.input_beats, pass.constant_beats, pass.weight_beats, pass.table_beats};
      beats_left_.push_back(segments[0] + segments[1] + segments[2] + segments[3]);
      times_.passes.emplace_back();
      cycle += SimdControl::descriptor(hardware_.bus_bytes);
      for (int ring = 0; ring < kSimdRings && error_ == SimdError::kNone; ++ring, ++cycle) {
        if (segments[ring] == 0) continue;
        while (space[ring] < segments[ring]) {
          if (!wait_for(retired_event_, [&] { return retired_.size() > freed; })) break;
          cycle = std::max(cycle, retired_[freed] + 1);
          const SimdPass& gone = program_.passes[freed++ % passes];
          if (gone.release_input) space[0] += program_.passes.front().input_beats;
          space[1] += gone.constant_beats;
          space[2] += gone.weight_beats;
          space[3] += gone.table_beats;
        }
        space[ring] -= segments[ring];
        const uint64_t from =
            ring == 0 ? address_of(reg::kInputLow) + uint64_t{program_.image_bytes} * (visit / passes) : address;
        ++cycle;
        if (!read_segment(static_cast<SimdRing>(ring), from, segments[ring], cycle)) break;
        --cycle;
        if (ring > 0) address += static_cast<uint64_t>(segments[ring]) * static_cast<uint64_t>(hardware_.bus_bytes);
      }
    }
  }
}

void AcceleratorModel::compute_thread() {
  begin_on_fresh_stack();
  for (;; leave()) {
    wait(start_);
    if (!wait_for(loaded_event_, [&] { return program_ready_; })) continue;
    const size_t images = values_[reg::kImages / 4], passes = program_.passes.size();
    size_t results = 0;  // images whose results have been made
    int64_t free = 0;    // the first cycle in which a block could begin
    std::vector<uint8_t> made;
    for (size_t visit = 0; visit < images * passes; ++visit) {
      const SimdPass& pass = program_.passes[visit % passes];
      if (!wait_for(loaded_event_, [&] { return loaded_ > visit; })) break;
      const int64_t earliest = visit == 0 ? 0 : free + pass.gap_cycles;
      int64_t start = std::max(earliest, times_.passes[visit].loaded + SimdControl::kLoadedToStart);
      if (pass.to_result) {
        const auto held = static_cast<size_t>(hardware_.capacities.result_words / pass.result_words);
        if (results >= held) {
          if (!wait_for(done_event_, [&] { return times_.done.size() > results - held; })) break;
          start = std::max(start, times_.done[results - held] + SimdControl::kFreedToStart);
        }
        ++results;
      }
      const int64_t last = start + pass.issue_cycles() - 1;
      wait_until(last);
      if (error_ != SimdError::kNone) break;
      SimdPassTimes& t = times_.passes[visit];
      t.start = start;
      t.wait = visit == 0 ? 0 : start - earliest;
      t.last_step = last;
      t.retired = last + SimdPipeline::retire(hardware_.tile);
      datapath_->run(pass, made);
      if (on_pass) on_pass(visit / passes, visit % passes, *datapath_, made);
      retired_.push_back(t.retired);
      retired_event_.notify();
      free = last + 1;
      if (pass.to_result) {
        results_.push_back({t.retired + (pass.argmax ? hardware_.tile : 0), std::move(made)});
        made.clear();
        result_event_.notify();
      }
    }
  }
}

void AcceleratorModel::write_thread() {
  begin_on_fresh_stack();
  for (;; leave()) {
    wait(start_);
    if (!wait_for(result_event_, [&] { return program_ready_; })) continue;
    const size_t images = values_[reg::kImages / 4];
    for (size_t image = 0; image < images; ++image) {
      if (!wait_for(result_event_, [&] { return !results_.empty(); })) break;
      const Result result = std::move(results_.front());
      results_.pop_front();
      uint64_t address = address_of(reg::kResultLow) + uint64_t{program_.result_bytes} * image;
      const auto bus = static_cast<size_t>(hardware_.bus_bytes);
      int64_t cycle = std::max(result.ready, times_.done.empty() ? 0 : times_.done.back()) + 1;
      for (size_t at = 0; at < result.bytes.size() && error_ == SimdError::kNone;) {
        const SimdBurst burst = next_burst(address, static_cast<int64_t>((result.bytes.size() - at) / bus),
                                           hardware_.bus_bytes, hardware_.burst_beats);
        const size_t size = static_cast<size_t>(burst.beats) * bus;
        wait_until(cycle);
        write_answered_ = false;
        memory.write(address, result.bytes.data() + at, static_cast<int>(size));
        if (!wait_for(response_, [&] { return write_answered_; })) break;
        cycle = now() + 1;
        at += size;
        address += size;
      }
      if (error_ != SimdError::kNone) break;
      times_.done.push_back(now());
      done_event_.notify();
      if (on_progress) on_progress(1);
    }
  }
}

// The paper's build: images one after the other, each as long as its layers and the constant; loads hide behind them, so
// that the port is loosely timed, without delay.
void AcceleratorModel::fixed_thread() {
  begin_on_fresh_stack();
  for (;; leave()) {
    wait(start_);
    const auto bus = static_cast<size_t>(hardware_.bus_bytes);
    program_bytes_.resize((size_t{values_[reg::kPasses / 4]} + 1) * kSimdDescriptorBytes);
    bool ok = memory.read_blocking(address_of(reg::kProgramLow), program_bytes_.data(),
                                   static_cast<int>(program_bytes_.size()));
    if (ok) program_ = decode_program(program_bytes_.data(), program_bytes_.size(), hardware_);
    datapath_->start(program_);
    std::vector<uint8_t> bytes, made;
    for (size_t image = 0; ok && image < values_[reg::kImages / 4]; ++image) {
      wait(cycle_ * static_cast<double>(fixed_cycles_));
      made.clear();
      for (size_t p = 0; ok && p < program_.passes.size(); ++p) {
        const SimdPass& pass = program_.passes[p];
        uint64_t address = address_of(reg::kProgramLow) + pass.parameter_offset;
        const int64_t segments[] = {pass.input_beats, pass.constant_beats, pass.weight_beats, pass.table_beats};
        for (int ring = 0; ring < kSimdRings; ++ring) {
          bytes.resize(static_cast<size_t>(segments[ring]) * bus);
          if (bytes.empty()) continue;
          const uint64_t from =
              ring == 0 ? address_of(reg::kInputLow) + uint64_t{program_.image_bytes} * image : address;
          ok = ok && memory.read_blocking(from, bytes.data(), static_cast<int>(bytes.size()));
          datapath_->load(static_cast<SimdRing>(ring), bytes.data(), segments[ring]);
          if (ring > 0) address += bytes.size();
        }
        wait(cycle_ * static_cast<double>(layer_cycles_[p]));
        datapath_->run(pass, made);
        if (on_pass) on_pass(image, p, *datapath_, made);
      }
      ok = ok && memory.write_blocking(address_of(reg::kResultLow) + uint64_t{program_.result_bytes} * image,
                                       made.data(), static_cast<int>(made.size()));
      times_.done.push_back(now());
      if (on_progress) on_progress(1);
    }
    if (!ok) fail(SimdError::kReadResponse, 0);
  }
}

}  // namespace psaflow::simd
