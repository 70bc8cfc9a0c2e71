// Files that no scenario author wrote: each must end in a UserError, quickly and without exhausting stack or memory.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "models/scenario/scenario.h"
#include "sw/base/error.h"
#include "sw/base/rng.h"
#include "sw/io/yaml_tree.h"

using namespace psaflow;
using Catch::Matchers::Contains;

namespace {

std::string repeat(const std::string& part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("hostile YAML is refused quickly") {
  constexpr size_t kMany = 500000;
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i)
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";
  const std::string keys = [] {
    std::string out;
    for (int i = 0; i < 60000; ++i) out += "k" + std::to_string(i) + ": 1\n";
    return out;
  }();
  const std::string texts[] = {
      "",
      "\n\n",
      "# only a comment\n",
      "---\n",
      "plain text",
      "- a\n- b\n",
      "[1, 2]",
      "{",
      "[",
      "}",
      "]",
      ":",
      "? [a]\n: b\n",
      "{[a]: b}",
      ": b",
      "%YAML 3.0\n---\na: b",
      "%TAG ! !\n",
      "a: b: c",
      "\ta: b",
      "a: !!binary AAAA",
      "a: !custom b",
      "a: &x b",
      "a: *x",
      "<<: {a: b}",
      "a: b\n---\nc: d",
      "name: \"unterminated",
      "name: 'unterminated",
      "name: |\n",
      "@",
      "`",
      "a: [b",
      "name: \"\\q\"",
      "name: \"\\u12\"",
      "name: \"\\U99999999\"",
      "\xff\xfe\x00\x01",
      std::string("\0\0\0\0", 4),
      "\xef\xbb\xbf",
      "\x80\x81\x82",
      bomb,
      keys,
      repeat("[", kMany),
      repeat("{", kMany),
      repeat("{a: ", kMany / 4),
      repeat("[{a: ", kMany / 8),
      repeat("- ", kMany),
      repeat("? ", kMany),
      repeat("a:\n ", 1000),
      repeat("!", kMany),
      repeat("&", kMany),
      repeat("#", kMany),
      repeat("\"", kMany),
      repeat("a", kMany),
      repeat("-", kMany),
      repeat(":", kMany),
      repeat(",", kMany),
      repeat("[]", kMany),
      repeat("\n", kMany),
      repeat("a: b\n", kMany / 5),
      repeat("---\n", kMany / 4),
      repeat("%A\n", kMany / 3),
      "name: " + repeat("x ", kMany),
      repeat("x", 2000000),
  };
  for (const std::string& text : texts) {
    INFO("starts with: " << text.substr(0, 40) << ", " << text.size() << " bytes");
    const std::clock_t start = std::clock();  // processor time: other work on the machine must not fail the test
    try {
      parse_scenario(text, "hostile.yaml");
      FAIL("accepted");
    } catch (const UserError& error) {
      const std::string message = error.what();
      CHECK_THAT(message, Contains("hostile.yaml"));
      CHECK(message.size() < 1200);
      CHECK(message.find('\n') == std::string::npos);
    }
    CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < 5);
  }
}

TEST_CASE("nesting up to the limit is read, one level more is refused") {
  CHECK_NOTHROW(parse_yaml("a: " + repeat("[", 15) + repeat("]", 15), "f"));
  CHECK_THROWS_WITH(parse_yaml("a: " + repeat("[", 16) + repeat("]", 16), "f"),
                    Contains("f:1: nesting") && Contains("at most 16 levels"));
}

TEST_CASE("lines are those of the file") {
  const YamlNode root = parse_yaml("# one\na:\n  b: 1\n\n  c:\n    - x\n    - y\n", "f");
  const YamlNode* a = root.find("a");
  REQUIRE(a != nullptr);
  CHECK(root.key_lines == std::vector<int>{2});
  CHECK(a->key_lines == std::vector<int>{3, 5});
  CHECK(a->find("c")->items[1].line == 7);
  CHECK(a->find("b")->text == "1");
  CHECK(a->find("d") == nullptr);
}

TEST_CASE("random damage to a good file never does worse than a UserError") {
  const std::string good =
      "name: full\nmodel: {synthetic: {embed: 48, seed: 3}}\ndata:\n  dir: \"x\"\n  images: 12\naccelerator:\n  kind: "
      "streaming\n  stages:\n    head: {pe: 1, simd: 2}\n";
  const char kBytes[] = "{}[]:,-?!&*#|>'\"%@` \n\tab01\xff\x80";
  const uint64_t seed = 20240611;
  INFO("seed " << seed);
  Rng rng(seed);
  size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = good;
    for (uint64_t n = 1 + rng.below(4); n > 0; --n) {
      const size_t at = rng.below(text.size());
      const char byte = kBytes[rng.below(sizeof kBytes - 1)];
      if (rng.below(3) == 0) {
        text.erase(at, 1 + rng.below(8));
      } else if (rng.below(2) == 0) {
        text.insert(at, 1, byte);
      } else {
        text[at] = byte;
      }
    }
    try {
      parse_scenario(text, "damaged.yaml");
    } catch (const UserError&) {
      ++refused;
    }
  }
  CHECK(refused > 10000);
}

TEST_CASE("paths that hold no scenario") {
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("psaflow_scenario_" + std::to_string(::getpid()))).string();
  std::filesystem::create_directory(folder);
  CHECK_THROWS_WITH(load_scenario(folder), Contains("a directory"));
  CHECK_THROWS_WITH(load_scenario(folder + "/missing.yaml"), Contains("missing.yaml"));
  std::ofstream(folder + "/huge.yaml") << std::string(2 << 20, '#');
  CHECK_THROWS_WITH(load_scenario(folder + "/huge.yaml"), Contains("1048576"));
  std::filesystem::remove_all(folder);
}
