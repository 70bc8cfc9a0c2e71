// libFuzzer target: a recording of stalls, of any bytes, is read or is a UserError; what was read survives writing.
#include <algorithm>

#include "models/plan/pauses.h"
#include "sw/base/error.h"
#include "tests/fuzz/as_file.h"

namespace {

// "0x100000000" is legal and a gigabyte: such counts are left to the tests of the limit.
bool large_count(const uint8_t* data, size_t size) {
  size_t digits = 0;
  return std::any_of(data, data + size,
                     [&](uint8_t c) { return (digits = c >= '0' && c <= '9' ? digits + 1 : 0) > 6; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace psaflow;
  if (large_count(data, size)) return 0;
  try {
    const RecordedPauses pauses = read_pauses(test::as_file(data, size));
    const std::string text = pauses_text(pauses, "again");
    const RecordedPauses again = read_pauses(test::as_file(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
    PSAFLOW_CHECK(again.source == pauses.source && again.sink == pauses.sink, "pauses survive their file");
  } catch (const UserError&) {
  }
  return 0;
}
