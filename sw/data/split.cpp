#include "sw/data/split.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/image_set.h"
#include "sw/data/png_folder.h"

namespace psaflow {
namespace {

// The images' and the labels' file of a split.
struct Pair {
  std::string images, labels;
};

Pair npy_files(const std::string& dir, Split split) {
  const std::string stem = dir + (split == Split::kTrain ? "/train-" : "/test-");
  return {stem + "images.npy", stem + "labels.npy"};
}

Pair idx_files(const std::string& dir, Split split) {
  const std::string stem = dir + (split == Split::kTrain ? "/train-" : "/t10k-");
  return {stem + "images-idx3-ubyte", stem + "labels-idx1-ubyte"};
}

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::string shape_of(const ImageInput& input) {
  return fmt::format("[{},{},{}]", input.image_channels, input.image_height, input.image_width);
}

// An IDX file of bytes: two zeros, the type 8 (unsigned byte), the number of dimensions, each of them in four bytes,
// high byte first, and the values.
struct Idx {
  std::vector<uint32_t> shape;
  std::vector<char> bytes;
  size_t first = 0;  // where the values begin
};

Idx load_idx(const std::string& path, size_t dimensions) {
  const std::string allowed =
      fmt::format("an IDX file of unsigned bytes in {} dimension{}, whole", dimensions, dimensions == 1 ? "" : "s");
  Idx idx;
  idx.bytes = read_file(path);
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(idx.bytes[i])); };
  idx.first = 4 + 4 * dimensions;
  if (idx.bytes.size() < idx.first || byte(0) != 0 || byte(1) != 0 || byte(2) != 8 || byte(3) != dimensions)
    throw UserError(path, "header", "no such one", allowed);
  uint64_t size = 1;
  const uint64_t most = idx.bytes.size();  // of bytes: a product beyond it is wrong, and must not overflow
  for (size_t d = 0; d < dimensions; ++d) {
    const size_t at = 4 + 4 * d;
    idx.shape.push_back(byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3));
    size = std::min(size * idx.shape.back(), most);
  }
  if (size != idx.bytes.size() - idx.first)
    throw UserError(path, "size", fmt::format("{} bytes of values", idx.bytes.size() - idx.first), allowed);
  return idx;
}

Dataset load_idx_split(const std::string& dir, Split split, const ImageInput& input, int classes, size_t limit) {
  const auto [images_path, labels_path] = idx_files(dir, split);
  const Idx images = load_idx(images_path, 3), labels = load_idx(labels_path, 1);
  if (input.image_channels != 1 || images.shape[1] != static_cast<uint32_t>(input.image_height) ||
      images.shape[2] != static_cast<uint32_t>(input.image_width)) {
    throw UserError(images_path, "shape",
                    fmt::format("[{},1,{},{}]", images.shape[0], images.shape[1], images.shape[2]),
                    shape_of(input) + ", the images that the network takes");
  }
  if (images.shape[0] == 0 || labels.shape[0] != images.shape[0])
    throw UserError(labels_path, "labels", std::to_string(labels.shape[0]),
                    fmt::format("{}, a label an image, and at least one", images.shape[0]));
  Dataset data;
  data.channels = 1;
  data.height = input.image_height;
  data.width = input.image_width;
  const size_t count = limit == 0 ? images.shape[0] : std::min<size_t>(limit, images.shape[0]);
  const auto* pixels = reinterpret_cast<const uint8_t*>(images.bytes.data()) + images.first;
  data.images.assign(pixels, pixels + count * data.image_bytes());
  for (size_t i = 0; i < count; ++i) {
    const auto label = static_cast<uint8_t>(labels.bytes[labels.first + i]);
    if (label >= classes)
      throw UserError(labels_path, fmt::format("label of image {}", i), std::to_string(label),
                      fmt::format("0..{}, the classes of the network", classes - 1));
    data.labels.push_back(label);
  }
  return data;
}

}  // namespace

DataForm data_form(const std::string& dir) {
  for (const Split split : {Split::kTrain, Split::kTest}) {
    if (is_there(npy_files(dir, split).images)) return DataForm::kNpy;
    if (is_there(idx_files(dir, split).images)) return DataForm::kIdx;
  }
  return is_there(dir + "/train/.") ? DataForm::kPng : DataForm::kCifar10;
}

std::vector<std::string> split_paths(const std::string& dir, Split split) {
  switch (data_form(dir)) {
    case DataForm::kCifar10:
      return cifar10_paths(dir, split);
    case DataForm::kNpy:
      return {npy_files(dir, split).images, npy_files(dir, split).labels};
    case DataForm::kIdx:
      return {idx_files(dir, split).images, idx_files(dir, split).labels};
    case DataForm::kPng:
      return {};
  }
  return {};
}

Dataset load_split(const std::string& dir, Split split, const ImageInput& input, int classes, size_t limit) {
  switch (data_form(dir)) {
    case DataForm::kNpy: {
      ImageSource source;
      source.images_path = npy_files(dir, split).images;
      source.labels_path = npy_files(dir, split).labels;
      source.limit = limit;
      return load_labelled(source, input, classes);
    }
    case DataForm::kIdx:
      return load_idx_split(dir, split, input, classes, limit);
    case DataForm::kPng:
      return detail::load_png_split(dir, split, input, classes, limit);
    case DataForm::kCifar10:
      break;
  }
  Dataset data = load_cifar10(dir, split, limit);
  if (shape_of(input) != shape_of({}))
    throw UserError(dir, "images", shape_of({}) + ", CIFAR-10's",
                    shape_of(input) + ", the images that the network takes (sw/data/README.md: folders of one's own)");
  if (classes < kCifarClasses)
    throw UserError(dir, "classes", fmt::format("{}, CIFAR-10's", kCifarClasses),
                    fmt::format("the {} of the network", classes));
  return data;
}

Normalization measure_normalization(const Dataset& data, size_t images) {
  Normalization n;
  const size_t plane = static_cast<size_t>(data.height) * data.width;
  const auto rounded = [](double v) { return std::round(v * 1e4) / 1e4; };
  for (size_t c = 0; c < static_cast<size_t>(data.channels); ++c) {
    uint64_t sum = 0, squares = 0;  // exact: of integers
    for (size_t i = 0; i < images; ++i) {
      const uint8_t* p = data.image(i) + c * plane;
      for (size_t k = 0; k < plane; ++k) {
        sum += p[k];
        squares += uint64_t{p[k]} * p[k];
      }
    }
    const double count = static_cast<double>(images * plane), mean = static_cast<double>(sum) / count;
    const double deviation = std::sqrt(std::max(0.0, static_cast<double>(squares) / count - mean * mean)) / 255;
    n.mean.push_back(rounded(mean / 255));
    n.std.push_back(deviation < 1e-3 ? 1 : rounded(deviation));
  }
  return n;
}

}  // namespace psaflow
