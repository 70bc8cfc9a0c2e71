#include "sw/base/words.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace psaflow {
namespace {

TEST_CASE("A misspelt word is answered with the nearest candidate, anything else is only quoted") {
  const std::vector<std::string> words = {"lanes", "clock_mhz", "pe", "profile"};
  CHECK(quoted_word("lane", words) == "'lane' (did you mean 'lanes'?)");
  CHECK(quoted_word("alnes", words) == "'alnes' (did you mean 'lanes'?)");
  CHECK(quoted_word("clock_hmz", words) == "'clock_hmz' (did you mean 'clock_mhz'?)");
  const std::string longest(100000, 'x');
  for (const std::string& word : {std::string("clock"), std::string("zebra"), std::string(), longest})
    CHECK(quoted_word(word, words) == "'" + word + "'");
}

}  // namespace
}  // namespace psaflow
