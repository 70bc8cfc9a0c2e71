// The network measured in INT8 steps: every layer's factors and offsets between tensors that hold integers, not yet
// rounded. Rounding it gives the integer model: the one exporter of post-training quantisation and of
// quantisation-aware training, which also needs what there was before the rounding.
#pragma once
#include <optional>

#include "sw/quant/ranges.h"

namespace psaflow {

// A learned function a channel at its table's points: point i stands for the input u - 128 with u = i (direct tables)
// or u = i * 2^(8 - k) (2^k + 1 points).
struct TableSteps {
  int channels = 0, points = 0;
  std::vector<double> values;  // [channels, points]
  int table_log2() const {     // 8 of a direct table, k of one with 2^k + 1 points
    int k = 0;
    while ((1 << k) < points - 1) ++k;
    return k;
  }
};

// A factor is an output step per input step, what the contract writes as weight * 2^-shift; offsets are output steps.
struct BlockSteps {
  BasicAffine<double> token_residual, token_pre, token_post, channel_residual;
  BasicLinear<double> token_mix, fc1, fc2;
  std::optional<TableSteps> psa1, psa2;  // absent for ReLU
};

struct StepModel {
  ModelConfig config;  // with its input_scale
  BasicLinear<double> embed;
  std::vector<BlockSteps> blocks;
  BasicLinear<double> head;
};

// Calls body(name, layer) for each layer with constants, under its name in the integer network: a BasicLinear, a
// BasicAffine or a TableSteps.
template <typename StepModelOrConst, typename Body>
void for_each_layer(StepModelOrConst& steps, const Body& body) {
  body("embed", steps.embed);
  for (size_t b = 0; b < steps.blocks.size(); ++b) {
    auto& block = steps.blocks[b];
    const auto name = [b](const char* layer) { return block_layer(b, layer); };
    body(name("token.residual"), block.token_residual);
    body(name("token.pre"), block.token_pre);
    body(name("token.mix"), block.token_mix);
    body(name("token.post"), block.token_post);
    body(name("channel.residual"), block.channel_residual);
    if (block.psa1) body(name("channel.psa1"), *block.psa1);
    body(name("channel.fc1"), block.fc1);
    if (block.psa2) body(name("channel.psa2"), *block.psa2);
    body(name("channel.fc2"), block.fc2);
  }
  body("head", steps.head);
}

// 256, or 2^k + 1.
int table_points(int table_log2);

// What the tables' points stand for in units: [points, channels], for x_scale [channels].
template <typename Real>
std::vector<Real> table_inputs(const std::vector<double>& x_scale, int table_log2);

// y = W x + b with x in steps of 1 / x_scale, y in steps of 1 / y_scale: W * y_scale / x_scale, b * y_scale.
// table_log2: 8 for direct tables of 256 points, k in 1..7 for 2^k + 1 points. pool: blocks side by side.
template <typename Real>
StepModel to_steps(const BasicFoldedModel<Real>& model, const Ranges& ranges, int table_log2,
                   ThreadPool* pool = nullptr);

// Each output channel's weights get the largest shift they fit with; halves away from zero; saturation to -128..127.
IntModel round_to_int8(const StepModel& steps);

}  // namespace psaflow
