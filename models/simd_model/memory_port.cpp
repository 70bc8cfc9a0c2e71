#include "models/simd_model/memory_port.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow::simd {

using tlm::tlm_generic_payload;

struct MemoryPort::Slot : tlm::tlm_extension<Slot> {
  tlm_generic_payload payload;
  std::vector<uint8_t> data;
  uint64_t tag = 0;
  bool accepted = false;
  tlm_extension_base* clone() const override { return nullptr; }  // the payload is not copied
  void copy_from(const tlm_extension_base&) override {}
};

MemoryPort::MemoryPort(const sc_core::sc_module_name& name, int max_bytes)
    : sc_module(name), socket("socket"), max_bytes_(static_cast<size_t>(max_bytes)) {
  socket.register_nb_transport_bw(this, &MemoryPort::nb_transport_bw);
}

MemoryPort::~MemoryPort() {
  for (const auto& slot : slots_) slot->payload.clear_extension(slot.get());
}

MemoryPort::Slot& MemoryPort::take() {
  if (idle_.empty()) {
    slots_.push_back(std::make_unique<Slot>());
    Slot& slot = *slots_.back();
    slot.data.resize(max_bytes_);
    slot.payload.set_mm(this);
    slot.payload.set_extension(&slot);
    idle_.push_back(&slot);
  }
  Slot& slot = *idle_.back();
  idle_.pop_back();
  slot.accepted = false;
  slot.payload.set_data_ptr(slot.data.data());
  slot.payload.set_byte_enable_ptr(nullptr);
  slot.payload.set_dmi_allowed(false);
  slot.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  return slot;
}

void MemoryPort::free(tlm_generic_payload* payload) {
  idle_.push_back(payload->get_extension<Slot>());
}

void MemoryPort::read(uint64_t address, int bytes, uint64_t tag) {
  Slot& slot = take();
  slot.tag = tag;
  slot.payload.set_read();
  slot.payload.set_address(address);
  slot.payload.set_data_length(static_cast<unsigned>(bytes));
  send(slot);
}

void MemoryPort::write(uint64_t address, const uint8_t* data, int bytes) {
  Slot& slot = take();
  std::copy(data, data + bytes, slot.data.begin());
  slot.payload.set_write();
  slot.payload.set_address(address);
  slot.payload.set_data_length(static_cast<unsigned>(bytes));
  send(slot);
}

void MemoryPort::send(Slot& slot) {
  PSAFLOW_CHECK(slot.payload.get_data_length() <= max_bytes_, "a burst is no longer than the longest");
  slot.payload.set_streaming_width(slot.payload.get_data_length());
  slot.payload.acquire();
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum answer = socket->nb_transport_fw(slot.payload, phase, delay);
  slot.accepted = slot.accepted || answer == tlm::TLM_UPDATED;
  while (!slot.accepted) sc_core::wait(accepted_);
  // The response, cycles later, releases the payload.
}

tlm::tlm_sync_enum MemoryPort::nb_transport_bw(tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
  Slot& slot = *payload.get_extension<Slot>();
  if (phase == tlm::END_REQ) {
    slot.accepted = true;
    accepted_.notify();
    return tlm::TLM_ACCEPTED;
  }
  PSAFLOW_CHECK(phase == tlm::BEGIN_RESP, "a response follows a request");
  on_response({payload.is_read(), payload.is_response_ok(), slot.tag, slot.data.data(),
               static_cast<int>(payload.get_data_length())});
  phase = tlm::END_RESP;
  payload.release();
  return tlm::TLM_COMPLETED;
}

bool MemoryPort::blocking(bool read, uint64_t address, uint8_t* data, int bytes) {
  tlm_generic_payload payload;
  payload.set_command(read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket->b_transport(payload, delay);
  return payload.is_response_ok();
}

}  // namespace psaflow::simd
