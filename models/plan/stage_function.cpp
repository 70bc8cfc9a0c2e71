#include "models/plan/stage_function.h"

#include <cstring>

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"

namespace psaflow {

StageFunction::StageFunction(const Stage& stage)
    : kind_(stage.kind), in_(stage.in), out_(stage.out), affine_params_(stage.affine()) {
  if (stage.linear() != nullptr) linear_ = std::make_unique<LinearKernel>(*stage.linear(), stage.relu());
  if (stage.affine() != nullptr) affine_ = std::make_unique<AffineKernel>(*stage.affine());
  if (stage.table() != nullptr) table_ = std::make_unique<TableKernel>(*stage.table());
}

void StageFunction::image(const int8_t* a, const int8_t* r, int8_t* y, Workspace& workspace) const {
  switch (kind_) {
    case StageKind::kLinear:
      return linear_->run(a, in_.vectors, y, workspace);
    case StageKind::kAffine:
      return affine_->run(a, in_.vectors, y);
    case StageKind::kTable:
      return table_->run(a, in_.vectors, y);
    case StageKind::kTranspose:
      return transpose_into(a, in_.vectors, in_.elements, y);
    case StageKind::kFork:
      std::memcpy(y, a, static_cast<size_t>(in_.vectors) * in_.elements);
      return;
    case StageKind::kAdd:
      return residual_add_into(a, r, static_cast<size_t>(in_.vectors) * in_.elements, y);
    case StageKind::kPool:
      return average_pool_into(a, in_.vectors, in_.elements, y, workspace);
  }
}

void StageFunction::elements(const int8_t* a, const int8_t* r, int first, int count, int8_t* y) const {
  switch (kind_) {
    case StageKind::kAffine:
      for (int i = 0; i < count; ++i) {
        const auto c = static_cast<size_t>(first + i);
        y[i] = psaflow::affine(a[i], affine_params_->weight[c], affine_params_->shift[c], affine_params_->bias[c]);
      }
      return;
    case StageKind::kTable:
      for (int i = 0; i < count; ++i) y[i] = table_->channel(first + i)[a[i] + 128];
      return;
    case StageKind::kFork:
      std::memcpy(y, a, static_cast<size_t>(count));
      return;
    case StageKind::kAdd:
      for (int i = 0; i < count; ++i) y[i] = psaflow::residual_add(a[i], r[i]);
      return;
    default:
      PSAFLOW_CHECK(false, "this kind does not treat its elements alone");
  }
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
