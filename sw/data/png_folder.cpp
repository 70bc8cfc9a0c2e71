#include "sw/data/png_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/base/rng.h"
#include "sw/base/words.h"
#include "sw/data/png_reader.h"

namespace psaflow::detail {
namespace {

namespace fs = std::filesystem;

// "9" before "10": numbers by value, and before words.
bool in_order(const std::string& a, const std::string& b) {
  const auto number = [](const std::string& s) {
    return !s.empty() && s.size() < 10 && s.find_first_not_of("0123456789") == std::string::npos;
  };
  if (number(a) && number(b) && std::stoi(a) != std::stoi(b)) return std::stoi(a) < std::stoi(b);
  if (number(a) != number(b)) return number(a);
  return a < b;
}

// Names in a folder, without hidden ones, in order; folders or files.
std::vector<std::string> names_in(const std::string& folder, bool folders) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entries(folder, error);
  if (error) throw UserError(folder, "PNG images", error.message(), "a folder that can be read");
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename();
    if (name[0] != '.' && entry.is_directory() == folders) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), in_order);
  return names;
}

bool is_png(const std::string& name) {
  return ends_with(name, ".png") || ends_with(name, ".PNG");
}

// C*H*W bytes in planes.
void read_png(const std::string& path, const ImageInput& input, uint8_t* planes) {
  const std::vector<char> file = read_file(path);
  PngReader png;
  if (png_image_begin_read_from_memory(png.get(), file.data(), file.size()) == 0)
    throw UserError(path, "PNG", png->message, "an intact PNG");
  const bool color = (png->format & PNG_FORMAT_FLAG_COLOR) != 0;
  const auto channels = static_cast<size_t>(input.image_channels);
  if (png->width != static_cast<uint32_t>(input.image_width) ||
      png->height != static_cast<uint32_t>(input.image_height) || (color && channels < 3)) {
    throw UserError(path, "PNG", fmt::format("{} x {}{}", png->width, png->height, color ? ", in colour" : ", grey"),
                    fmt::format("{} x {}{}: the network takes [{},{},{}]", input.image_width, input.image_height,
                                channels < 3 ? ", grey" : "", channels, input.image_height, input.image_width));
  }
  constexpr png_uint_32 kFormats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
  png->format = kFormats[channels - 1];
  std::vector<uint8_t> pixels(PNG_IMAGE_SIZE(*png.get()));
  const png_color black = {0, 0, 0};  // behind what is transparent, where the network takes no alpha
  if (png_image_finish_read(png.get(), &black, pixels.data(), 0, nullptr) == 0)
    throw UserError(path, "PNG", png->message, "an intact PNG");
  const size_t plane = pixels.size() / channels;
  for (size_t i = 0; i < pixels.size(); ++i) planes[i % channels * plane + i / channels] = pixels[i];
}

}  // namespace

Dataset load_png_split(const std::string& dir, Split split, const ImageInput& input, int classes, size_t limit) {
  if (input.image_channels > 4)
    throw UserError(dir, "PNG images", fmt::format("a network of {} channels", input.image_channels),
                    "1 (grey), 2 (grey, alpha), 3 (red, green, blue) or 4; NumPy images have any number");
  const std::vector<std::string> names = names_in(dir + "/train", true);
  if (names.size() != static_cast<size_t>(classes))
    throw UserError(dir + "/train", "classes", fmt::format("{} folders", names.size()),
                    fmt::format("{}, the classes of the network", classes));
  const std::string root = dir + (split == Split::kTrain ? "/train" : "/test");
  struct File {
    std::string path;
    uint16_t label;
  };
  std::vector<File> files;
  for (const std::string& name : names_in(root, true)) {
    const auto label = std::find(names.begin(), names.end(), name);
    if (label == names.end())
      throw UserError(root + "/" + name, "class", "one that train/ does not have", "the folders of " + dir + "/train");
    for (const std::string& file : names_in(root + "/" + name, false)) {
      const std::string path = root + "/" + name + "/" + file;
      if (!is_png(file)) throw UserError(path, "image", "a name that does not end in .png", "PNG images alone");
      files.push_back({path, static_cast<uint16_t>(label - names.begin())});
    }
  }
  if (files.empty()) throw UserError(root, "images", "none", "folders with PNG images, a folder a class");
  // Or the last images, which are held out, would be all of one class.
  Rng rng(1);
  for (size_t i = files.size(); i > 1; --i) std::swap(files[i - 1], files[rng.below(i)]);
  if (limit > 0 && limit < files.size()) files.resize(limit);
  Dataset data;
  data.channels = input.image_channels;
  data.height = input.image_height;
  data.width = input.image_width;
  data.images.resize(files.size() * data.image_bytes());
  Progress progress("read", files.size(), "PNGs");
  for (size_t i = 0; i < files.size(); ++i) {
    progress.advance(1);
    read_png(files[i].path, input, data.images.data() + i * data.image_bytes());
    data.labels.push_back(files[i].label);
  }
  return data;
}

}  // namespace psaflow::detail
