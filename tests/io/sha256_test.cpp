// Against the examples of FIPS 180-4 (NIST): one block, two blocks, a million letters.
#include "sw/io/sha256.h"

#include <catch2/catch.hpp>

namespace psaflow {
namespace {

std::string of(const std::string& text) {
  return sha256_hex(text.data(), text.size());
}

TEST_CASE("SHA-256 examples") {
  CHECK(of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex(std::vector<char>{}) == of(""));
  CHECK(of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(of(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace psaflow
