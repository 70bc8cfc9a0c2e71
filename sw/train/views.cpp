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
  for (double mean : recipe.net.model.mean) fill_.push_back(static_cast<uint8_t>(std::lround(mean * 255)));
}

void ViewSource::make(int view, uint32_t image, uint8_t* pixels, float* target) const {
  Rng rng = Rng::stream(seed_, static_cast<uint64_t>(view), image);
  const auto augmented = [&](uint32_t i, uint8_t* out) {
    augment(data_.image(i), kCifarChannels, kCifarSide, augmentation_, fill_.data(), rng, out);
  };
  augmented(image, pixels);
  std::fill_n(target, classes_, smoothing_ / static_cast<float>(classes_));
  float own = 1;  // this image's share of the view
  const double choice = augmentation_.mixup + augmentation_.cutmix > 0 ? rng.uniform() : 1;
  if (choice < augmentation_.mixup + augmentation_.cutmix) {
    const auto other = static_cast<uint32_t>(rng.below(images_));
    const double share = rng.uniform();
    uint8_t partner[kCifarImageBytes];
    augmented(other, partner);
    if (choice < augmentation_.mixup) {
      const auto weight = static_cast<int>(std::lround(256 * share));
      for (size_t i = 0; i < kCifarImageBytes; ++i) {
        pixels[i] = static_cast<uint8_t>((weight * pixels[i] + (256 - weight) * partner[i] + 128) >> 8);
      }
      own = static_cast<float>(weight) / 256;
    } else {  // a rectangle of the image's proportions, cut off at its border
      const double half = 0.5 * std::sqrt(1 - share) * kCifarSide;
      const double cx = rng.uniform() * kCifarSide, cy = rng.uniform() * kCifarSide;
      const auto bound = [](double v) { return static_cast<int>(std::clamp(std::lround(v), 0l, long{kCifarSide})); };
      const int left = bound(cx - half), right = bound(cx + half), top = bound(cy - half), bottom = bound(cy + half);
      for (int c = 0; c < kCifarChannels; ++c) {
        for (int y = top; y < bottom; ++y) {
          const int row = (c * kCifarSide + y) * kCifarSide;
          std::copy(partner + row + left, partner + row + right, pixels + row + left);
        }
      }
      own = 1 - static_cast<float>((right - left) * (bottom - top)) / (kCifarSide * kCifarSide);
    }
    target[data_.labels[other]] += (1 - smoothing_) * (1 - own);
  }
  target[data_.labels[image]] += (1 - smoothing_) * own;
}

}  // namespace psaflow
