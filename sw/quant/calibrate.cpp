#include "sw/quant/calibrate.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/train/trainer.h"

namespace psaflow {

constexpr float kZero = 1e-30f;  // what is nearer to 0 has no scale that a float could hold

Calibration calibrate(const FoldedModel& model, const Dataset& data, size_t images, ThreadPool& pool) {
  const ModelConfig& c = model.config;
  images = std::min(images, data.count());
  constexpr size_t kSamples = 8192;
  // Of tokens; odd, or every image would give the same few of its tokens, whose number is mostly a power of two.
  const size_t stride = std::max<size_t>(1, images * c.tokens() / kSamples) | 1;
  const auto pixels = normalized_pixels(c);
  std::vector<Calibration> parts(images);  // one an image, so that the order of samples does not depend on the threads
  pool.run(images, [&](size_t i, int) {
    std::vector<float> patches(static_cast<size_t>(c.tokens()) * c.features());
    cut_patches(c, data.image(i), patches.data(), [&](int ch, uint8_t p) { return pixels[ch][p]; });
    run_folded(model, patches.data(), [&](const std::string& name, const float* values, int rows, int channels) {
      if (!std::all_of(values, values + static_cast<size_t>(rows) * channels, [](float v) { return std::isfinite(v); }))
        throw UserError("", name, "a value that is not finite", "a network whose values on training images are finite");
      const size_t step = rows > 1 ? stride : 1, before = i * static_cast<size_t>(rows) % step;
      const auto first = static_cast<int>(before == 0 ? 0 : step - before);  // of the image's rows that is sampled
      if (first >= rows) return;
      ChannelSamples& s = parts[i][name];
      s.channels.resize(channels);
      for (int r = first; r < rows; r += static_cast<int>(step)) {
        for (int ch = 0; ch < channels; ++ch) s.channels[ch].push_back(values[static_cast<size_t>(r) * channels + ch]);
      }
    });
  });
  Calibration all;
  for (const Calibration& part : parts) {
    for (const auto& [name, samples] : part) {
      ChannelSamples& to = all[name];
      to.channels.resize(samples.channels.size());
      for (size_t ch = 0; ch < samples.channels.size(); ++ch) {
        to.channels[ch].insert(to.channels[ch].end(), samples.channels[ch].begin(), samples.channels[ch].end());
      }
    }
  }
  return all;
}

double best_scale(const std::vector<const std::vector<float>*>& samples, int low) {
  float largest = 0;
  for (const auto* channel : samples) {
    for (float v : *channel) largest = std::max(largest, low == 0 ? v : std::abs(v));
  }
  if (!(largest > kZero)) return 1;
  constexpr int kSteps = 24;
  double best = 0, least = INFINITY;
  for (int i = 0; i < kSteps; ++i) {
    const float scale = 127.f / (largest * (1 - 0.75f * static_cast<float>(i) / kSteps));
    double error = 0;
    for (const auto* channel : samples) {
      float sum = 0;
      for (float v : *channel) {
        const float rounded = std::min(127.f, std::max(static_cast<float>(low), std::nearbyint(v * scale)));
        const float delta = rounded / scale - v;
        sum += delta * delta;
      }
      error += sum;
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

}  // namespace psaflow
