// The reader and writer on good files: layout on disk, order, metadata, lookup.
#include "sw/io/safetensors.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "sw/base/rng.h"
#include "tests/error_text.h"
#include "tests/io/safetensors_bytes.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

using test::error_of;
using test::safetensors_bytes;

StoredTensor make(const std::string& dtype, const std::vector<int64_t>& shape, const std::string& bytes) {
  return {dtype, shape, {bytes.begin(), bytes.end()}};
}

std::string text(const std::vector<char>& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("A file laid out by hand is read") {
  const std::string header =
      " \n{\"b\":{\"dtype\":\"I8\",\"shape\":[2,3],\"data_offsets\":[8,14]},"
      "\"__metadata__\":{\"format\":\"x\",\"config\":\"{\\\"a\\\":1}\"},"
      "\"a\":{\"data_offsets\":[0,8],\"shape\":[1,2],\"dtype\":\"F32\"}}   ";
  const float values[] = {1.5F, -2.0F};
  std::string data(8, '\0');
  std::memcpy(data.data(), values, 8);
  const Safetensors file =
      Safetensors::parse(safetensors_bytes(header.substr(2), data + "\x01\x02\x03\xff\xfe\xfd"), "f");
  CHECK(file.file() == "f");
  REQUIRE(file.tensors.size() == 2);
  const StoredTensor& a = file.expect("a", "F32", {1, 2});
  CHECK(a.elements() == 2);
  CHECK(a.as<float>()[0] == 1.5F);
  CHECK(a.as<float>()[1] == -2.0F);
  const StoredTensor& b = file.expect("b", "I8", {2, 3});
  for (int i = 0; i < 3; ++i) {
    CHECK(b.as<int8_t>()[i] == i + 1);
    CHECK(b.as<int8_t>()[3 + i] == -1 - i);
  }
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "x"}, {"config", "{\"a\":1}"}});
  // The format wants '{' first.
  CHECK(error_of([&] {
          Safetensors::parse(safetensors_bytes(header, data + "123456"), "f");
        }).find("f: header: found no '{'") == 0);
}

TEST_CASE("The smallest files") {
  CHECK(Safetensors::parse(safetensors_bytes("{}"), "f").tensors.empty());
  CHECK(Safetensors::parse(safetensors_bytes("{\"__metadata__\":{}}"), "f").metadata.empty());
  const Safetensors scalar =
      Safetensors::parse(safetensors_bytes(R"({"s":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})", "\x07"), "f");
  CHECK(scalar.expect("s", "U8", {}).elements() == 1);
}

TEST_CASE("Sizes of zero take no bytes, wherever they lie") {
  const Safetensors file = Safetensors::parse(
      safetensors_bytes(
          R"({"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"z":{"dtype":"F64","shape":[0,7],"data_offsets":[0,0]},)"
          R"("m":{"dtype":"I8","shape":[3,0],"data_offsets":[2,2]},"b":{"dtype":"I8","shape":[1],"data_offsets":[2,3]}})",
          "xyz"),
      "f");
  CHECK(file.expect("z", "F64", {0, 7}).bytes.empty());
  CHECK(file.expect("m", "I8", {3, 0}).elements() == 0);
  CHECK(text(file.expect("b", "I8", {1}).bytes) == "z");
}

TEST_CASE("Every type has its size") {
  const std::map<std::string, size_t> bytes_of_8 = {
      {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},   {"I8", 8},    {"F8_E5M2", 8},
      {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16}, {"BF16", 16}, {"I32", 32},
      {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},    {"I64", 64}, {"U64", 64}};
  for (const auto& [dtype, size] : bytes_of_8) {
    INFO(dtype);
    Safetensors file;
    file.tensors["t"] = make(dtype, {2, 4}, std::string(size, 'x'));
    const Safetensors back = Safetensors::parse(file.serialize(), "f");
    CHECK(back.expect("t", dtype, {2, 4}).bytes.size() == size);
    file.tensors["t"].bytes.push_back('x');
    CHECK_THROWS_AS(file.serialize(), std::logic_error);
  }
}

TEST_CASE("The writer's layout: widest alignment first, then by name, the header padded to 8 bytes") {
  Safetensors file;
  file.metadata = {{"format", "psaflow.int8/1"}, {"q", "\"\n"}};
  file.tensors["b"] = make("U8", {1}, "1");
  file.tensors["a"] = make("U8", {2}, "23");
  file.tensors["c"] = make("I8", {1}, "4");
  file.tensors["d"] = make("F32", {1}, "5678");
  const std::vector<char> bytes = file.serialize();
  std::string header =
      R"({"__metadata__":{"format":"psaflow.int8/1","q":"\"\n"},"d":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
      R"("c":{"dtype":"I8","shape":[1],"data_offsets":[4,5]},"a":{"dtype":"U8","shape":[2],"data_offsets":[5,7]},)"
      R"("b":{"dtype":"U8","shape":[1],"data_offsets":[7,8]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  CHECK(text(bytes) == text(safetensors_bytes(header, "56784231")));
  CHECK(file.serialize() == bytes);
}

TEST_CASE("Random files come back as they were written, tensors aligned") {
  const uint64_t seed = 77;
  INFO("seed " << seed);
  Rng rng(seed);
  const std::map<std::string, size_t> sizes = {{"BOOL", 1}, {"U8", 1},  {"I8", 1}, {"F16", 2},
                                               {"F32", 4},  {"I64", 8}, {"C64", 8}};
  for (int round = 0; round < 200; ++round) {
    Safetensors file;
    for (uint64_t n = rng.below(6); n > 0; --n) {
      auto dtype = sizes.begin();
      std::advance(dtype, static_cast<std::ptrdiff_t>(rng.below(sizes.size())));
      StoredTensor tensor{dtype->first, {}, {}};
      for (uint64_t dims = rng.below(4); dims > 0; --dims) tensor.shape.push_back(static_cast<int64_t>(rng.below(5)));
      tensor.bytes.resize(static_cast<size_t>(tensor.elements()) * dtype->second);
      for (char& byte : tensor.bytes) byte = static_cast<char>(rng.next());
      std::string name = "blocks." + std::to_string(rng.below(100));
      if (rng.below(4) == 0) name += "\"\\\n\xc3\xa9";
      file.tensors[name] = tensor;
      file.metadata["k" + name] = name;
    }
    const std::vector<char> bytes = file.serialize();
    const Safetensors back = Safetensors::parse(bytes, "f");
    CHECK(back.metadata == file.metadata);
    REQUIRE(back.tensors.size() == file.tensors.size());
    for (const auto& [name, tensor] : file.tensors) {
      CHECK(back.expect(name, tensor.dtype, tensor.shape).bytes == tensor.bytes);
    }
    CHECK(back.serialize() == bytes);
    CHECK(static_cast<uint8_t>(bytes[0]) % 8 == 0);
  }
}

TEST_CASE("Save and load; a missing file is an error that names it") {
  const test::ScratchFolder folder;
  Safetensors file;
  file.tensors["w"] = make("I8", {2, 2}, "abcd");
  file.save(folder / "m.safetensors");
  const Safetensors back = Safetensors::load(folder / "m.safetensors");
  CHECK(text(back.expect("w", "I8", {2, 2}).bytes) == "abcd");
  CHECK(folder.names() == std::set<std::string>{"m.safetensors"});
  CHECK(error_of([&] { Safetensors::load(folder / "none"); }) ==
        (folder / "none") + ": cannot open: No such file or directory");
}

TEST_CASE("A tensor that is missing or differs is named with what was wanted") {
  Safetensors file = Safetensors::parse(
      safetensors_bytes(R"({"w":{"dtype":"I8","shape":[2,3],"data_offsets":[0,6]}})", "123456"), "m.st");
  CHECK(error_of([&] { file.expect("v", "U8", {4}); }) ==
        "m.st: tensor 'v': found no tensor of that name; allowed: U8 [4]");
  CHECK(error_of([&] { file.expect("w", "U8", {2, 3}); }) == "m.st: tensor 'w': found I8 [2,3]; allowed: U8 [2,3]");
  CHECK(error_of([&] { file.expect("w", "I8", {3, 2}); }) == "m.st: tensor 'w': found I8 [2,3]; allowed: I8 [3,2]");
  CHECK(error_of([&] {
          file.expect("w", "I8", {2, 3, 1});
        }) == "m.st: tensor 'w': found I8 [2,3]; allowed: I8 [2,3,1]");
}

TEST_CASE("The writer refuses what the reader would") {
  Safetensors file;
  file.tensors["t"] = make("I9", {1}, "x");
  CHECK_THROWS_AS(file.serialize(), std::logic_error);
  file.tensors["t"] = make("I8", {-1}, "");
  CHECK_THROWS_AS(file.serialize(), std::logic_error);
  file.tensors.clear();
  file.tensors["__metadata__"] = make("I8", {1}, "x");
  CHECK_THROWS_AS(file.serialize(), std::logic_error);
}

}  // namespace
}  // namespace psaflow
