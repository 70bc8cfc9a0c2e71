// The stalls of a fixed-size accelerator's memory: drawn by a seed, kept in a file.
#include "models/simd/pauses.h"

#include <catch2/catch.hpp>

#include "sw/base/file.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow::test {
namespace {

TEST_CASE("stalls of a memory survive their file; a seed is a seed; a record of another accelerator is none") {
  const ScratchFolder folder;
  const SimdPauses pauses = random_simd_pauses(0.4, 9);
  write_file_atomic(folder / "p", simd_pauses_text(pauses, "so"));
  const SimdPauses again = read_simd_pauses(folder / "p");
  for (const SimdPauseList& list : simd_pause_lists()) {
    CAPTURE(list.name);
    CHECK((pauses.*list.list).size() > 60);
    CHECK(again.*list.list == pauses.*list.list);
    CHECK(random_simd_pauses(0.4, 9).*list.list == pauses.*list.list);
    CHECK(random_simd_pauses(0.4, 10).*list.list != pauses.*list.list);
    CHECK((random_simd_pauses(0, 9).*list.list).empty());
  }
  write_file_atomic(folder / "p", std::string("psaflow-pauses 1\nsource 1\nsink 2\n"));
  CHECK_THAT(error_of([&] { read_simd_pauses(folder / "p"); }),
             Catch::Contains("line 2: found 'source'") && Catch::Contains("read_requests, read_latencies"));
}

}  // namespace
}  // namespace psaflow::test
