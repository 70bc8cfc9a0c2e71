#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <string>

namespace psaflow::test {
namespace {

// What text readers are weakest at: numbers at the ends of types, words that mean numbers, marks of YAML and JSON.
const std::vector<std::string>& words() {
  static const std::vector<std::string> all = {"0",
                                               "-1",
                                               "1",
                                               "2",
                                               "65536",
                                               "2147483647",
                                               "2147483648",
                                               "-2147483648",
                                               "4294967295",
                                               "9223372036854775807",
                                               "1e9",
                                               "0.5",
                                               "1e999",
                                               "1e-99",
                                               ".inf",
                                               ".nan",
                                               "-.inf",
                                               "0x10",
                                               "1x3",
                                               "18446744073709551616",
                                               "nan",
                                               "~",
                                               "null",
                                               "true",
                                               "off",
                                               "''",
                                               "[]",
                                               "{}",
                                               "[1, 2]",
                                               "auto",
                                               "*",
                                               "&a",
                                               "!!str",
                                               "|",
                                               ">",
                                               "- ",
                                               ": ",
                                               "\"\\u0000\"",
                                               "\xef\xbb\xbf",
                                               "\xff",
                                               "\t",
                                               "\r",
                                               "\n",
                                               "#",
                                               "%",
                                               "---\n",
                                               "minimal",
                                               "/",
                                               "..",
                                               "-0"};
  return all;
}

size_t below(Rng& rng, size_t n) {
  return static_cast<size_t>(rng.below(n));
}

using Place = FuzzBytes::difference_type;

void replace(FuzzBytes& bytes, size_t begin, size_t end, const FuzzBytes& with) {
  bytes.erase(bytes.begin() + static_cast<Place>(begin), bytes.begin() + static_cast<Place>(end));
  bytes.insert(bytes.begin() + static_cast<Place>(begin), with.begin(), with.end());
}

FuzzBytes part(const FuzzBytes& bytes, size_t begin, size_t end) {
  return {bytes.begin() + static_cast<Place>(begin), bytes.begin() + static_cast<Place>(end)};
}

// A piece, mostly short; empty where there are no bytes.
std::pair<size_t, size_t> some_piece(const FuzzBytes& bytes, Rng& rng) {
  if (bytes.empty()) return {0, 0};
  const size_t begin = below(rng, bytes.size());
  const size_t longest = std::min(bytes.size() - begin, rng.below(4) == 0 ? bytes.size() : size_t{16});
  return {begin, begin + 1 + below(rng, longest)};
}

std::pair<size_t, size_t> some_line(const FuzzBytes& bytes, Rng& rng) {
  if (bytes.empty()) return {0, 0};
  size_t begin = below(rng, bytes.size()), end = begin;
  while (begin > 0 && bytes[begin - 1] != '\n') --begin;
  while (end < bytes.size() && bytes[end] != '\n') ++end;
  return {begin, std::min(end + 1, bytes.size())};
}

// The run of digits and points at or after a random place; else that place.
std::pair<size_t, size_t> some_number(const FuzzBytes& bytes, Rng& rng) {
  const auto of_number = [](uint8_t c) { return (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  size_t begin = below(rng, bytes.size() + 1);
  while (begin < bytes.size() && !of_number(bytes[begin])) ++begin;
  while (begin > 0 && begin < bytes.size() && of_number(bytes[begin - 1])) --begin;
  size_t end = begin;
  while (end < bytes.size() && of_number(bytes[end])) ++end;
  return {begin, end};
}

FuzzBytes some_word(Rng& rng) {
  const std::string& word = words()[below(rng, words().size())];
  return {word.begin(), word.end()};
}

}  // namespace

void mutate(FuzzBytes& bytes, const FuzzBytes& other, size_t max_size, Rng& rng) {
  const size_t at = below(rng, bytes.size() + 1);
  switch (rng.below(10)) {
    case 0:
      if (at < bytes.size()) bytes[at] = static_cast<uint8_t>(bytes[at] ^ (1U << rng.below(8)));
      break;
    case 1:
      if (at < bytes.size()) bytes[at] = static_cast<uint8_t>(rng.below(256));
      break;
    case 2:
      replace(bytes, at, at, {static_cast<uint8_t>(rng.below(256))});
      break;
    case 3: {
      const auto [begin, end] = some_piece(bytes, rng);
      replace(bytes, begin, end, {});
      break;
    }
    case 4: {
      const auto [begin, end] = some_piece(bytes, rng);
      replace(bytes, at, at, part(bytes, begin, end));
      break;
    }
    case 5: {
      const auto [begin, end] = some_piece(other, rng);
      const auto gone = some_piece(bytes, rng);
      replace(bytes, gone.first, gone.second, part(other, begin, end));
      break;
    }
    case 6: {
      const auto [begin, end] = some_line(bytes, rng);
      const FuzzBytes line = part(bytes, begin, end);
      if (rng.below(2) == 0) replace(bytes, begin, end, {});
      const size_t to = some_line(bytes, rng).first;
      replace(bytes, to, to, line);
      break;
    }
    case 7: {
      const auto [begin, end] = some_line(other, rng);
      const size_t to = some_line(bytes, rng).first;
      replace(bytes, to, to, part(other, begin, end));
      break;
    }
    case 8: {
      const auto [begin, end] = some_number(bytes, rng);
      replace(bytes, begin, end, some_word(rng));
      break;
    }
    default:
      replace(bytes, at, at, some_word(rng));
  }
  if (bytes.size() > max_size) bytes.resize(max_size);
}

}  // namespace psaflow::test
