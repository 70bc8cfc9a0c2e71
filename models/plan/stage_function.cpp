#include "models/plan/stage_function.h"

#include <cstring>

#include "models/plan/stage_timing.h"
#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"

namespace psaflow {

StageFunction::StageFunction(const Stage& stage)
    : node_(stage.node), kind_(stage.kind), in_(stage.in), out_(stage.out) {
  if (node_ != nullptr) kernel_.emplace(node_->op);
  if (const TableParams* table = stage.table()) {
    points_.resize(static_cast<size_t>(table->channels) * 256);
    for (int c = 0; c < table->channels; ++c) expand_table(*table, c, points_.data() + static_cast<size_t>(c) * 256);
  }
}

void StageFunction::image(const int8_t* a, const int8_t* r, int8_t* y, Workspace& workspace) const {
  if (kernel_) {
    kernel_->run(a, r, 1, in_.vectors, in_.elements, y, workspace);
  } else if (kind_ == StageKind::kTranspose) {
    transpose_into(a, in_.vectors, in_.elements, y);
  } else {
    std::memcpy(y, a, static_cast<size_t>(in_.size()));
  }
}

void StageFunction::beat(const int8_t* a, const int8_t* r, int64_t vector, int element, State& state, int8_t* y) const {
  const int lanes = in_.lanes;
  if (node_ == nullptr) {
    PSAFLOW_CHECK(kind_ == StageKind::kFork, "a stage that passes beats");
    std::memcpy(y, a, static_cast<size_t>(lanes));
    return;
  }
  visit_operator(
      node_->op, [](const op::Linear&) { PSAFLOW_CHECK(false, "a linear stage gathers vectors"); },
      [&](const op::Affine& affine) {
        const AffineParams& p = affine.params;
        for (int i = 0; i < lanes; ++i) {
          const auto c = static_cast<size_t>(element + i);
          y[i] = psaflow::affine(a[i], p.weight[c], p.shift[c], p.bias[c]);
        }
      },
      [&](const op::Lookup& t) {
        for (int i = 0; i < lanes; ++i) {
          const auto table = static_cast<size_t>((element + i) % t.params.channels);
          y[i] = points_[table * 256 + static_cast<size_t>(a[i] + 128)];
        }
      },
      [&](const op::Add&) {
        for (int i = 0; i < lanes; ++i) y[i] = psaflow::residual_add(a[i], r[i]);
      },
      [&](const op::TokenMean&) {  // one accumulator a channel: the next image's first token overwrites it
        state.values.resize(static_cast<size_t>(in_.elements));
        const int shift = tree_levels(in_.vectors);
        for (int i = 0; i < lanes; ++i) {
          int32_t& sum = state.values[static_cast<size_t>(element + i)];
          sum = (vector == 0 ? 0 : sum) + a[i];
          y[i] = sat8(round_shift(sum, shift));
        }
      },
      [&](const op::ArgMax&) {  // the highest value so far and its index
        if (element == 0) state.values = {INT32_MIN, 0};
        for (int i = 0; i < lanes; ++i) {
          if (a[i] > state.values[0]) state.values = {a[i], element + i};
        }
        y[0] = static_cast<int8_t>(state.values[1]);
      },
      [](const op::Patches&) { PSAFLOW_CHECK(false, "a patch buffer gathers strips"); });
}

int64_t tap_element(const Stage& stage, int row, int column) {
  return stage.transposed ? int64_t{column} * stage.out.elements + row : int64_t{row} * stage.out.elements + column;
}

PipelineFunction::PipelineFunction(const Pipeline& pipeline, std::optional<StageFault> fault)
    : pipeline_(pipeline), fault_(fault), buffers_(pipeline.stages.size()), outputs_(pipeline.stages.size()) {
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const Stage& stage = pipeline.stages[i];
    functions_.emplace_back(stage);
    if (stage.kind == StageKind::kFork && !(fault && fault->stage == static_cast<int>(i))) continue;
    buffers_[i].resize(static_cast<size_t>(stage.out.vectors) * stage.out.elements);
  }
}

void PipelineFunction::run(const int8_t* patches, int8_t* logits) {
  const auto input = [&](const Stage& stage, size_t i) {
    const int producer = pipeline_.streams[static_cast<size_t>(stage.inputs[i])].producer;
    return producer < 0 ? patches : outputs_[static_cast<size_t>(producer)];
  };
  for (size_t i = 0; i < functions_.size(); ++i) {
    const Stage& stage = pipeline_.stages[i];
    const int8_t* a = input(stage, 0);
    if (buffers_[i].empty()) {
      outputs_[i] = a;
      continue;
    }
    functions_[i].image(a, stage.inputs.size() > 1 ? input(stage, 1) : nullptr, buffers_[i].data(), workspace_);
    if (fault_ && fault_->stage == static_cast<int>(i)) buffers_[i][static_cast<size_t>(fault_->element)] ^= 1;
    outputs_[i] = buffers_[i].data();
  }
  std::memcpy(logits, outputs_.back(), buffers_.back().size());
}

}  // namespace psaflow
