#include "models/simd_model/memory_model.h"

#include <algorithm>
#include <cstring>

#include "sw/base/error.h"

namespace psaflow::simd {

using sc_core::sc_time;

MemoryModel::MemoryModel(const sc_core::sc_module_name& name, size_t bytes, const SimdMemory& timing, sc_time cycle,
                         int bus_bytes)
    : sc_module(name),
      socket("socket"),
      bytes_(bytes),
      timing_(timing),
      cycle_(cycle),
      bus_bytes_(bus_bytes),
      reads_(timing),
      writes_(timing) {
  socket.register_b_transport(this, &MemoryModel::b_transport);
  socket.register_nb_transport_fw(this, &MemoryModel::nb_transport_fw);
  socket.register_transport_dbg(this, &MemoryModel::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &MemoryModel::get_direct_mem_ptr);
  SC_METHOD(respond);
  sensitive << due_;
  dont_initialize();
  SC_METHOD(accept_waiting);
  sensitive << place_;
  dont_initialize();
}

int64_t MemoryModel::now() const {
  return static_cast<int64_t>(sc_core::sc_time_stamp().value() / cycle_.value());
}

int MemoryModel::beats(const Payload& payload) const {
  return static_cast<int>((payload.get_data_length() + static_cast<unsigned>(bus_bytes_) - 1) /
                          static_cast<unsigned>(bus_bytes_));
}

void MemoryModel::access(Payload& payload) {
  const uint64_t address = payload.get_address(), size = payload.get_data_length();
  if (address > bytes_.size() || size > bytes_.size() - address) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else if (address + size > fail_from_) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else if (payload.get_byte_enable_ptr() != nullptr || payload.get_streaming_width() < size) {
    payload.set_response_status(payload.get_byte_enable_ptr() != nullptr ? tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE
                                                                         : tlm::TLM_BURST_ERROR_RESPONSE);
  } else {
    uint8_t* const place = bytes_.data() + address;
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), place, size);
    if (payload.is_write()) std::memcpy(place, payload.get_data_ptr(), size);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
}

void MemoryModel::b_transport(Payload& payload, sc_time& delay) {
  access(payload);
  const int latency = payload.is_read() ? timing_.read_latency_cycles : timing_.write_latency_cycles;
  delay += cycle_ * static_cast<double>(latency + beats(payload));
}

unsigned MemoryModel::transport_dbg(Payload& payload) {
  access(payload);
  return payload.is_response_ok() ? payload.get_data_length() : 0;
}

bool MemoryModel::get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) {
  if (payload.get_address() >= bytes_.size()) return false;
  dmi.set_dmi_ptr(bytes_.data());
  dmi.set_start_address(0);
  dmi.set_end_address(bytes_.size() - 1);
  dmi.allow_read_write();
  return true;
}

tlm::tlm_sync_enum MemoryModel::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase, sc_time& delay) {
  PSAFLOW_CHECK(phase == tlm::BEGIN_REQ && delay == sc_core::SC_ZERO_TIME,
                "requests come when they are made; a response ends with its own call");
  payload.acquire();
  // A place is free from the cycle after its response on, whichever of the two comes first in that cycle.
  const size_t leaving = last_response_ == now() ? responses_ : 0;
  const bool full = pending_reads_.size() + leaving >= static_cast<size_t>(timing_.outstanding_reads);
  if (payload.is_read() && (full || !waiting_.empty())) {  // nobody passes one that waits
    waiting_.push_back(&payload);
    if (leaving > 0 && !hesitates_) place_.notify(cycle_);
    return tlm::TLM_ACCEPTED;
  }
  if (payload.is_read() && hesitate()) {
    waiting_.push_back(&payload);
    return tlm::TLM_ACCEPTED;
  }
  accept(payload);
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

// Whether the next request, for which there is a place, waits nevertheless; then it is seen to.
bool MemoryModel::hesitate() {
  const int64_t pause = reads_.request_pause();
  if (pause > 0) place_.notify(at(pause));
  return hesitates_ = pause > 0;
}

void MemoryModel::accept(Payload& payload) {
  if (payload.is_read()) {
    pending_reads_.push_back({&payload, reads_.last_beat(now(), beats(payload))});
  } else {
    pending_writes_.push_back({&payload, writes_.response(now(), beats(payload))});
  }
  plan_response();
}

void MemoryModel::plan_response() {
  int64_t next = INT64_MAX;
  for (const std::deque<Pending>* queue : {&pending_reads_, &pending_writes_})
    if (!queue->empty()) next = std::min(next, queue->front().cycle);
  if (next != INT64_MAX) due_.notify(at(next) - sc_core::sc_time_stamp());
}

void MemoryModel::respond() {
  for (std::deque<Pending>* queue : {&pending_reads_, &pending_writes_}) {
    while (!queue->empty() && queue->front().cycle <= now()) {
      Payload* const payload = queue->front().payload;
      queue->pop_front();
      access(*payload);
      tlm::tlm_phase phase = tlm::BEGIN_RESP;
      sc_time delay = sc_core::SC_ZERO_TIME;
      const tlm::tlm_sync_enum answer = socket->nb_transport_bw(*payload, phase, delay);
      PSAFLOW_CHECK(answer == tlm::TLM_COMPLETED, "the initiator takes a response at once");
      payload->release();
      if (queue != &pending_reads_) continue;
      responses_ = last_response_ == now() ? responses_ + 1 : 1;
      last_response_ = now();
      if (!waiting_.empty() && !hesitates_) place_.notify(cycle_);
    }
  }
  plan_response();
}

void MemoryModel::accept_waiting() {
  while (!waiting_.empty() && pending_reads_.size() < static_cast<size_t>(timing_.outstanding_reads)) {
    if (!hesitates_ && hesitate()) return;
    hesitates_ = false;
    Payload* const payload = waiting_.front();
    waiting_.pop_front();
    accept(*payload);
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_time delay = sc_core::SC_ZERO_TIME;
    socket->nb_transport_bw(*payload, phase, delay);
  }
}

}  // namespace psaflow::simd
