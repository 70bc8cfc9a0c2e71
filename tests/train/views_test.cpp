// Views: reproducible, labels in proportion to what is seen; each image operation does what its name says.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "sw/train/rand_augment.h"
#include "sw/train/views.h"

namespace psaflow {
namespace {

// Images of one colour a class: image i is all 20 * label.
Dataset flat_images(size_t count) {
  Dataset data;
  for (size_t i = 0; i < count; ++i) {
    data.labels.push_back(static_cast<uint8_t>(i % 10));
    data.images.insert(data.images.end(), kCifarImageBytes, static_cast<uint8_t>(20 * (i % 10)));
  }
  return data;
}

Recipe recipe_with(double mixup, double cutmix) {
  Recipe r;
  r.net.model.mean = {0.5, 0.5, 0.5};
  r.augmentation = {0, false, 0};
  r.augmentation.mixup = mixup;
  r.augmentation.cutmix = cutmix;
  r.label_smoothing = 0;
  r.holdout = 10;
  return r;
}

std::vector<uint8_t> noise_image(uint64_t seed) {
  Rng rng(seed);
  std::vector<uint8_t> image(kCifarImageBytes);
  for (uint8_t& v : image) v = static_cast<uint8_t>(60 + rng.below(120));
  return image;
}

const uint8_t kFill[3] = {1, 2, 3};

std::vector<uint8_t> after(ImageOperation operation, double strength, std::vector<uint8_t> image) {
  apply_operation(operation, strength, kFill, {kCifarChannels, kCifarSide, kCifarSide}, image.data());
  return image;
}

}  // namespace

TEST_CASE("a view is the same whenever it is made, and others are others") {
  const Dataset data = flat_images(50);
  Recipe recipe = recipe_with(0.5, 0.5);
  recipe.augmentation.crop_pad = 4;
  const ViewSource views(recipe, data), again(recipe, data);
  CHECK(views.images() == 40);
  std::vector<uint8_t> a(kCifarImageBytes), b(a), c(a);
  float target[10];
  views.make(3, 7, a.data(), target);
  views.make(4, 7, c.data(), target);
  again.make(3, 7, b.data(), target);
  CHECK(a == b);
  CHECK(a != c);
  CHECK(views.view_of_epoch(100) == 100);
  recipe.distillation = {"t", 1, 1, 32};
  CHECK(ViewSource(recipe, data).view_of_epoch(100) == 4);
}

TEST_CASE("labels of a blend are in proportion to its pixels") {
  const Dataset data = flat_images(50);
  const double mixup = GENERATE(0.0, 1.0);
  const ViewSource views(recipe_with(mixup, 1 - mixup), data);
  std::vector<uint8_t> pixels(kCifarImageBytes);
  int blends = 0;
  for (uint32_t image = 0; image < views.images(); ++image) {
    float target[10];
    views.make(0, image, pixels.data(), target);
    const double mean = std::accumulate(pixels.begin(), pixels.end(), 0.0) / kCifarImageBytes;
    double expected = 0, sum = 0;
    for (int k = 0; k < 10; ++k) {
      expected += 20.0 * k * double{target[k]};
      sum += double{target[k]};
    }
    CHECK(sum == Approx(1));
    CHECK(mean == Approx(expected).margin(0.6));  // bytes are rounded
    blends += target[image % 10] < 0.95f ? 1 : 0;
    const auto [low, high] = std::minmax_element(pixels.begin(), pixels.end());
    if (mixup == 1) CHECK(*low == *high);  // flat images blend into a flat one; a rectangle has both colours
  }
  CHECK(blends > 20);
}

TEST_CASE("image operations do what their names say") {
  const std::vector<uint8_t> image = noise_image(5);
  const auto mean = [](const std::vector<uint8_t>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  };
  const auto spread = [](const std::vector<uint8_t>& v) {
    const auto [low, high] = std::minmax_element(v.begin(), v.end());
    return *high - *low;
  };
  for (int op = 0; op < kImageOperations; ++op) {  // strength 0: nothing, but for the two that know no strength
    const auto operation = static_cast<ImageOperation>(op);
    if (operation == ImageOperation::kAutoContrast || operation == ImageOperation::kEqualize) continue;
    INFO("operation " << op);
    CHECK(after(operation, 0, image) == image);
  }
  CHECK(after(ImageOperation::kIdentity, 1, image) == image);
  CHECK(spread(after(ImageOperation::kAutoContrast, 1, image)) == 255);
  const std::vector<uint8_t> flat = after(ImageOperation::kEqualize, 1, image);
  CHECK(std::count_if(flat.begin(), flat.end(), [](uint8_t v) { return v < 128; }) == Approx(1536).margin(100));
  CHECK(after(ImageOperation::kPosterize, 1, image)[0] == (image[0] & 0xf0));
  CHECK(after(ImageOperation::kSolarize, 1, image)[0] == 255 - image[0]);
  CHECK(mean(after(ImageOperation::kBrightness, 0.5, image)) > mean(image));
  CHECK(mean(after(ImageOperation::kBrightness, -0.5, image)) < mean(image));
  CHECK(spread(after(ImageOperation::kContrast, -0.9, image)) < spread(image) / 2);
  const std::vector<uint8_t> grey = after(ImageOperation::kColor, -1, image);
  CHECK(std::abs(grey[100] - grey[1124]) <= 25);  // a tenth of the colour is left
  CHECK(std::abs(after(ImageOperation::kSharpness, 1, image)[500] - image[500]) <= 130);
  const std::vector<uint8_t> moved = after(ImageOperation::kTranslateX, 0.5, image);  // by 0.15 * 32, about 5
  CHECK(moved[10] == image[15]);
  CHECK(moved[31] == kFill[0]);
  CHECK(after(ImageOperation::kTranslateY, -0.5, image)[32 * 12] == image[32 * 7]);
  const std::vector<uint8_t> turned = after(ImageOperation::kRotate, 1, image);
  CHECK(turned[0] == kFill[0]);
  CHECK(turned[1024 + 31] == kFill[1]);
  CHECK(after(ImageOperation::kShearX, 1, image)[31] != image[31]);
}

}  // namespace psaflow
