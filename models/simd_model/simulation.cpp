#include "models/simd_model/simulation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>

#include "models/simd_model/accelerator_model.h"
#include "models/simd_model/coroutine_stack.h"
#include "models/simd_model/timeline.h"
#include "models/streaming/simulation_context.h"
#include "sw/base/error.h"
#include "sw/golden/reference.h"

namespace psaflow {
namespace simd {
namespace {

namespace reg = simd_register;

// Where a tensor can be seen: after a pass, among the residuals (side), the activations, or in what goes out.
struct Tap {
  size_t pass = 0;
  bool side = false, out = false;
  int tensor = -1;
};

std::vector<Tap> taps_of(const SimdMapping& mapping) {
  std::vector<Tap> taps;
  for (size_t p = 0; p < mapping.fusion.steps.size(); ++p) {
    const SimdStep& step = mapping.fusion.steps[p];
    if (step.side >= 0) taps.push_back({p, true, false, step.side});
    if (step.main >= 0) taps.push_back({p, false, false, step.main});
    if (step.out >= 0) taps.push_back({p, false, true, step.out});
  }
  return taps;
}

// The host: puts program and images into memory, starts, waits for the interrupt, takes the results.
class Host : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Host, 32> registers;
  tlm_utils::simple_initiator_socket<Host, kBusBits> memory;
  std::function<void()> body;

  explicit Host(const sc_core::sc_module_name& name) : sc_module(name), registers("registers"), memory("memory") {
    SC_THREAD(run);
  }
  void write_register(uint32_t address, uint32_t value) { access(true, address, value); }
  uint32_t read_register(uint32_t address) {
    uint32_t value = 0;
    access(false, address, value);
    return value;
  }
  void write_address(uint32_t low, uint64_t address) {
    write_register(low, static_cast<uint32_t>(address));
    write_register(low + 4, static_cast<uint32_t>(address >> 32));
  }
  uint8_t* direct_memory() {
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    payload.set_address(0);
    PSAFLOW_CHECK(memory->get_direct_mem_ptr(payload, dmi), "the memory may be reached directly");
    return dmi.get_dmi_ptr();
  }

 private:
  SC_HAS_PROCESS(Host);
  void run() {
    begin_on_fresh_stack();
    wait(sc_core::SC_ZERO_TIME);
    body();
  }
  void access(bool write, uint32_t address, uint32_t& value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<uint8_t*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    registers->b_transport(payload, delay);
    PSAFLOW_CHECK(payload.is_response_ok(), "the register is there");
  }
};

class Simulator {
 public:
  Simulator(const Network& network, const SimdMapping& mapping, const Workload& workload,
            const SimdSimulationOptions& options, const std::vector<uint8_t>& program)
      : net_(network), mapping_(mapping), workload_(workload), options_(options), program_(program) {
    if (options.fault) find_fault(*options.fault);
  }

  // watched: the image whose taps are compared.
  SimdSimulation run(size_t watched) {
    watch(watched);
    const streaming::SimulationContext context;
    const SimdProgram& program = mapping_.program;
    const SimdAddresses at = simd_addresses(program, program_.size(), workload_.count);
    const uint64_t input = at.input, result = at.result;
    const sc_core::sc_time cycle(std::llround(1e6 / options_.clock_mhz), sc_core::SC_PS);
    const SimdHardware& hardware = mapping_.hardware;
    const bool own = options_.profile == "rtl";
    const SimdPrediction fixed = own ? SimdPrediction() : predict_simd(mapping_, options_.memory, options_.profile, 1);
    std::vector<int64_t> layer_cycles;
    for (const SimdLayerCycles& layer : fixed.layers) layer_cycles.push_back(layer.compute + layer.drain);
    MemoryModel memory("memory", at.end, options_.memory, cycle, hardware.bus_bytes);
    if (options_.fail_address) memory.fail_from(*options_.fail_address);
    AcceleratorModel accelerator("accelerator", hardware, cycle, layer_cycles, fixed.fixed_cycles);
    Host host("host");
    accelerator.memory.socket.bind(memory.socket);
    host.registers.bind(accelerator.registers);
    // The host's own way to the memory, past the accelerator's.
    MemoryWindow window("window", memory);
    host.memory.bind(window.socket);
    accelerator.on_progress = options_.on_progress;
    accelerator.on_pass = [this, watched](size_t image, size_t pass, SimdDatapath& datapath,
                                          std::vector<uint8_t>& results) {
      inject(pass, datapath, results);
      if (image == watched) compare(image, pass, datapath);
    };
    bool finished = false;
    host.body = [&] {
      uint8_t* const bytes = host.direct_memory();
      std::copy(program_.begin(), program_.end(), bytes);
      for (size_t i = 0; i < workload_.count; ++i)
        pack_simd_image(net_, mapping_, workload_.input(i), bytes + input + i * program.image_bytes);
      host.write_address(reg::kProgramLow, 0);
      host.write_address(reg::kInputLow, input);
      host.write_address(reg::kResultLow, result);
      host.write_register(reg::kImages, static_cast<uint32_t>(workload_.count));
      host.write_register(reg::kPasses, static_cast<uint32_t>(program.passes.size()));
      host.write_register(reg::kInterruptEnable, 1);
      host.write_register(reg::kControl, kSimdStart);
      sc_core::wait(accelerator.interrupt.posedge_event());
      const uint32_t status = host.read_register(reg::kStatus);
      result_.error = static_cast<SimdError>(status >> 8 & 0xff);
      result_.error_pass = static_cast<int>(status >> 16);
      take_results(bytes + result, host.read_register(reg::kImagesDone));
      finished = true;
    };
    sc_core::sc_start();  // until nothing is to come
    PSAFLOW_CHECK(finished, "the accelerator comes to an end");
    result_.times = accelerator.times();
    result_.most_outstanding = accelerator.most_outstanding();
    measure(own, fixed);
    return std::move(result_);
  }

 private:
  // Two initiators reach one memory: the second one's accesses are untimed.
  class MemoryWindow : public sc_core::sc_module {
   public:
    tlm_utils::simple_target_socket<MemoryWindow, kBusBits> socket;
    MemoryWindow(const sc_core::sc_module_name& name, MemoryModel& memory)
        : sc_module(name), socket("socket"), memory_(memory) {
      socket.register_get_direct_mem_ptr(this, &MemoryWindow::get_direct_mem_ptr);
    }

   private:
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
      return memory_.direct_access(payload, dmi);
    }
    MemoryModel& memory_;
  };

  void find_fault(const Fault& fault) {
    for (const Tap& tap : taps_of(mapping_)) {
      if (net_.tensor(tap.tensor).name != fault.stage) continue;
      fault_tap_ = tap;
      return;
    }
    PSAFLOW_CHECK(false, "the fault's tensor can be seen");
  }

  void inject(size_t pass, SimdDatapath& datapath, std::vector<uint8_t>& results) {
    if (!fault_tap_ || fault_tap_->pass != pass) return;
    const SimdPass& p = mapping_.program.passes[pass];
    const Fault& f = *options_.fault;
    if (!fault_tap_->out) return datapath.flip(p, fault_tap_->side, f.token, f.channel);
    const int tile = mapping_.hardware.tile;
    const int words = f.token / tile * tile * static_cast<int>(p.col_blocks) +
                      f.channel / tile * std::min(tile, static_cast<int>(p.rows) - f.token / tile * tile) +
                      f.token % tile;
    results[static_cast<size_t>(words) * static_cast<size_t>(mapping_.hardware.bus_bytes) +
            static_cast<size_t>(f.channel % tile)] ^= 1;
  }

  void watch(size_t image) {
    golden_.clear();
    Int8Matrix patches(net_.input().rows, net_.input().cols);
    std::copy(workload_.input(image), workload_.input(image) + workload_.input_size, patches.data.begin());
    run_reference(net_, patches, [this](const std::string& name, const Int8Matrix& value) { golden_[name] = value; });
    golden_["patches"] = patches;
  }

  void compare(size_t image, size_t pass, const SimdDatapath& datapath) {
    for (const Tap& tap : taps_of(mapping_)) {
      if (tap.pass != pass || tap.out || result_.divergence) continue;
      const std::string& name = net_.tensor(tap.tensor).name;
      const Int8Matrix found = datapath.value(mapping_.program.passes[pass], tap.side);
      const Int8Matrix& wanted = golden_.at(name);
      for (size_t i = 0; i < wanted.data.size(); ++i) {
        if (found.data[i] == wanted.data[i]) continue;
        const auto at = static_cast<int>(i);
        result_.divergence =
            Divergence{image, name, at / wanted.cols, at % wanted.cols, wanted.data[i], found.data[i], -1};
        divergent_pass_ = pass;
        break;
      }
    }
  }

  void take_results(const uint8_t* bytes, size_t images) {
    const size_t classes = workload_.classes;
    result_.images = images;
    result_.logits.resize(images * classes);
    for (size_t i = 0; i < images; ++i) {
      int8_t* const found = result_.logits.data() + i * classes;
      unpack_simd_result(mapping_, bytes + i * mapping_.program.result_bytes, found);
      const int8_t* const wanted = workload_.expected(i);
      const auto differ = std::mismatch(found, found + classes, wanted);
      if (differ.first == found + classes) continue;
      if (result_.mismatches++ > 0) continue;
      first_wrong_ = i;
      const Tensor& logits = net_.logits();
      const auto at = static_cast<int>(differ.first - found);
      wrong_logit_ = Divergence{i, logits.name, at / logits.cols, at % logits.cols, *differ.second, *differ.first, -1};
    }
  }

  void measure(bool own, const SimdPrediction& fixed) {
    SimdSimulation& r = result_;
    if (r.error != SimdError::kNone || r.times.done.empty()) return;
    r.latency_cycles = r.times.done.front();
    r.total_cycles = r.times.done.back();
    r.ii_cycles = own ? simd_interval(r.times.done) : r.total_cycles / static_cast<int64_t>(r.times.done.size());
    r.layers = own ? simd_layer_cycles(mapping_, r.times) : fixed.layers;
    if (!r.divergence && r.mismatches > 0) r.divergence = wrong_logit_;
    if (r.divergence && own && r.divergence->image < r.images) {
      const size_t pass = r.divergence->image * mapping_.program.passes.size() + divergent_pass_;
      r.divergence->cycle = wrong_logit_ && r.divergence->stage == wrong_logit_->stage
                                ? r.times.done[r.divergence->image]
                                : r.times.passes[pass].retired;
    }
  }

 public:
  std::optional<size_t> first_wrong() const { return first_wrong_; }

 private:
  const Network& net_;
  const SimdMapping& mapping_;
  const Workload& workload_;
  const SimdSimulationOptions& options_;
  const std::vector<uint8_t>& program_;
  std::optional<Tap> fault_tap_;
  std::map<std::string, Int8Matrix> golden_;
  SimdSimulation result_;
  std::optional<size_t> first_wrong_;
  std::optional<Divergence> wrong_logit_;
  size_t divergent_pass_ = 0;
};

}  // namespace
}  // namespace simd

std::vector<std::string> simd_taps(const Network& network, const SimdMapping& mapping) {
  std::vector<std::string> names;
  for (const simd::Tap& tap : simd::taps_of(mapping)) {
    const std::string& name = network.tensor(tap.tensor).name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

SimdSimulation simulate_simd(const Network& network, const SimdMapping& mapping, const Workload& workload,
                             const SimdSimulationOptions& options, const std::vector<uint8_t>* program) {
  const std::vector<uint8_t>& image = program != nullptr ? *program : mapping.image;
  simd::Simulator simulator(network, mapping, workload, options, image);
  SimdSimulation result = simulator.run(0);
  const std::optional<size_t> wrong = simulator.first_wrong();
  if (wrong && *wrong > 0 &&
      (!result.divergence ||
       result.divergence->image > 0)) {  // the first image is right: the wrong one once more, watched
    SimdSimulationOptions again = options;
    again.on_progress = {};
    const SimdSimulation second = simd::Simulator(network, mapping, workload, again, image).run(*wrong);
    result.divergence = second.divergence;
  }
  if (!options.timeline_path.empty()) write_simd_timeline(network, mapping, result, options);
  return result;
}

}  // namespace psaflow
