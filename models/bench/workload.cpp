#include "models/bench/workload.h"

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/golden/evaluator.h"

namespace psaflow {

Workload Workload::part(size_t first, size_t images) const {
  PSAFLOW_CHECK(images >= 1 && first + images <= count, "a part of the images");
  Workload w;
  w.count = images;
  w.input_size = input_size;
  w.classes = classes;
  w.inputs.assign(input(first), input(first) + images * input_size);
  w.golden.assign(expected(first), expected(first) + images * classes);
  return w;
}

Workload make_workload(const ImageInput& input, const Network& network, const uint8_t* images, size_t count,
                       const std::function<void(size_t)>& on_progress) {
  PSAFLOW_CHECK(count >= 1, "there is an image to run");
  Workload w;
  w.count = count;
  w.input_size = static_cast<size_t>(network.input().size());
  w.classes = static_cast<size_t>(network.logits().size());
  w.inputs.resize(count * w.input_size);
  w.golden.resize(count * w.classes);
  Evaluator(input, network).logits(images, count, w.golden.data(), on_progress);
  const PatchCutter cutter(input);
  for (size_t i = 0; i < count; ++i) cutter.cut(images + i * cutter.image_bytes(), w.inputs.data() + i * w.input_size);
  return w;
}

}  // namespace psaflow
