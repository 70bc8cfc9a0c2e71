#include "sw/quant/classes.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/reference.h"
#include "sw/train/trainer.h"

namespace psaflow {

std::vector<float> float_logits(const FoldedModel& model, const Dataset& data, size_t first, size_t count,
                                ThreadPool& pool, const std::function<void(size_t)>& on_progress) {
  const ModelConfig& c = model.config;
  const auto pixels = normalized_pixels(c);
  const auto n = static_cast<size_t>(c.classes);
  const size_t values = static_cast<size_t>(c.tokens()) * c.features();
  std::vector<std::vector<float>> patches(static_cast<size_t>(pool.size()), std::vector<float>(values));
  std::vector<float> logits(count * n);
  pool.run(count, [&](size_t i, int worker) {
    float* const p = patches[static_cast<size_t>(worker)].data();
    cut_patches(c, data.image(first + i), p,
                [&](int channel, uint8_t byte) { return pixels[static_cast<size_t>(channel)][byte]; });
    const std::vector<float> of_image = run_folded(model, p);
    std::copy(of_image.begin(), of_image.end(), logits.data() + i * n);
    if (on_progress) on_progress(1);
  });
  return logits;
}

ClassList float_classes(const FoldedModel& model, const Dataset& data, size_t first, size_t count, ThreadPool& pool) {
  const std::vector<float> logits = float_logits(model, data, first, count, pool);
  const auto n = static_cast<size_t>(model.config.classes);
  ClassList classes(count);
  for (size_t i = 0; i < count; ++i) {
    const float* const of_image = logits.data() + i * n;
    classes[i] = static_cast<uint16_t>(std::max_element(of_image, of_image + n) - of_image);
  }
  return classes;
}

ClassList int8_classes(const IntModel& model, const Dataset& data, size_t first, size_t count, int threads) {
  const int n = model.config.classes;
  std::vector<int8_t> logits(count * static_cast<size_t>(n));
  Evaluator(model, threads).logits(data.image(first), count, logits.data());
  ClassList classes(count);
  for (size_t i = 0; i < count; ++i) classes[i] = static_cast<uint16_t>(argmax(logits.data() + i * n, n));
  return classes;
}

double agreement(const ClassList& a, const ClassList& b) {
  PSAFLOW_CHECK(a.size() == b.size(), "classes of other images");
  size_t equal = 0;
  for (size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i] ? 1 : 0;
  return a.empty() ? 0 : static_cast<double>(equal) / static_cast<double>(a.size());
}

double accuracy(const ClassList& classes, const Dataset& data, size_t first) {
  const auto from = data.labels.begin() + static_cast<ptrdiff_t>(first);
  return agreement(classes, ClassList(from, from + static_cast<ptrdiff_t>(classes.size())));
}

}  // namespace psaflow
