#include "models/simd/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "models/simd/hazards.h"
#include "models/simd/parameters.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

constexpr int64_t kMax16 = 65535, kMaxImageBytes = int64_t{1} << 31;

int64_t power_of_two(int64_t least) {
  int64_t v = 1;
  while (v < least) v *= 2;
  return v;
}

// A value in a memory of tiles, while it is needed.
struct Life {
  int tensor = -1;
  int64_t tiles = 0;
  size_t from = 0, to = 0;  // steps: the one that makes it, the last that reads it
  int64_t base = -1;
};

// The most that is needed of a buffer, and the step that needs it.
struct Need {
  int64_t least = 0, usual = 0;  // without which it does not work; what is built where nothing is said
  std::string step;
  void at_least(int64_t value, const std::string& name) {
    if (value <= least) return;
    least = value;
    step = name;
  }
};

class Mapper {
 public:
  Mapper(const Network& network, const SimdOptions& options) : net_(network), options_(options) {
    hw_.tile = options.tile;
    hw_.bus_bytes = options.bus_bytes.value_or(simd_default_bus_bytes(options.tile));
    hw_.burst_beats = options.burst_beats;
    hw_.outstanding_reads = options.outstanding_reads;
  }

  SimdPlan run() {
    mapping_.fusion = fuse(net_);
    plan_.findings = mapping_.fusion.findings;
    for (Finding& f : plan_.findings) f.path = "model " + f.path;
    if (!plan_.findings.empty()) return std::move(plan_);
    describe_passes();
    if (!plan_.findings.empty()) return std::move(plan_);
    place(main_, &SimdStep::main, "main_tiles", &SimdPass::main_tile, false);
    place(side_, &SimdStep::side, "side_tiles", &SimdPass::side_tile, true);
    settle_capacities();
    if (!plan_.findings.empty()) return std::move(plan_);
    settle_gaps(mapping_.program);
    write_image();
    mapping_.hardware = hw_;
    plan_.mapping = std::move(mapping_);
    return std::move(plan_);
  }

 private:
  const std::vector<SimdStep>& steps() const { return mapping_.fusion.steps; }
  std::vector<SimdPass>& passes() { return mapping_.program.passes; }
  const Tensor& tensor(int index) const { return net_.tensor(index); }
  int64_t tiles_of(int index) const { return int64_t{hw_.tiles(tensor(index).rows)} * hw_.tiles(tensor(index).cols); }
  bool from_input(const SimdStep& step) const {
    const bool over_tokens = step.core == SimdCore::kOverTokens || step.core == SimdCore::kMean;
    return step.source == 0 && !(over_tokens && mapping_.fusion.input_copied);
  }

  void limit(const std::string& step, const char* what, int64_t found, int64_t most) {
    if (found > most)
      plan_.findings.push_back({"model " + step, fmt::format("{} {}", found, what),
                                fmt::format("at most {} (a field of the layer program)", most)});
  }

  void describe_passes() {
    SimdProgram& program = mapping_.program;
    program.tile = hw_.tile;
    program.bus_bytes = hw_.bus_bytes;
    const int64_t image_words = tiles_of(0) * hw_.tile;
    program.image_bytes = static_cast<uint32_t>(hw_.beats(image_words * hw_.tile) * hw_.bus_bytes);
    int64_t offset = int64_t{kSimdDescriptorBytes} * (static_cast<int64_t>(steps().size()) + 1);
    offset = hw_.beats(offset) * hw_.bus_bytes;
    size_t last_input = 0;
    for (const SimdStep& step : steps()) {
      passes().push_back(describe(step, offset));
      if (passes().back().from_input) last_input = passes().size() - 1;
    }
    limit("patches", "beats of an image", program.image_bytes / static_cast<uint32_t>(hw_.bus_bytes), kMax16);
    limit("parameters", "bytes of program and parameters", offset, kMaxImageBytes);
    passes().front().input_beats = program.image_bytes / static_cast<uint32_t>(hw_.bus_bytes);
    passes()[last_input].release_input = true;
    program.result_bytes = program.result_pass().result_words * static_cast<uint32_t>(hw_.bus_bytes);
    mapping_.classes = static_cast<int>(net_.logits().size());
  }

  SimdPass describe(const SimdStep& step, int64_t& offset) {
    SimdPass pass;
    const Tensor &in = tensor(step.source), &tap = tensor(step.tap);
    pass.over_tokens = step.core == SimdCore::kOverTokens || step.core == SimdCore::kMean;
    pass.diagonal = step.core == SimdCore::kCopy;
    const auto* linear =
        step.node < 0 ? nullptr : std::get_if<op::Linear>(&net_.nodes[static_cast<size_t>(step.node)].op);
    pass.relu = linear != nullptr && linear->relu;
    pass.from_input = from_input(step);
    pass.add = step.add >= 0;
    pass.to_main = step.main >= 0;
    pass.to_side = step.side >= 0;
    pass.to_result = step.out >= 0;
    pass.argmax = step.argmax;
    const int64_t k = pass.diagonal ? hw_.tile : pass.over_tokens ? in.rows : in.cols;
    pass.rows = static_cast<uint32_t>(tap.rows);
    pass.cols = static_cast<uint32_t>(tap.cols);
    pass.row_blocks = static_cast<uint32_t>(hw_.tiles(tap.rows));
    pass.col_blocks = static_cast<uint32_t>(hw_.tiles(tap.cols));
    const bool input_by_tokens = pass.from_input && mapping_.fusion.input_over_tokens;
    pass.source_row_tiles = static_cast<uint32_t>(hw_.tiles(input_by_tokens ? in.rows : in.cols));
    limit(step.name, "inputs", k, kMax16);
    limit(step.name, "rows", tap.rows, kMax16);
    limit(step.name, "columns", tap.cols, kMax16);
    limit(step.name, "tiles", tiles_of(step.tap), kMax16);
    if (!plan_.findings.empty()) return pass;
    pass.steps = static_cast<uint32_t>(k);
    pass.block_cycles = static_cast<uint32_t>(SimdPipeline::block_cycles(hw_.tile, k));
    parameters_.push_back(
        simd_parameters(net_, step, hw_, static_cast<int>(pass.row_blocks), static_cast<int>(pass.col_blocks)));
    const SimdParameters& p = parameters_.back();
    pass.table = p.table;
    mapping_.tables = mapping_.tables || p.table;
    const auto beats = [this](const std::vector<uint8_t>& bytes) {
      return static_cast<uint32_t>(bytes.size() / static_cast<size_t>(hw_.bus_bytes));
    };
    pass.constant_beats = beats(p.constants);
    pass.weight_beats = beats(p.weights);
    pass.table_beats = beats(p.tables);
    limit(step.name, "beats of constants", pass.constant_beats, kMax16);
    pass.parameter_offset = static_cast<uint32_t>(offset);
    offset += static_cast<int64_t>(p.constants.size() + p.weights.size() + p.tables.size());
    if (pass.to_result) pass.result_words = pass.argmax ? 1 : pass.rows * pass.col_blocks;
    return pass;
  }

  // Lives of the values that steps put into one of the two memories, and their places: the first gap that is wide
  // enough. `take_over`: a value may replace the one that the same step reads for the last time, which is read first.
  void place(std::vector<Life>& lives, int SimdStep::*made, const char* key, uint32_t SimdPass::*base, bool take_over) {
    for (size_t s = 0; s < steps().size(); ++s) {
      const SimdStep& step = steps()[s];
      if (step.*made >= 0) lives.push_back({step.*made, tiles_of(step.*made), s, s, -1});
      const int read = made == &SimdStep::main ? (from_input(step) ? -1 : step.source) : step.residual;
      for (Life& life : lives)
        if (life.tensor == read && life.from < s) life.to = s;
    }
    Need& need = needs_[key];
    for (Life& life : lives) {
      const std::string& name = steps()[life.from].name;
      std::vector<const Life*> others;
      for (const Life& other : lives) {
        if (other.base < 0 || other.from >= life.from || other.to < life.from) continue;
        if (take_over && other.to == life.from && other.tiles == life.tiles && life.base < 0)
          life.base = other.base;  // same blocks in the same order
        else
          others.push_back(&other);
      }
      std::sort(others.begin(), others.end(), [](const Life* a, const Life* b) { return a->base < b->base; });
      if (life.base < 0) {
        int64_t at = 0;
        for (const Life* other : others) {
          if (at + life.tiles <= other->base) break;
          at = std::max(at, other->base + other->tiles);
        }
        life.base = at;
      }
      need.at_least(life.base + life.tiles, name);
      passes()[life.from].*base = static_cast<uint32_t>(life.base);
    }
    need.usual = need.least;
    for (size_t s = 0; s < steps().size(); ++s) {
      const SimdStep& step = steps()[s];
      for (const Life& life : lives) {
        if (life.from >= s || life.to < s) continue;
        if (made == &SimdStep::main && life.tensor == step.source && !from_input(step))
          passes()[s].source_tile = static_cast<uint32_t>(life.base);
        if (made == &SimdStep::side && life.tensor == step.residual)
          passes()[s].residual_tile = static_cast<uint32_t>(life.base);
      }
    }
  }

  // Rings: the largest pass must fit; usual is a power of two that holds any `together` passes in a row, so that some
  // are loaded while another is computed.
  void ring(const char* key, uint32_t SimdPass::*beats, size_t together) {
    Need& need = needs_[key];
    const size_t count = passes().size();
    for (size_t p = 0; p < count; ++p) {
      const int64_t here = passes()[p].*beats;
      need.at_least(here, steps()[p].name);
      int64_t sum = 0;
      for (size_t i = 0; i < together; ++i) sum += passes()[(p + i) % count].*beats;
      if (sum > 0) need.usual = std::max(need.usual, power_of_two(sum));
    }
  }

  void settle_capacities() {
    // Constants are few, and the loader, which goes through the passes in order, shall not wait for them.
    ring("constant_beats", &SimdPass::constant_beats, 6);
    ring("weight_beats", &SimdPass::weight_beats, 2);
    ring("table_beats", &SimdPass::table_beats, 2);
    const SimdPass& result = mapping_.program.result_pass();
    const std::string& maker = steps()[static_cast<size_t>(&result - passes().data())].name;
    const int64_t image = passes().front().input_beats, words = result.result_words;
    needs_["input_beats"].at_least(image, "patches");
    needs_["input_beats"].usual = power_of_two(2 * image);
    needs_["result_words"].at_least(words, maker);
    needs_["result_words"].usual = power_of_two(2 * words);
    needs_["program_passes"].at_least(static_cast<int64_t>(steps().size()), steps().back().name);
    needs_["program_passes"].usual = needs_["program_passes"].least;
    for (const SimdBuffer& buffer : simd_buffers()) {
      const Need& need = needs_[buffer.key];
      const auto given = options_.capacities.find(buffer.key);
      const int64_t capacity = given == options_.capacities.end() ? need.usual : given->second;
      hw_.capacities.*buffer.capacity = capacity;
      if (buffer.ring && capacity > 0 && power_of_two(capacity) != capacity) {
        plan_.findings.push_back(
            {std::string("buffers.") + buffer.key, fmt::format("{} {}", capacity, buffer.unit),
             fmt::format("a power of two, such as {}", power_of_two(std::max(capacity, need.least)))});
      } else if (capacity < need.least) {
        plan_.findings.push_back(
            {std::string("buffers.") + buffer.key, fmt::format("{} {}", capacity, buffer.unit),
             fmt::format("at least {}: what layer {} needs of the buffer of {}", need.least, need.step, buffer.what)});
      } else if (need.usual > (int64_t{1} << 24)) {
        plan_.findings.push_back({"model " + need.step,
                                  fmt::format("{} {} of {}", need.usual, buffer.unit, buffer.what),
                                  fmt::format("at most {} (beyond any device)", int64_t{1} << 24)});
      } else if (buffer.capacity == &SimdCapacities::main_tiles || buffer.capacity == &SimdCapacities::side_tiles) {
        limit(need.step, fmt::format("tiles of {}", buffer.what).c_str(), need.least, kMax16);
      }
    }
  }

  void write_image() {
    mapping_.image = encode_program(mapping_.program);
    mapping_.image.resize(passes().front().parameter_offset);
    for (const SimdParameters& p : parameters_)
      for (const std::vector<uint8_t>* part : {&p.constants, &p.weights, &p.tables})
        mapping_.image.insert(mapping_.image.end(), part->begin(), part->end());
  }

  const Network& net_;
  const SimdOptions& options_;
  SimdHardware hw_;
  SimdMapping mapping_;
  SimdPlan plan_;
  std::vector<SimdParameters> parameters_;
  std::vector<Life> main_, side_;
  std::map<std::string, Need> needs_;
};

}  // namespace

int64_t SimdMapping::useful_cycles(const Network& network) const {
  int64_t macs = 0;
  for (const Node& node : network.nodes)
    if (std::holds_alternative<op::Linear>(node.op)) macs += node_macs(network, node);
  return macs / hardware.tile_bytes();
}

SimdPlan plan_simd(const Network& network, const SimdOptions& options) {
  return Mapper(network, options).run();
}

SimdAddresses simd_addresses(const SimdProgram& program, uint64_t program_bytes, uint64_t images) {
  const auto pages = [](uint64_t bytes) { return (bytes + kSimdPageBytes - 1) / kSimdPageBytes * kSimdPageBytes; };
  SimdAddresses a{pages(program_bytes), 0, 0};
  a.result = a.input + pages(program.image_bytes * images);
  a.end = a.result + pages(program.result_bytes * images);
  return a;
}

void pack_simd_image(const Network& network, const SimdMapping& mapping, const int8_t* values, uint8_t* bytes) {
  const int tile = mapping.hardware.tile, rows = network.input().rows, cols = network.input().cols;
  const bool by_tokens = mapping.fusion.input_over_tokens;
  // Words along `length`, lanes across: tokens are lanes unless layers over tokens read the image.
  const int lanes = by_tokens ? cols : rows, length = by_tokens ? rows : cols;
  const int64_t stride = int64_t{mapping.hardware.tiles(length)} * tile;
  std::fill(bytes, bytes + mapping.program.image_bytes, uint8_t{0});
  for (int lane = 0; lane < lanes; ++lane) {
    uint8_t* const block = bytes + lane / tile * stride * tile + lane % tile;
    for (int s = 0; s < length; ++s) {
      const int64_t at = by_tokens ? int64_t{s} * cols + lane : int64_t{lane} * cols + s;
      block[int64_t{s} * tile] = static_cast<uint8_t>(values[at]);
    }
  }
}

void unpack_simd_result(const SimdMapping& mapping, const uint8_t* bytes, int8_t* values) {
  const SimdPass& last = mapping.program.result_pass();
  const int bus = mapping.hardware.bus_bytes, tile = mapping.hardware.tile;
  if (last.argmax) {
    values[0] = static_cast<int8_t>(bytes[0]);
    return;
  }
  for (uint32_t rb = 0; rb < last.row_blocks; ++rb) {
    for (uint32_t cb = 0; cb < last.col_blocks; ++cb) {
      for (uint32_t r = rb * static_cast<uint32_t>(tile); r < last.rows && r < (rb + 1) * static_cast<uint32_t>(tile);
           ++r) {
        for (uint32_t c = cb * static_cast<uint32_t>(tile); c < last.cols && c < (cb + 1) * static_cast<uint32_t>(tile);
             ++c)
          values[size_t{r} * last.cols + c] = static_cast<int8_t>(bytes[c - cb * static_cast<uint32_t>(tile)]);
        bytes += bus;
      }
    }
  }
}

}  // namespace psaflow
