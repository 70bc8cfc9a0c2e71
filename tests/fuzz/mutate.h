// Random edits of a file's bytes, for the driver that stands in for libFuzzer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/base/rng.h"

namespace psaflow::test {

using FuzzBytes = std::vector<uint8_t>;

// One edit, at most max_size bytes long afterwards: bits and bytes, pieces cut, doubled or taken from `other`, lines
// moved, numbers replaced by extreme ones.
void mutate(FuzzBytes& bytes, const FuzzBytes& other, size_t max_size, Rng& rng);

}  // namespace psaflow::test
