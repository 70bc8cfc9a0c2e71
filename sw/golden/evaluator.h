// The golden model, written for speed: batches of images through the compiled schedule of the network, one worker a
// core.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sw/golden/model.h"

namespace psaflow {

class Evaluator {
 public:
  explicit Evaluator(const IntModel& model, int threads = 0);  // 0: one per core
  // Of any network whose input has the tokens and features of `input`, or takes the bytes of its images.
  Evaluator(const ImageInput& input, const Network& network, int threads = 0);
  ~Evaluator();

  // One call at a time: the workers and their buffers belong to the evaluator. Nothing is allocated once they are warm.
  // images: count * C*H*W bytes in planes (CIFAR order). logits: count * classes. on_progress(n): n more images are
  // done (any thread).
  void logits(const uint8_t* images, size_t count, int8_t* logits,
              const std::function<void(size_t)>& on_progress = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psaflow
