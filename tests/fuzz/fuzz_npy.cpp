// libFuzzer target: a NumPy array of any bytes is read or is a UserError; what was read is as large as it says.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/base/error.h"
#include "sw/io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace psaflow;
  try {
    const NpyArray array = parse_npy({data, data + size}, "f");
    PSAFLOW_CHECK(array.data.size() == array.size() * array.element_bytes, "every element is there");
    if (array.kind == 'f') return 0;
    for (size_t i = 0; i < array.size(); ++i) {
      const int64_t value = array.integer(i);
      PSAFLOW_CHECK(array.kind == 'i' || value >= 0, "only signed integers are negative");
    }
  } catch (const UserError&) {
  }
  return 0;
}
