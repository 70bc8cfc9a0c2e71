// One hardware of the flagship's tile, 16 x 16, many networks: ten images of each, back to back, then again in the other order. Slow.
#include "Vaccelerator16.h"
#include "tests/simd_rtl/accelerator_bench.h"

TEST_CASE("one hardware of 16 x 16, many networks, without reset between") {
  psaflow::test::AcceleratorBench<Vaccelerator16> bench;
  psaflow::test::check_many_networks(bench, 16, 10);
}
