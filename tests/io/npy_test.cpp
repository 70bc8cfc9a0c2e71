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

// A file with that dictionary and those bytes behind it.
std::vector<char> file_of(const std::string& dictionary, const std::string& data, char major = 1) {
  std::string text("\x93NUMPY", 6);
  text += {major, '\0', static_cast<char>(dictionary.size() & 0xff), static_cast<char>(dictionary.size() >> 8)};
  if (major > 1) text += {'\0', '\0'};
  text += dictionary + data;
  return {text.begin(), text.end()};
}

TEST_CASE("What is written is read back") {
  const ScratchFolder folder;
  const std::vector<int8_t> data = {1, -1, 127, -128, 0, 5};
  save_npy(folder / "a.npy", data.data(), {2, 3});
  const NpyArray array = load_npy(folder / "a.npy");
  CHECK(array.type() == "int8");
  CHECK(array.shape == std::vector<size_t>{2, 3});
  CHECK(array.shape_text() == "[2,3]");
  REQUIRE(array.size() == 6);
  for (size_t i = 0; i < 6; ++i) CHECK(array.integer(i) == data[i]);
}

TEST_CASE("Integers of every width, as NumPy writes them") {
  const auto value = [](const std::string& type, const std::string& bytes) {
    return parse_npy(file_of("{'descr': '" + type + "', 'fortran_order': False, 'shape': (1,), }\n", bytes), "a.npy")
        .integer(0);
  };
  CHECK(value("|u1", "\xff") == 255);
  CHECK(value("|i1", "\xff") == -1);
  CHECK(value("|b1", "\x01") == 1);
  CHECK(value("<u2", "\x34\x92") == 0x9234);
  CHECK(value("<i2", "\x34\x92") == 0x9234 - 0x10000);
  CHECK(value("<i4", "\xfe\xff\xff\xff") == -2);
  CHECK(value("<i8", std::string("\x02\0\0\0\0\0\0\x80", 8)) == INT64_MIN + 2);
  CHECK(value("<u8", "\xff\xff\xff\xff\xff\xff\xff\xff") == INT64_MAX);
}

TEST_CASE("Headers that NumPy may write otherwise") {
  // Keys in another order, double quotes, no blanks, no comma at the end, format 2.0, a scalar, an empty array.
  const NpyArray array =
      parse_npy(file_of("{\"shape\":(2,1),\"fortran_order\":False,\"descr\":\"<u2\"}", "abcd", 2), "a.npy");
  CHECK(array.shape == std::vector<size_t>{2, 1});
  CHECK(array.integer(1) == 'c' + 256 * 'd');
  CHECK(parse_npy(file_of("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", "x"), "a.npy").size() == 1);
  CHECK(parse_npy(file_of("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 9999999)}", ""), "a.npy").size() == 0);
}

TEST_CASE("What is no array is one error that names the file and what is wrong") {
  const auto error = [](const std::vector<char>& bytes) { return test::error_of([&] { parse_npy(bytes, "a.npy"); }); };
  const auto with = [&error](const std::string& dictionary) { return error(file_of(dictionary, "x")); };
  const std::string good = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }";
  REQUIRE(with(good).empty());
  for (size_t cut = 0; cut < good.size() + 11; ++cut) {
    std::vector<char> bytes = file_of(good, "x");
    bytes.resize(cut);
    CHECK(error(bytes).rfind("a.npy: ", 0) == 0);
  }
  CHECK(with("{'descr': '>i4', 'fortran_order': False, 'shape': (1,), }").find("big-endian") != std::string::npos);
  CHECK(with("{'descr': '|u1', 'fortran_order': True, 'shape': (1,), }").find("np.ascontiguousarray") !=
        std::string::npos);
  CHECK(with("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }").find("'|O'") != std::string::npos);
  CHECK(with("{'descr': '|u1', 'shape': (1,), }").find("lacks") != std::string::npos);
  CHECK(with("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }").find("1 bytes") != std::string::npos);
  CHECK(
      with("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999999, 999999999999999), }").find("memory") !=
      std::string::npos);
  CHECK(with("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'extra': 1}").find("'extra'") !=
        std::string::npos);
  CHECK(error(file_of(good, "x", 9)).find("9.0") != std::string::npos);
}

}  // namespace
}  // namespace psaflow
