// Files made to harm: each is a UserError of one line that names the file and, where there is one, the tensor.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sw/base/error.h"
#include "sw/base/rng.h"
#include "sw/io/safetensors.h"
#include "tests/error_text.h"
#include "tests/io/safetensors_bytes.h"

namespace psaflow {
namespace {

using Catch::Contains;
using test::error_of;
using test::safetensors_bytes;
using test::with_length;

std::string parse_error(const std::vector<char>& bytes) {
  return error_of([&] { Safetensors::parse(bytes, "f.st"); });
}

// A header with the one tensor 't' of that description, over `data`.
std::string tensor_error(const std::string& description, const std::string& data) {
  return parse_error(safetensors_bytes("{\"t\":" + description + "}", data));
}

const std::string kGood = R"({"dtype":"I8","shape":[2],"data_offsets":[0,2]})";

std::vector<char> valid_file() {
  return safetensors_bytes(
      R"({"__metadata__":{"format":"psaflow.int8/1"},"a":{"dtype":"I8","shape":[2,3],"data_offsets":[0,6]},)"
      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}  )",
      "0123456789");
}

TEST_CASE("Length of the header") {
  CHECK(parse_error({}) ==
        "f.st: size: found 0 bytes; allowed: at least the 8 bytes of the header length (is this a safetensors file?)");
  CHECK_THAT(parse_error({'1', '2', '3', '4', '5', '6', '7'}), Contains("found 7 bytes"));
  for (const uint64_t length :
       {uint64_t{3}, uint64_t{1} << 31, uint64_t{1} << 32, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{7}}) {
    CHECK(parse_error(with_length(length, "{}")) ==
          "f.st: header length: found " + std::to_string(length) +
              " bytes; allowed: at most 2: the file is truncated or no safetensors file");
  }
  const std::string text = "name: psa-h96\n";
  CHECK(parse_error({text.begin(), text.end()}) ==
        "f.st: content: found text; allowed: a safetensors file, as psaflow train and quantize write them");
  CHECK_THAT(parse_error({'a', 'b', 'c', '\n', '\t', '\r', '~', ' '}), Contains("found text"));
  CHECK_THAT(parse_error({'a', 'b', 'c', '\n', '\t', '\r', '~', '\0'}), Contains("header length"));
  CHECK_THAT(parse_error(with_length(100'000'001, std::string(100'000'001, ' '))),
             Contains("allowed: at most 100000000"));
  CHECK_THAT(parse_error(with_length(0, "")), Contains("no '{' at its start"));
}

TEST_CASE("Headers that are no such JSON") {
  for (const char* header :
       {"{", "{]", "{}}", "{} x", "{\"a\"}", "{\"a\":}", "{,}", "{\"__metadata__\":{},}", "{'a':1}", "{\"a\":tru}",
        "{\"a", "{\"\\u12\":1}", "{\"\xff\":1}", "{\"\xed\xa0\x80\":1}", "{// c\n}"}) {
    INFO(header);
    CHECK_THAT(parse_error(safetensors_bytes(header)), Contains("f.st: header: found invalid JSON at its byte"));
  }
  for (const char* header : {"[]", "\"a\"", "1", "null", " {}", "\xef\xbb\xbf{}", "x"}) {
    INFO(header);
    CHECK_THAT(parse_error(safetensors_bytes(header)), Contains("f.st: header: found no '{' at its start"));
  }
  // The JSON parser takes a zero byte for the end of the text.
  CHECK_THAT(parse_error(safetensors_bytes(std::string("{}\0\0", 4))), Contains("found a zero byte at 2"));
  CHECK_THAT(parse_error(safetensors_bytes(std::string("{}\0{\"a\":1}", 10))), Contains("found a zero byte at 2"));
}

TEST_CASE("Depth costs no stack") {
  for (const size_t depth : {200, 100'000, 5'000'000}) {
    std::string nested = "{\"a\":";
    for (size_t i = 0; i < depth; ++i) nested += '[';
    CHECK_THAT(parse_error(safetensors_bytes(nested)), Contains("f.st: tensor 'a': found an array"));
    CHECK_THAT(tensor_error("{\"shape\":" + std::string(depth, '['), ""),
               Contains("f.st: tensor 't': found an array in shape"));
  }
  std::string objects = "{\"__metadata__\":";
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK_THAT(parse_error(safetensors_bytes(objects)),
             Contains("f.st: __metadata__: found an object under 'a'; allowed: strings only"));
}

TEST_CASE("Names and keys given twice") {
  CHECK_THAT(parse_error(safetensors_bytes("{\"t\":" + kGood + ",\"t\":" + kGood + "}", "12")),
             Contains("f.st: tensor 't': found the name twice"));
  CHECK_THAT(parse_error(safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})")),
             Contains("f.st: __metadata__: found the name twice"));
  CHECK_THAT(parse_error(safetensors_bytes(R"({"__metadata__":{"a":"1","a":"2"}})")),
             Contains("__metadata__: found the key 'a' twice"));
  CHECK_THAT(tensor_error(R"({"dtype":"I8","dtype":"I8","shape":[2],"data_offsets":[0,2]})", "12"),
             Contains("tensor 't': found the key 'dtype' twice"));
}

TEST_CASE("Wrong types") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"1", "tensor 't': found the number 1"},
      {"[]", "tensor 't': found an array"},
      {"\"x\"", "tensor 't': found a string"},
      {"null", "tensor 't': found null"},
      {R"({"dtype":8})", "tensor 't': found the number 8 as dtype"},
      {R"({"dtype":{}})", "tensor 't': found an object as dtype"},
      {R"({"dtype":"i8"})", "tensor 't': found dtype 'i8'; allowed: BOOL, F4"},
      {R"({"dtype":""})", "tensor 't': found dtype ''"},
      {R"({"shape":3})", "tensor 't': found the number 3 in shape"},
      {R"({"shape":"3"})", "tensor 't': found a string in shape"},
      {R"({"shape":[true]})", "tensor 't': found true in shape"},
      {R"({"shape":["1"]})", "tensor 't': found a string in shape"},
      {R"({"shape":[{}]})", "tensor 't': found an object in shape"},
      {R"({"shape":[-1]})", "tensor 't': found the number -1 in shape"},
      {R"({"shape":[1.0]})", "tensor 't': found the number 1.0 in shape"},
      {R"({"shape":[1e3]})", "tensor 't': found the number 1e3 in shape"},
      {R"({"shape":[9223372036854775808]})", "tensor 't': found the size 9223372036854775808 in shape"},
      {R"({"shape":[99999999999999999999]})", "tensor 't': found the number 99999999999999999999 in shape"},
      {R"({"data_offsets":[-1,2]})", "tensor 't': found the number -1 in data_offsets"},
      {R"({"data_offsets":[0]})", "tensor 't': found 1 numbers in data_offsets"},
      {R"({"data_offsets":[]})", "tensor 't': found 0 numbers in data_offsets"},
      {R"({"data_offsets":[0,1,2]})", "tensor 't': found the number 2 in data_offsets"},
      {R"({"data_offsets":[0,null]})", "tensor 't': found null in data_offsets"},
      {R"({"data_offsets":{"0":1}})", "tensor 't': found an object in data_offsets"},
      {R"({"data_offsets":[0,18446744073709551616]})",
       "tensor 't': found the number 18446744073709551616 in data_offsets"},
      {R"({"offsets":[0,2]})", "tensor 't': found the key 'offsets'; allowed: dtype, shape, data_offsets"},
      {"{}", "tensor 't': found no 'dtype'"},
      {R"({"dtype":"I8","data_offsets":[0,2]})", "tensor 't': found no 'shape'"},
      {R"({"dtype":"I8","shape":[2]})", "tensor 't': found no 'data_offsets'"},
  };
  for (const auto& [description, expected] : cases) {
    INFO(description);
    CHECK_THAT(tensor_error(description, "12"), Contains("f.st: " + expected));
  }
  CHECK_THAT(parse_error(safetensors_bytes(R"({"__metadata__":1})")),
             Contains("f.st: __metadata__: found the number 1; allowed: an object of strings"));
  for (const char* value : {"1", "null", "[]", "{}", "true"}) {
    CHECK_THAT(parse_error(safetensors_bytes(std::string(R"({"__metadata__":{"k":)") + value + "}}")),
               Contains("f.st: __metadata__: found") && Contains("under 'k'; allowed: strings only"));
  }
}

TEST_CASE("Shapes and offsets that do not fit each other or the file") {
  const auto tensor = [](const std::string& dtype, const std::string& shape, const std::string& begin,
                         const std::string& end) {
    return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + "," + end + "]}";
  };
  CHECK(tensor_error(kGood, "12").empty());
  CHECK_THAT(tensor_error(tensor("I8", "[2]", "2", "0"), "12"),
             Contains("tensor 't': found data_offsets [2,0]; allowed: begin up to end"));
  CHECK_THAT(tensor_error(tensor("I8", "[3]", "0", "3"), "12"),
             Contains("tensor 't': found data_offsets [0,3]; allowed: end at most 2"));
  CHECK_THAT(tensor_error(tensor("I8", "[2]", "1", "3"), "123"),
             Contains("tensor 't': found data_offsets [1,3], a hole before it; allowed: begin 0"));
  CHECK_THAT(tensor_error(tensor("I8", "[2]", "0", "2"), "123"), Contains("after tensor 't': found 1 trailing bytes"));
  CHECK_THAT(parse_error(safetensors_bytes("{}", "1")), Contains("f.st: data: found 1 trailing bytes"));
  CHECK_THAT(tensor_error(tensor("I8", "[3]", "0", "2"), "12"),
             Contains("tensor 't': found 2 bytes for I8 [3]; allowed: 3 bytes"));
  CHECK_THAT(tensor_error(tensor("F32", "[2]", "0", "2"), "12"),
             Contains("tensor 't': found 2 bytes for F32 [2]; allowed: 8 bytes"));
  CHECK_THAT(tensor_error(tensor("I8", "[0]", "0", "2"), "12"), Contains("allowed: 0 bytes"));
  CHECK_THAT(tensor_error(tensor("F4", "[3]", "0", "2"), "12"),
             Contains("tensor 't': found 12 bits of F4; allowed: whole bytes"));
  const std::string most = "18446744073709551615";
  CHECK_THAT(tensor_error(tensor("I8", "[2]", "0", most), "12"), Contains("end at most 2"));
  CHECK_THAT(tensor_error(tensor("I8", "[2]", most, most), "12"), Contains("a hole before it"));
  CHECK_THAT(tensor_error(tensor("I8", "[2]", most, "1"), "12"), Contains("begin up to end"));
  for (const char* shape : {"[4294967296,4294967296]", "[9223372036854775807,2]",
                            "[9223372036854775807,9223372036854775807,0]", "[9223372036854775807]"}) {
    INFO(shape);
    CHECK_THAT(tensor_error(tensor("I64", shape, "0", "2"), "12"),
               Contains("tensor 't': found shape " + std::string(shape)));
  }
  // 2^61 elements of 64 bits are 2^67 bits: 2^3 of them if the product wrapped.
  CHECK_THAT(tensor_error(tensor("I64", "[2305843009213693953]", "0", "8"), "12345678"),
             Contains("fewer than 2^64 bits"));
}

TEST_CASE("Tensors that overlap or leave a hole") {
  const auto two = [](const std::string& a, const std::string& b) {
    return safetensors_bytes(R"({"a":{"dtype":"I8","shape":[4],"data_offsets":)" + a +
                                 R"(},"b":{"dtype":"I8","shape":[4],"data_offsets":)" + b + "}}",
                             "12345678");
  };
  CHECK(parse_error(two("[0,4]", "[4,8]")).empty());
  CHECK(parse_error(two("[4,8]", "[0,4]")).empty());
  CHECK_THAT(parse_error(two("[0,4]", "[3,7]")),
             Contains("tensor 'b': found data_offsets [3,7], overlapping tensor 'a'; allowed: begin 4"));
  CHECK_THAT(parse_error(two("[0,4]", "[0,4]")),
             Contains("tensor 'b': found data_offsets [0,4], overlapping tensor 'a'"));
  CHECK_THAT(parse_error(two("[5,9]", "[0,4]")),
             Contains("tensor 'a': found data_offsets [5,9], a hole before it; allowed: begin 4"));
}

TEST_CASE("Errors stay one bounded printable line, whatever the names hold") {
  const std::string line = parse_error(safetensors_bytes("{\"" + std::string(100'000, 'n') + "\\n\\u001b\\u0000\":1}"));
  CHECK(line.size() < 1000);
  CHECK(line.find('\n') == std::string::npos);
  const std::string escaped = parse_error(safetensors_bytes(R"({"a\n\u001b\u0000b":1})"));
  CHECK_THAT(escaped, Contains("tensor 'a???b': found the number 1"));
}

TEST_CASE("A valid file cut short anywhere, or with bytes added, is an error") {
  const std::vector<char> good = valid_file();
  REQUIRE(parse_error(good).empty());
  for (size_t length = 0; length < good.size(); ++length) {
    INFO("length " << length);
    CHECK(parse_error({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}).find("f.st: ") == 0);
  }
  std::vector<char> longer = good;
  longer.push_back('x');
  CHECK_THAT(parse_error(longer), Contains("after tensor 'b': found 1 trailing bytes"));
}

// What still parses must be a consistent file: written again and read again it is the same.
void survives(const std::vector<char>& bytes) {
  try {
    const Safetensors file = Safetensors::parse(bytes, "f.st");
    const Safetensors again = Safetensors::parse(file.serialize(), "f.st");
    CHECK(again.metadata == file.metadata);
    CHECK(again.tensors.size() == file.tensors.size());
    for (const auto& [name, tensor] : file.tensors)
      CHECK(again.expect(name, tensor.dtype, tensor.shape).bytes == tensor.bytes);
  } catch (const UserError& error) {
    CHECK(std::string(error.what()).find("f.st: ") == 0);
  }
}

TEST_CASE("Every single bit flipped, every byte set to every value") {
  const std::vector<char> good = valid_file();
  for (size_t at = 0; at < good.size(); ++at) {
    INFO("byte " << at);
    for (int value = 0; value < 256; ++value) {
      std::vector<char> bytes = good;
      bytes[at] = static_cast<char>(value);
      survives(bytes);
    }
  }
}

TEST_CASE("Random damage: bytes changed, taken out, put in and doubled") {
  const uint64_t seed = 4711;
  INFO("seed " << seed);
  Rng rng(seed);
  const std::string spice = "{}[]\",:0123456789-.eE\\ un\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::vector<char> bytes = valid_file();
    for (uint64_t edits = 1 + rng.below(4); edits > 0 && !bytes.empty(); --edits) {
      const auto at = static_cast<std::ptrdiff_t>(rng.below(bytes.size()));
      const char byte = spice[rng.below(spice.size())];
      switch (rng.below(4)) {
        case 0:
          bytes[static_cast<size_t>(at)] = byte;
          break;
        case 1:
          bytes.erase(bytes.begin() + at);
          break;
        case 2:
          bytes.insert(bytes.begin() + at, byte);
          break;
        default: {
          const std::vector<char> tail(bytes.begin() + at, bytes.end());
          bytes.insert(bytes.end(), tail.begin(), tail.end());
        }
      }
    }
    survives(bytes);
  }
}

}  // namespace
}  // namespace psaflow
