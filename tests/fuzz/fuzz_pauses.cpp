// libFuzzer target: a recording of stalls, of any bytes, is read or is a UserError; what was read survives writing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "models/plan/pauses.h"
#include "sw/base/error.h"

namespace {

// "0x100000000" is legal and a gigabyte: such counts are left to the tests of the limit.
bool large_count(const std::string& text) {
  static const std::string digits = "0123456789";
  for (size_t at = text.find('x'); at != std::string::npos; at = text.find('x', at + 1)) {
    const size_t end = std::min(text.find_first_not_of(digits, at + 1), text.size());
    if (end - at > 5) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace psaflow;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (large_count(text)) return 0;
  RecordedPauses pauses;
  try {
    pauses = parse_pauses(text, "f");
  } catch (const UserError&) {
    return 0;
  }
  const RecordedPauses again = parse_pauses(pauses_text(pauses, "again"), "f");
  PSAFLOW_CHECK(again.source == pauses.source && again.sink == pauses.sink, "pauses survive their file");
  return 0;
}
