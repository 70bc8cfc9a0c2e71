// What an accelerator is given to do: images as its input stream carries them, and what golden says of each. The
// SystemC models and the RTL of every kind of accelerator run the same workload.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "sw/network/image_input.h"
#include "sw/network/network.h"

namespace psaflow {

struct Workload {
  size_t count = 0;                    // images
  size_t input_size = 0, classes = 0;  // values of an image
  std::vector<int8_t> inputs, golden;  // [count, T, F], the network's input; [count, classes], its logits

  const int8_t* input(size_t image) const { return inputs.data() + image * input_size; }
  const int8_t* expected(size_t image) const { return golden.data() + image * classes; }
  Workload part(size_t first, size_t images) const;
};

// images: count * C*H*W bytes in planes, count >= 1. Golden is computed on all cores.
Workload make_workload(const ImageInput& input, const Network& network, const uint8_t* images, size_t count,
                       const std::function<void(size_t)>& on_progress = {});

}  // namespace psaflow
