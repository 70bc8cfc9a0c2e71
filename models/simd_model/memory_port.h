// The accelerator's side of the memory socket: bursts out, responses in, payloads used again.
#pragma once
#include <tlm.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "models/simd_model/memory_model.h"

namespace psaflow::simd {

class MemoryPort : public sc_core::sc_module, private tlm::tlm_mm_interface {
 public:
  tlm_utils::simple_initiator_socket<MemoryPort, kBusBits> socket;

  MemoryPort(const sc_core::sc_module_name& name, int max_bytes);
  ~MemoryPort() override;

  struct Response {
    bool read = true, ok = true;
    uint64_t tag = 0;
    const uint8_t* data = nullptr;  // valid during the call
    int bytes = 0;
  };
  std::function<void(const Response&)> on_response;  // in the order of the requests of each kind

  // From a thread: makes a request, and comes back in the cycle in which the memory accepts it.
  void read(uint64_t address, int bytes, uint64_t tag);
  void write(uint64_t address, const uint8_t* data, int bytes);

  // Loosely timed, the delay left to the caller's own account. False: an error response.
  bool read_blocking(uint64_t address, uint8_t* data, int bytes) { return blocking(true, address, data, bytes); }
  bool write_blocking(uint64_t address, uint8_t* data, int bytes) { return blocking(false, address, data, bytes); }

 private:
  bool blocking(bool read, uint64_t address, uint8_t* data, int bytes);
  struct Slot;
  Slot& take();
  void send(Slot& slot);
  void free(tlm::tlm_generic_payload* payload) override;
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);

  size_t max_bytes_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> idle_;
  sc_core::sc_event accepted_;
};

}  // namespace psaflow::simd
