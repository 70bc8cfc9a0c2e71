#include "sw/data/image_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/base/error.h"
#include "sw/data/split.h"
#include "sw/io/npy.h"

namespace psaflow {
namespace {

void check_shape(const std::string& file, const std::vector<size_t>& shape, const std::string& found,
                 const ImageInput& input) {
  const std::vector<size_t> wanted = {static_cast<size_t>(input.image_channels),
                                      static_cast<size_t>(input.image_height), static_cast<size_t>(input.image_width)};
  if (shape.size() == 4 && shape[0] > 0 && std::equal(wanted.begin(), wanted.end(), shape.begin() + 1)) return;
  throw UserError(
      file, "shape", found,
      fmt::format("[N,{},{},{}] with N >= 1, the images that the model takes", wanted[0], wanted[1], wanted[2]));
}

ImageSet own_images(const ImageSource& source, const ImageInput& input, int classes) {
  NpyArray images = load_npy(source.images_path);
  if (images.kind != 'u' || images.element_bytes != 1)
    throw UserError(source.images_path, "type", images.type(), "uint8: a byte a pixel and channel, [N,C,H,W]");
  check_shape(source.images_path, images.shape, images.shape_text(), input);
  ImageSet set{input.image_channels, input.image_height, input.image_width, {}, {}, images.shape[0]};
  if (!source.labels_path.empty()) {
    const NpyArray labels = load_npy(source.labels_path);
    if (labels.kind == 'f') throw UserError(source.labels_path, "type", labels.type(), "integers");
    if (labels.shape.size() != 1 || labels.shape[0] != set.count)
      throw UserError(source.labels_path, "shape", labels.shape_text(),
                      fmt::format("[{}], a label an image", set.count));
    for (size_t i = 0; i < set.count; ++i) {
      const int64_t label = labels.integer(i);
      if (label < 0 || label >= classes) {
        throw UserError(source.labels_path, fmt::format("label of image {}", i), std::to_string(label),
                        fmt::format("0..{}, the classes of the model", classes - 1));
      }
      set.labels.push_back(static_cast<int32_t>(label));
    }
  }
  if (source.limit > 0) set.count = std::min(set.count, source.limit);
  if (!set.labels.empty()) set.labels.resize(set.count);
  const auto* bytes = reinterpret_cast<const uint8_t*>(images.data.data());
  set.images.assign(bytes, bytes + set.count * set.image_bytes());
  return set;
}

}  // namespace

bool ImageSource::is_cifar10() const {
  return !is_own() && data_form(dir) == DataForm::kCifar10;
}

std::vector<std::string> ImageSource::paths() const {
  if (!is_own()) return split_paths(dir, split());
  return labels_path.empty() ? std::vector<std::string>{images_path}
                             : std::vector<std::string>{images_path, labels_path};
}

std::string ImageSource::text() const {
  return is_own() ? images_path : fmt::format("{} ({} split)", dir, test_split ? "test" : "train");
}

namespace {

ImageSet all_images(const ImageSource& source, const ImageInput& input, int classes) {
  if (source.is_own()) return own_images(source, input, classes);
  if (!source.is_cifar10()) {
    Dataset data = load_split(source.dir, source.split(), input, classes, source.limit);
    ImageSet set{data.channels, data.height, data.width, std::move(data.images), {}, data.labels.size()};
    set.labels.assign(data.labels.begin(), data.labels.end());
    return set;
  }
  check_shape(source.dir, {1, kCifarChannels, kCifarSide, kCifarSide}, "[N,3,32,32], CIFAR-10's", input);
  Dataset data = load_cifar10(source.dir, source.split(), source.limit);
  ImageSet set{kCifarChannels, kCifarSide, kCifarSide, std::move(data.images), {}, data.labels.size()};
  set.labels.assign(data.labels.begin(), data.labels.end());
  return set;
}

}  // namespace

ImageSet load_images(const ImageSource& source, const ImageInput& input, int classes) {
  ImageSet set = all_images(source, input, classes);
  if (source.shard.count <= 1) return set;
  const size_t begin = source.shard.begin(set.count), end = source.shard.end(set.count);
  if (begin == end)
    throw UserError(source.place(), "images", fmt::format("{} for {} shares", set.count, source.shard.count),
                    fmt::format("at most {} shares", set.count));
  const auto part = [&](auto& values, size_t each) {
    if (values.empty()) return;
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(end * each), values.end());
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(begin * each));
  };
  part(set.images, set.image_bytes());
  part(set.labels, 1);
  set.count = end - begin;
  return set;
}

Dataset load_labelled(const ImageSource& source, const ImageInput& input, int classes) {
  if (!source.is_own()) return load_split(source.dir, source.split(), input, classes, source.limit);
  PSAFLOW_CHECK(!source.labels_path.empty(), "images to be labelled have labels");
  ImageSet set = own_images(source, input, classes);
  Dataset data;
  data.images = std::move(set.images);
  data.labels.assign(set.labels.begin(), set.labels.end());
  data.channels = set.channels;
  data.height = set.height;
  data.width = set.width;
  return data;
}

}  // namespace psaflow
