// DRAM behind a TLM-2.0 socket. Approximately timed by nb_transport (four phases; when a burst comes is
// models/simd/memory.h's rule), loosely timed by b_transport, untimed by DMI and transport_dbg: the host's way.
#pragma once
#include <tlm.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <systemc>
#include <vector>

#include "models/simd/memory.h"

namespace psaflow::simd {

constexpr unsigned kBusBits = 128;  // of the sockets' type; a transaction says itself how wide its beats are

class MemoryModel : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<MemoryModel, kBusBits> socket;

  MemoryModel(const sc_core::sc_module_name& name, size_t bytes, const SimdMemory& timing, sc_core::sc_time cycle,
              int bus_bytes);

  // From this address on, accesses are answered with an error.
  void fail_from(uint64_t address) { fail_from_ = address; }
  // DMI, for who is not bound to the socket.
  bool direct_access(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) { return get_direct_mem_ptr(payload, dmi); }

 private:
  using Payload = tlm::tlm_generic_payload;
  struct Pending {
    Payload* payload;
    int64_t cycle;  // of the response
  };
  SC_HAS_PROCESS(MemoryModel);

  void b_transport(Payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned transport_dbg(Payload& payload);
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi);

  void access(Payload& payload);
  int beats(const Payload& payload) const;
  int64_t now() const;
  sc_core::sc_time at(int64_t cycle) const { return cycle_ * static_cast<double>(cycle); }
  bool hesitate();
  void accept(Payload& payload);
  void respond();         // what is due
  void accept_waiting();  // a request that found no place
  void plan_response();

  std::vector<uint8_t> bytes_;
  SimdMemory timing_;
  sc_core::sc_time cycle_;
  int bus_bytes_;
  uint64_t fail_from_ = UINT64_MAX;
  SimdReadTiming reads_;
  SimdWriteTiming writes_;
  std::deque<Pending> pending_reads_, pending_writes_;  // each in the order of its requests
  std::deque<Payload*> waiting_;                        // reads: for a place among the outstanding ones ...
  bool hesitates_ = false;                              // ... which there is for the first, but it is to wait
  int64_t last_response_ = -1;                          // the cycle of the last read's response, ...
  size_t responses_ = 0;                                // ... and how many came in it
  sc_core::sc_event due_, place_;
};

}  // namespace psaflow::simd
