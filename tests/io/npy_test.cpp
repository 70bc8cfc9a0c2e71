#include "sw/io/npy.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

using test::read_text;
using test::ScratchFolder;

TEST_CASE("The file is NumPy's own layout, byte for byte") {
  const ScratchFolder folder;
  const std::vector<int8_t> data = {1, -1, 127, -128, 0, 5};
  save_npy(folder / "a.npy", data.data(), {2, 3});
  // As numpy.save writes it: the dictionary padded with spaces and one newline up to a multiple of 64 bytes.
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }";
  expected.append(127 - expected.size(), ' ');
  expected += '\n';
  for (const int8_t value : data) expected += static_cast<char>(value);
  CHECK(read_text(folder / "a.npy") == expected);
  CHECK(folder.names() == std::set<std::string>{"a.npy"});
}

TEST_CASE("Other types and one dimension, as numpy.save writes them") {
  const ScratchFolder folder;
  const std::vector<uint8_t> bytes = {0, 9, 255};
  save_npy(folder / "a.npy", bytes.data(), {3});
  CHECK(read_text(folder / "a.npy").find("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }") == 10);
  CHECK(read_text(folder / "a.npy").substr(128) == std::string("\x00\x09\xff", 3));
  const std::vector<float> numbers = {1.5f, -0.25f};
  save_npy(folder / "a.npy", numbers.data(), {1, 2});
  CHECK(read_text(folder / "a.npy").find("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }") == 10);
  CHECK(read_text(folder / "a.npy").substr(128) == std::string("\x00\x00\xc0\x3f\x00\x00\x80\xbe", 8));
}

TEST_CASE("The data begin at a multiple of 64 bytes for any shape") {
  const ScratchFolder folder;
  const std::vector<int8_t> data(1'234'567, 42);
  for (const auto& [rows, cols] :
       std::vector<std::pair<size_t, size_t>>{{0, 10}, {1, 1}, {10000, 10}, {1'234'567, 1}, {1, 1'234'567}}) {
    save_npy(folder / "a.npy", data.data(), {rows, cols});
    const std::string file = read_text(folder / "a.npy");
    const size_t header = static_cast<uint8_t>(file[8]) + 256U * static_cast<uint8_t>(file[9]);
    CHECK((10 + header) % 64 == 0);
    CHECK(file[10 + header - 1] == '\n');
    CHECK(file.size() == 10 + header + rows * cols);
    CHECK(file.find("'shape': (" + std::to_string(rows) + ", " + std::to_string(cols) + "), }") != std::string::npos);
  }
}

TEST_CASE("A place that cannot be written is an error that names it") {
  const int8_t value = 0;
  CHECK(test::error_of([&] {
          save_npy("/nonexistent-folder/a.npy", &value, {1, 1});
        }).find("/nonexistent-folder/a.npy: cannot create") == 0);
}

}  // namespace
}  // namespace psaflow
