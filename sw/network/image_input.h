// How the bytes of an image become the network's input tensor.
#pragma once
#include <cstddef>
#include <vector>

namespace psaflow {

// What of an image enters a network: its patches, normalised (T x F of the contract), or its bytes as they are, line by
// line, the channels of a pixel together or one colour plane after the other.
enum class ImageForm { kPatches, kInterleaved, kPlanar };

struct ImageInput {
  int image_channels = 3, image_height = 32, image_width = 32;
  int patch = 4;
  std::vector<double> mean, std;  // [image_channels]
  double input_scale = 1;         // INT8 steps per unit of the normalised pixel
  ImageForm form = ImageForm::kPatches;

  int tokens() const { return (image_height / patch) * (image_width / patch); }  // T
  int features() const { return patch * patch * image_channels; }                // F
  size_t image_bytes() const { return static_cast<size_t>(image_channels) * image_height * image_width; }
};

}  // namespace psaflow
