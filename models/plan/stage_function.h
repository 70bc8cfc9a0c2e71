// The functional view of a pipeline: what each stage computes, by the golden kernels, with no notion of a cycle.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "models/plan/stage.h"
#include "sw/golden/operator_kernel.h"

namespace psaflow {

// One stage's arithmetic. Matrices are in the order of the stream: [vectors, elements], row-major.
class StageFunction {
 public:
  explicit StageFunction(const Stage& stage);

  // A whole image. a: [in.vectors, in.elements]; r: a kAdd stage's residual, the same shape, else unused; y:
  // [out.vectors, out.elements], not overlapping a.
  void image(const int8_t* a, const int8_t* r, int8_t* y, Workspace& workspace) const;
  // One vector of a linear stage: x [in.elements] -> y [out.elements].
  void vector(const int8_t* x, int8_t* y, Workspace& workspace) const {
    kernel_->run(x, nullptr, 1, 1, in_.elements, y, workspace);
  }
  // One beat of a passing stage: in.lanes elements of vector `vector` from `element` on, beats in their order. y: the
  // output beat, if the stage gives one now. State: of what sums up or remembers, one a running image.
  struct State {
    std::vector<int32_t> values;
  };
  void beat(const int8_t* a, const int8_t* r, int64_t vector, int element, State& state, int8_t* y) const;

 private:
  const Node* node_;
  StageKind kind_;
  StreamShape in_, out_;
  std::optional<OperatorKernel> kernel_;  // of the node
  std::vector<int8_t> points_;            // of tables: [channels, 256]
};

// Flips bit 0 of one element of one stage's output, in every image. element: index into the output image in stream
// order.
struct StageFault {
  int stage = 0;
  int64_t element = 0;
};

// Where (row, column) of the stage's golden tap lies in its output stream.
int64_t tap_element(const Stage& stage, int row, int column);

// All stages of a pipeline in order, one image at a time. Not for several threads at once: it owns its buffers.
class PipelineFunction {
 public:
  explicit PipelineFunction(const Pipeline& pipeline, std::optional<StageFault> fault = {});
  // patches: one image of the input stream; logits: [classes].
  void run(const int8_t* patches, int8_t* logits);
  // What the stage gave for the last image, in stream order; valid until the next run.
  const int8_t* output(int stage) const { return outputs_[static_cast<size_t>(stage)]; }

 private:
  const Pipeline& pipeline_;
  std::optional<StageFault> fault_;
  std::vector<StageFunction> functions_;
  std::vector<std::vector<int8_t>> buffers_;  // by stage; a fork without a fault has none and passes its input on
  std::vector<const int8_t*> outputs_;
  Workspace workspace_;
};

}  // namespace psaflow
