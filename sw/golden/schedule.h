// A network compiled for speed: its nodes as prepared kernels in order, its tensors in as few buffers as their lives
// allow. What the evaluator runs, a batch of images at a time.
#pragma once
#include <cstdint>
#include <vector>

#include "sw/golden/operator_kernel.h"

namespace psaflow {

class Schedule {
 public:
  // UserError: the first finding of verify().
  explicit Schedule(const Network& network);

  // The memory of one worker, for up to `batch` images at once.
  struct Buffers {
    std::vector<std::vector<int8_t>> slots;
    std::vector<int8_t> turned, mixed;  // of layers over tokens: their input and output by channel
    Workspace workspace;
  };
  Buffers buffers(size_t batch) const;

  // Where the input tensors of a batch go, [count, rows, cols].
  int8_t* input(Buffers& buffers) const { return buffers.slots[0].data(); }
  // From what stands there to the logits, [count, classes].
  void run(size_t count, int8_t* logits, Buffers& buffers) const;

 private:
  struct Step {
    OperatorKernel kernel;
    bool over_tokens = false;  // matrices are turned before and after
    int in = 0, second = 0;    // slots
    int out = 0;               // slot; -1: the logits
    int rows = 0, cols = 0;    // of the input tensor
    int64_t out_elements = 0;  // of the output tensor
  };
  void run_over_tokens(const Step& step, size_t count, const int8_t* in, int8_t* out, Buffers& buffers) const;

  std::vector<Step> steps_;
  std::vector<int64_t> slot_elements_;  // an image
  int64_t turned_elements_ = 0, mixed_elements_ = 0;
};

}  // namespace psaflow
