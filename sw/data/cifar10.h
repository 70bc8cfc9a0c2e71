// CIFAR-10 in its binary version: records of one label byte and 3072 image bytes (R, G, B planes of 32 x 32).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

constexpr int kCifarClasses = 10;
constexpr int kCifarChannels = 3, kCifarSide = 32;
constexpr size_t kCifarImageBytes = 3072;

using ClassList = std::vector<uint16_t>;  // of images, one after the other

// Images with labels: CIFAR-10's, or of one's own (sw/data/split.h).
struct Dataset {
  std::vector<uint8_t> images;  // [count, channels, height, width]
  ClassList labels;             // [count]
  int channels = kCifarChannels, height = kCifarSide, width = kCifarSide;
  size_t count() const { return labels.size(); }
  size_t image_bytes() const { return static_cast<size_t>(channels) * height * width; }
  const uint8_t* image(size_t i) const { return images.data() + i * image_bytes(); }
};

const char* cifar_class_name(int label);

enum class Split { kTrain, kTest };

// DIR/test_batch.bin, or DIR/data_batch_1..5.bin in order; each file any whole number of records, at least one. A
// split of which DIR has no file is read from DIR/cifar-10-batches-bin, the folder of the official archive.
// limit 0: all. UserError on a missing or truncated file or a label above 9.
Dataset load_cifar10(const std::string& dir, Split split, size_t limit = 0);
Dataset parse_cifar10(const std::vector<char>& bytes, const std::string& name, size_t limit = 0);
// The files that a split is read from, in order.
std::vector<std::string> cifar10_paths(const std::string& dir, Split split);

// SHA-256 of all images and labels in their order, whatever files they came from: what a training run was begun with.
std::string fingerprint(const Dataset& data);

}  // namespace psaflow
