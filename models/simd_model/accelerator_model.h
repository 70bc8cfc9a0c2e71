// The fixed-size accelerator in SystemC: registers behind one TLM socket, the memory port behind another. Function is
// SimdDatapath's, on bytes that came through the port; cycles are approximately timed, decision by decision as
// models/simd/README.md lists them.
#pragma once
#include <tlm.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "models/simd/cycles.h"
#include "models/simd/datapath.h"
#include "models/simd/registers.h"
#include "models/simd_model/memory_port.h"

namespace psaflow::simd {

class AcceleratorModel : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<AcceleratorModel, 32> registers;
  MemoryPort memory;
  sc_core::sc_signal<bool> interrupt;

  // layer_cycles: of the passes of a program, for a profile that fixes them (vitis); empty: the hardware's own, rtl.
  AcceleratorModel(const sc_core::sc_module_name& name, const SimdHardware& hardware, sc_core::sc_time cycle,
                   std::vector<int64_t> layer_cycles, int64_t fixed_cycles);

  const SimdTimes& times() const { return times_; }
  int64_t most_outstanding() const { return most_outstanding_; }
  // Called after every pass, in the order of images and passes: what it left in the buffers, and its results so far.
  std::function<void(size_t image, size_t pass, SimdDatapath& datapath, std::vector<uint8_t>& results)> on_pass;
  std::function<void(size_t images)> on_progress;

 private:
  SC_HAS_PROCESS(AcceleratorModel);
  void access_register(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  uint32_t read_register(uint32_t address) const;
  void write_register(uint32_t address, uint32_t value);
  uint64_t address_of(uint32_t low_register) const;

  void load_thread();     // program, then parameters and images, as far ahead as the rings let it
  void compute_thread();  // passes
  void write_thread();    // results
  void fixed_thread();    // instead of the three: passes as long as layer_cycles says
  void take_response(const MemoryPort::Response& response);

  int64_t now() const;  // cycles since the start
  void wait_until(int64_t cycle);
  // Waits for `event` until the condition holds; false: the run has failed meanwhile.
  template <typename Condition>
  bool wait_for(sc_core::sc_event& event, const Condition& condition);
  void begin_run();
  void fail(SimdError error, size_t pass);
  void leave();  // a thread has no more to do in this run
  bool load_program();
  bool read_segment(SimdRing ring, uint64_t address, int64_t beats, int64_t& cycle);

  SimdHardware hardware_;
  sc_core::sc_time cycle_;
  std::vector<int64_t> layer_cycles_;
  int64_t fixed_cycles_;
  std::vector<uint32_t> values_;  // of the registers that can be written

  // Of the run.
  sc_core::sc_time started_;
  std::unique_ptr<SimdDatapath> datapath_;
  SimdProgram program_;
  std::vector<uint8_t> program_bytes_;
  SimdTimes times_;
  std::vector<int64_t> last_beats_;  // of bursts, as they come
  size_t requests_ = 0;
  int64_t most_outstanding_ = 0;
  std::vector<int64_t> beats_left_;  // of each pass, until it is loaded
  size_t loaded_ = 0;                // passes
  std::vector<int64_t> retired_;     // cycles, known when the last step is issued
  struct Result {
    int64_t ready = 0;
    std::vector<uint8_t> bytes;
  };
  std::deque<Result> results_;
  bool busy_ = false, program_ready_ = false, write_answered_ = false;
  SimdError error_ = SimdError::kNone;
  size_t error_pass_ = 0;
  int64_t run_cycles_ = 0;
  int threads_running_ = 0;
  bool done_ = false;
  sc_core::sc_event start_, response_, loaded_event_, retired_event_, result_event_, done_event_;
};

}  // namespace psaflow::simd
