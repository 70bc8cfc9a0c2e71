// Images to run a network on, from whatever source: a split of a data folder, or NumPy arrays of one's own.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sw/base/shard.h"
#include "sw/data/cifar10.h"
#include "sw/network/image_input.h"

namespace psaflow {

struct ImageSource {
  std::string dir;          // a data folder (sw/data/split.h), unless images_path is given
  bool test_split = true;   // else the training split
  std::string images_path;  // .npy, uint8 [N, C, H, W]
  std::string labels_path;  // .npy, integers [N]; empty: no labels
  size_t limit = 0;         // the first N images; 0: all
  Shard shard;              // a share of those, neighbours

  bool is_own() const { return !images_path.empty(); }
  bool is_cifar10() const;  // the images of a data folder of that form, of ten classes whatever the network
  Split split() const { return test_split ? Split::kTest : Split::kTrain; }
  std::vector<std::string> paths() const;                                    // of the files that are read
  std::string text() const;                                                  // "sw/data/samples (test split)", "x.npy"
  const std::string& place() const { return is_own() ? images_path : dir; }  // that errors name
};

struct ImageSet {
  int channels = 0, height = 0, width = 0;
  std::vector<uint8_t> images;  // [count, C, H, W]
  std::vector<int32_t> labels;  // [count], at least 0; empty: not known
  size_t count = 0;             // at least 1

  size_t image_bytes() const { return static_cast<size_t>(channels) * height * width; }
  const uint8_t* image(size_t i) const { return images.data() + i * image_bytes(); }
};

// UserError on files that are missing or wrong, on images that are not what `input` takes and on labels that are not as
// many as the images or not in 0..classes-1 (CIFAR-10's are 0..9, whatever the classes).
ImageSet load_images(const ImageSource& source, const ImageInput& input, int classes);

// The same with a label an image, which arrays of one's own must have.
Dataset load_labelled(const ImageSource& source, const ImageInput& input, int classes);

}  // namespace psaflow
