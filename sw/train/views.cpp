#include "sw/train/views.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/base/rng.h"
#include "sw/train/augment.h"

namespace psaflow {

ViewSource::ViewSource(const Recipe& recipe, const Dataset& data)
    : data_(data),
      augmentation_(recipe.augmentation),
      images_(data.count() - std::min(data.count(), static_cast<size_t>(recipe.holdout))),
      seed_(recipe.seed),
      classes_(recipe.net.model.classes),
      views_(recipe.distillation.teacher.empty() ? 0 : recipe.distillation.views),
      smoothing_(static_cast<float>(recipe.label_smoothing)) {
  if (images_ == 0) {
    throw UserError("", "training split", std::to_string(data.count()) + " images",
                    "more than the recipe's holdout of " + std::to_string(recipe.holdout));
  }
  const ModelConfig& m = recipe.net.model;
  PSAFLOW_CHECK(data.channels == m.image_channels && data.height == m.image_height && data.width == m.image_width,
                "images of the recipe's shape");
  for (double mean : m.mean) fill_.push_back(static_cast<uint8_t>(std::lround(std::clamp(mean, 0.0, 1.0) * 255)));
}

void ViewSource::make(int view, uint32_t image, uint8_t* pixels, float* target) const {
  Rng rng = Rng::stream(seed_, static_cast<uint64_t>(view), image);
  const auto augmented = [&](uint32_t i, uint8_t* out) {
    augment(data_.image(i), {data_.channels, data_.height, data_.width}, augmentation_, fill_.data(), rng, out);
  };
  augmented(image, pixels);
  std::fill_n(target, classes_, smoothing_ / static_cast<float>(classes_));
  float own = 1;  // this image's share of the view
  const double choice = augmentation_.mixup + augmentation_.cutmix > 0 ? rng.uniform() : 1;
  if (choice < augmentation_.mixup + augmentation_.cutmix) {
    const auto other = static_cast<uint32_t>(rng.below(images_));
    const double share = rng.uniform();
    std::vector<uint8_t> partner(data_.image_bytes());
    augmented(other, partner.data());
    if (choice < augmentation_.mixup) {
      const auto weight = static_cast<int>(std::lround(256 * share));
      for (size_t i = 0; i < partner.size(); ++i) {
        pixels[i] = static_cast<uint8_t>((weight * pixels[i] + (256 - weight) * partner[i] + 128) >> 8);
      }
      own = static_cast<float>(weight) / 256;
    } else {  // a rectangle of the image's proportions, cut off at its border
      const int width = data_.width, height = data_.height;
      const double side = 0.5 * std::sqrt(1 - share), half_x = side * width, half_y = side * height;
      const double cx = rng.uniform() * width, cy = rng.uniform() * height;
      const auto bound = [](double v, int most) {
        return static_cast<int>(std::clamp(std::lround(v), 0l, long{most}));
      };
      const int left = bound(cx - half_x, width), right = bound(cx + half_x, width), top = bound(cy - half_y, height),
                bottom = bound(cy + half_y, height);
      for (int c = 0; c < data_.channels; ++c) {
        for (int y = top; y < bottom; ++y) {
          const uint8_t* const row = partner.data() + (c * height + y) * width;
          std::copy(row + left, row + right, pixels + (c * height + y) * width + left);
        }
      }
      own = 1 - static_cast<float>((right - left) * (bottom - top)) / static_cast<float>(width * height);
    }
    target[data_.labels[other]] += (1 - smoothing_) * (1 - own);
  }
  target[data_.labels[image]] += (1 - smoothing_) * own;
}

}  // namespace psaflow
