#include "sw/quant/layer_noise.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "sw/data/normalize.h"
#include "sw/golden/reference.h"
#include "sw/train/trainer.h"

namespace psaflow {
namespace {

// INT8 steps per unit of every tensor, by channel or one for all.
std::map<std::string, std::vector<double>> scales_by_tensor(const Ranges& ranges) {
  std::map<std::string, std::vector<double>> scales;
  const std::string suffix = ".log2_scale";
  for_each_range(ranges, [&](const std::string& name, const double* values, size_t count) {
    scales[name.substr(0, name.size() - suffix.size())].assign(values, values + count);
  });
  for (size_t b = 0; b < ranges.blocks.size(); ++b)
    scales[block_layer(b, "channel.fc2")] = ranges.blocks[b].channel_add;  // what it is added to
  scales["pool"] = ranges.blocks.empty() ? ranges.embed : ranges.blocks.back().channel_add;
  return scales;
}

struct Sums {
  double signal = 0, noise = 0, range = 0;
  uint64_t clipped = 0, values = 0;
};

}  // namespace

std::vector<LayerNoise> compare_layers(const FoldedModel& folded, const Ranges& ranges, const IntModel& model,
                                       const Dataset& data, size_t images, ThreadPool& pool) {
  const ModelConfig& c = model.config;
  images = std::min(images, data.count());
  const auto pixels = normalized_pixels(c);
  const PatchCutter cutter(c);
  const auto scales = scales_by_tensor(ranges);
  std::vector<std::map<std::string, Sums>> parts(images);  // one an image: sums do not depend on the threads
  pool.run(images, [&](size_t i, int) {
    std::vector<float> patches(static_cast<size_t>(c.tokens()) * c.features());
    Int8Matrix integers(c.tokens(), c.features());
    cut_patches(c, data.image(i), patches.data(),
                [&](int ch, uint8_t p) { return pixels[static_cast<size_t>(ch)][p]; });
    cutter.cut(data.image(i), integers.data.data());
    std::map<std::string, Int8Matrix> taps;
    run_reference(model.network, integers, [&](const std::string& name, const Int8Matrix& v) { taps[name] = v; });
    run_folded(folded, patches.data(), [&](const std::string& name, const float* v, int rows, int channels) {
      const auto tap = taps.find(name);
      const auto scale = scales.find(name);
      if (tap == taps.end() || scale == scales.end()) return;
      Sums& s = parts[i][name];
      for (int k = 0; k < rows * channels; ++k) {
        const auto channel = scale->second.size() == 1 ? size_t{0} : static_cast<size_t>(k % channels);
        const int8_t q = tap->second.data[static_cast<size_t>(k)];
        const double x = v[k], delta = q / scale->second[channel] - x;
        s.signal += x * x;
        s.noise += delta * delta;
        s.range = std::max(s.range, std::abs(x));
        s.clipped += q == -128 || q == 127 ? 1 : 0;
        ++s.values;
      }
    });
  });
  std::vector<LayerNoise> layers;
  for (const Node& node : model.network.nodes) {
    Sums all;
    for (const auto& part : parts) {
      const auto of = part.find(node.name);
      if (of == part.end()) continue;
      all.signal += of->second.signal;
      all.noise += of->second.noise;
      all.range = std::max(all.range, of->second.range);
      all.clipped += of->second.clipped;
      all.values += of->second.values;
    }
    if (all.values == 0) continue;
    constexpr double kMostDb = 200;
    const double db = all.noise > 0 ? 10 * std::log10(all.signal / all.noise) : kMostDb;
    layers.push_back({node.name, all.range, static_cast<double>(all.clipped) / static_cast<double>(all.values),
                      std::clamp(std::isfinite(db) ? db : -kMostDb, -kMostDb, kMostDb)});
  }
  return layers;
}

}  // namespace psaflow
