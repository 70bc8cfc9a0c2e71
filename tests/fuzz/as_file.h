// For readers that take a path: the bytes as a file of the process's own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include "tests/scratch_folder.h"

namespace psaflow::test {

// The path, where the next call puts other bytes.
inline std::string as_file(const uint8_t* data, size_t size) {
  static const ScratchFolder folder;
  const std::string path = folder / "f";
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return path;
}

}  // namespace psaflow::test
