// PNGs for tests, written with libpng: pixels [rows, width, 3], 8 bits a channel unless `format` says otherwise.
#pragma once
#include <png.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace psaflow::test {

inline void write_png(const std::string& path, const std::vector<uint8_t>& pixels, uint32_t rows, uint32_t width = 1024,
                      uint32_t format = PNG_FORMAT_RGB) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = rows;
  image.format = format;
  if (pixels.size() < PNG_IMAGE_SIZE(image)) throw std::logic_error("too few pixels");
  if (png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr) == 0)
    throw std::runtime_error(image.message);
}

}  // namespace psaflow::test
