// libFuzzer target: a recipe of any bytes, the students' kind or the teacher's, is read or is a UserError; what was read
// survives writing.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sw/base/error.h"
#include "sw/teacher/teacher_recipe.h"
#include "sw/train/recipe.h"

namespace {

template <typename Parse>
void check(const Parse& parse, const std::string& text) {
  std::string written;
  try {
    written = to_yaml(parse(text, "f"));
  } catch (const psaflow::UserError&) {
    return;
  }
  PSAFLOW_CHECK(to_yaml(parse(written, "f")) == written,
                "a recipe survives its file");  // a UserError is a finding here
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(psaflow::parse_recipe, text);
  check(psaflow::parse_teacher_recipe, text);
  return 0;
}
