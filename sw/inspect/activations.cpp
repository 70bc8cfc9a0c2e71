#include "sw/inspect/activations.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/golden/reference.h"
#include "sw/train/trainer.h"

namespace psaflow {
namespace {

// One worker's counts. What it holds is independent of the order of images, so workers can be merged in any order; sums
// of magnitudes, which are not, are kept per image.
struct Counts {
  struct Of {
    TensorRange range;
    std::vector<double> low, high;  // [channels]
  };
  std::vector<Of> tensors;                  // in the order of the data
  std::vector<std::vector<uint64_t>> uses;  // [functions][channels, samples]
};

template <typename T>
void count_tensor(Counts::Of& to, const std::string& name, const T* values, int rows, int channels) {
  if (to.range.values == 0) {
    to.range.tensor = name;
    to.range.channels = channels;
    to.low.assign(values, values + channels);
    to.high = to.low;
  }
  to.range.values += static_cast<uint64_t>(rows) * static_cast<uint64_t>(channels);
  for (int r = 0; r < rows; ++r, values += channels) {
    for (int c = 0; c < channels; ++c) {
      const auto v = static_cast<double>(values[c]);
      to.low[static_cast<size_t>(c)] = std::min(to.low[static_cast<size_t>(c)], v);
      to.high[static_cast<size_t>(c)] = std::max(to.high[static_cast<size_t>(c)], v);
      to.range.zeros += v == 0 ? 1 : 0;
      if constexpr (sizeof(T) == 1) {
        to.range.at_low_limit += values[c] == -128 ? 1 : 0;
        to.range.at_high_limit += values[c] == 127 ? 1 : 0;
      }
    }
  }
}

template <typename T>
void count_uses(const FunctionSet& set, const T* values, int rows, std::vector<uint64_t>& uses) {
  const size_t samples = set.samples();
  const double first = set.x.front(), per_unit = static_cast<double>(samples - 1) / (set.x.back() - first);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < set.channels; ++c) {
      auto x = static_cast<double>(*values++);
      if (!set.scale.empty()) x = x * set.scale[static_cast<size_t>(c)] + set.offset[static_cast<size_t>(c)];
      const double place = (x - first) * per_unit;  // NaN, of a network that diverged, counts for the first
      const double inside = place > 0 ? std::min(place, static_cast<double>(samples - 1)) : 0;
      ++uses[static_cast<size_t>(c) * samples + static_cast<size_t>(inside + 0.5)];
    }
  }
}

TensorRange merge(const std::vector<Counts>& workers, size_t tensor, double sum_abs) {
  Counts::Of all;
  for (const Counts& worker : workers) {
    if (tensor >= worker.tensors.size()) continue;  // a worker that got no image
    const Counts::Of& one = worker.tensors[tensor];
    if (all.range.values == 0) {
      all = one;
      continue;
    }
    all.range.values += one.range.values;
    all.range.zeros += one.range.zeros;
    all.range.at_low_limit += one.range.at_low_limit;
    all.range.at_high_limit += one.range.at_high_limit;
    for (size_t c = 0; c < all.low.size(); ++c) {
      all.low[c] = std::min(all.low[c], one.low[c]);
      all.high[c] = std::max(all.high[c], one.high[c]);
    }
  }
  all.range.low = *std::min_element(all.low.begin(), all.low.end());
  all.range.high = *std::max_element(all.high.begin(), all.high.end());
  all.range.mean_abs = sum_abs / static_cast<double>(all.range.values);
  for (size_t c = 0; c < all.low.size(); ++c) all.range.constant_channels += all.low[c] == all.high[c] ? 1 : 0;
  return all.range;
}

// run(image, see): the network on one image, calling see(name, values, rows, channels) for each tensor in the order of
// the data.
template <typename Run>
std::vector<TensorRange> measure(const Dataset& data, size_t images, ThreadPool& pool,
                                 std::vector<FunctionSet>& functions, const std::function<void(size_t)>& on_progress,
                                 const Run& run) {
  images = std::min(images, data.count());
  PSAFLOW_CHECK(images > 0, "measure_activations: no images");
  Counts fresh;
  for (const FunctionSet& set : functions) fresh.uses.emplace_back(set.y.size(), 0);
  std::vector<Counts> workers(static_cast<size_t>(pool.size()), fresh);
  std::vector<std::vector<double>> sum_abs(images);  // [images][tensors]
  pool.run(images, [&](size_t image, int worker) {
    Counts& counts = workers[static_cast<size_t>(worker)];
    size_t tensor = 0;
    run(data.image(image), [&](const std::string& name, const auto* values, int rows, int channels) {
      if (counts.tensors.size() == tensor) counts.tensors.emplace_back();
      count_tensor(counts.tensors[tensor++], name, values, rows, channels);
      double sum = 0;
      for (int i = 0; i < rows * channels; ++i) sum += std::abs(static_cast<double>(values[i]));
      sum_abs[image].push_back(sum);
      for (size_t f = 0; f < functions.size(); ++f) {
        if (functions[f].input == name) count_uses(functions[f], values, rows, counts.uses[f]);
      }
    });
    if (on_progress) on_progress(1);
  });
  for (size_t f = 0; f < functions.size(); ++f) {
    functions[f].uses.assign(functions[f].y.size(), 0);
    for (const Counts& worker : workers) {
      for (size_t i = 0; i < worker.uses[f].size(); ++i) functions[f].uses[i] += worker.uses[f][i];
    }
  }
  std::vector<TensorRange> ranges;
  for (size_t t = 0; t < sum_abs[0].size(); ++t) {
    double sum = 0;
    for (const std::vector<double>& image : sum_abs) sum += image[t];
    ranges.push_back(merge(workers, t, sum));
  }
  return ranges;
}

void check_image(const ModelConfig& c, const Dataset& data) {
  PSAFLOW_CHECK(c.image_channels == data.channels && c.image_height == data.height && c.image_width == data.width,
                "measure_activations: the model takes other images");
}

}  // namespace

std::vector<TensorRange> measure_activations(const IntModel& model, const Dataset& data, size_t images,
                                             ThreadPool& pool, std::vector<FunctionSet>& functions,
                                             const std::function<void(size_t)>& on_progress) {
  const ModelConfig& c = model.config;
  check_image(c, data);
  const PatchCutter cutter(c);
  return measure(data, images, pool, functions, on_progress, [&](const uint8_t* image, const auto& see) {
    Int8Matrix patches(c.tokens(), c.features());
    cutter.cut(image, patches.data.data());
    see("input", patches.data.data(), patches.rows, patches.cols);
    run_reference(model.network, patches,
                  [&](const std::string& name, const Int8Matrix& m) { see(name, m.data.data(), m.rows, m.cols); });
  });
}

std::vector<TensorRange> measure_activations(const FoldedModel& model, const Dataset& data, size_t images,
                                             ThreadPool& pool, std::vector<FunctionSet>& functions,
                                             const std::function<void(size_t)>& on_progress) {
  const ModelConfig& c = model.config;
  check_image(c, data);
  const auto pixels = normalized_pixels(c);
  return measure(data, images, pool, functions, on_progress, [&](const uint8_t* image, const auto& see) {
    std::vector<float> patches(static_cast<size_t>(c.tokens()) * static_cast<size_t>(c.features()));
    cut_patches(c, image, patches.data(),
                [&](int channel, uint8_t byte) { return pixels[static_cast<size_t>(channel)][byte]; });
    see("input", patches.data(), c.tokens(), c.features());
    run_folded(model, patches.data(), [&](const std::string& name, const float* values, int rows, int channels) {
      see(name, values, rows, channels);
    });
  });
}

}  // namespace psaflow
