#include "models/simd/parameters.h"

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"

namespace psaflow {
namespace {

// Appends words of one byte a lane; lanes beyond the matrix hold what `padding` says.
class WordWriter {
 public:
  WordWriter(std::vector<uint8_t>& bytes, int tile) : bytes_(bytes), tile_(tile) {}
  template <typename Value>
  void word(int block, int limit, const Value& value, int padding = 0) {
    for (int i = 0; i < tile_; ++i) {
      const int index = block * tile_ + i;
      bytes_.push_back(
          static_cast<uint8_t>(index < limit ? static_cast<int>(value(static_cast<size_t>(index))) : padding));
    }
  }

 private:
  std::vector<uint8_t>& bytes_;
  int tile_;
};

int elementwise_value(const Network& network, const std::vector<int>& chain, int channel, int x) {
  auto v = static_cast<int8_t>(x);
  const auto c = static_cast<size_t>(channel);
  for (int n : chain) {
    const Operator& any = network.nodes[static_cast<size_t>(n)].op;
    if (const auto* a = std::get_if<op::Affine>(&any))
      v = affine(v, a->params.weight[c], a->params.shift[c], a->params.bias[c]);
    else if (const auto* t = std::get_if<op::Lookup>(&any))
      v = table_lookup(t->params.channel(channel), t->params.lerp_log2(), v);
    else
      PSAFLOW_CHECK(false, "an elementwise operator of one input");
  }
  return v;
}

}  // namespace

bool needs_table(const Network& network, const std::vector<int>& chain) {
  return chain.size() > 1 ||
         (chain.size() == 1 && std::holds_alternative<op::Lookup>(network.nodes[static_cast<size_t>(chain[0])].op));
}

SimdParameters simd_parameters(const Network& network, const SimdStep& step, const SimdHardware& hardware,
                               int row_blocks, int col_blocks) {
  SimdParameters made;
  const int tile = hardware.tile;
  const Tensor& tap = network.tensor(step.tap);
  const int channels = tap.cols;
  WordWriter constants(made.constants, tile), weights(made.weights, tile), tables(made.tables, tile);
  const auto affine_of = [&](int node) -> const AffineParams* {
    return node < 0 ? nullptr : &std::get<op::Affine>(network.nodes[static_cast<size_t>(node)].op).params;
  };

  // Requantise: bias and shift of each output column, or, over tokens, of each output row.
  const bool over_tokens = step.core == SimdCore::kOverTokens || step.core == SimdCore::kMean;
  const auto* linear = step.core == SimdCore::kOverChannels || step.core == SimdCore::kOverTokens
                           ? &std::get<op::Linear>(network.nodes[static_cast<size_t>(step.node)].op).params
                           : nullptr;
  const int mean_rows = step.core == SimdCore::kMean ? network.tensor(step.source).rows : 1;
  int mean_shift = 0;
  while ((1 << mean_shift) < mean_rows) ++mean_shift;
  const int outputs = linear != nullptr ? linear->out : over_tokens ? 1 : channels;
  for (int b = 0; b < (over_tokens ? row_blocks : col_blocks); ++b) {
    constants.word(b, outputs, [&](size_t m) { return linear != nullptr ? linear->bias[m] : 0; });
    constants.word(b, outputs, [&](size_t m) { return linear != nullptr ? linear->shift[m] : mean_shift; });
  }

  // Affines before the add, on the main side and on the side: where there is none, the identity.
  const std::vector<int> main = elementwise_chain(network, step.tap,
                                                  step.out >= 0    ? step.out
                                                  : step.main >= 0 ? step.main
                                                                   : step.tap);
  const std::vector<int> side = elementwise_chain(network, step.tap, step.side >= 0 ? step.side : step.tap);
  made.table = needs_table(network, main);
  PSAFLOW_CHECK(side.size() <= 1, "a side value is the tap or one affine of it");
  const AffineParams* const affines[] = {affine_of(step.pre), affine_of(made.table || main.empty() ? -1 : main[0]),
                                         affine_of(side.empty() ? -1 : side[0])};
  for (int b = 0; b < col_blocks; ++b) {
    for (const AffineParams* a : affines) {
      constants.word(
          b, channels, [&](size_t c) { return a != nullptr ? a->weight[c] : 1; }, 1);
      constants.word(b, channels, [&](size_t c) { return a != nullptr ? a->bias[c] : 0; });
      constants.word(b, channels, [&](size_t c) { return a != nullptr ? a->shift[c] : 0; });
    }
  }

  if (step.core == SimdCore::kCopy) {  // the identity
    for (int k = 0; k < tile; ++k) weights.word(0, tile, [k](size_t i) { return static_cast<int>(i) == k; });
  } else {
    const int steps = linear != nullptr ? linear->in : mean_rows;
    for (int b = 0; b < (over_tokens ? row_blocks : col_blocks); ++b) {
      for (int k = 0; k < steps; ++k) {
        weights.word(b, outputs, [&](size_t m) {
          return linear != nullptr ? linear->weight[m * static_cast<size_t>(linear->in) + static_cast<size_t>(k)] : 1;
        });
      }
    }
  }

  if (made.table) {
    for (int b = 0; b < col_blocks; ++b)
      for (int u = 0; u < 256; ++u)
        tables.word(b, channels,
                    [&](size_t c) { return elementwise_value(network, main, static_cast<int>(c), u - 128); });
  }
  for (std::vector<uint8_t>* part : {&made.constants, &made.weights, &made.tables})
    part->resize(static_cast<size_t>(hardware.beats(static_cast<int64_t>(part->size())) * hardware.bus_bytes));
  return made;
}

}  // namespace psaflow
