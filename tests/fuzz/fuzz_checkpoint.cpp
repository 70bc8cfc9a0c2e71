// libFuzzer target: a checkpoint of any training, of any bytes, is read or is a UserError; what was read is whole enough
// to be folded, as quantize does first.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/base/error.h"
#include "sw/qat/finetune.h"
#include "sw/quant/folded.h"
#include "sw/teacher/teacher_checkpoint.h"
#include "sw/train/checkpoint.h"

namespace psaflow {
namespace {

template <typename Read>
void user_error_or(const Read& read) {
  try {
    read();
  } catch (const UserError&) {
  }
}

void read_all(const Safetensors& file) {
  user_error_or([&] {
    const Checkpoint checkpoint = parse_checkpoint(file);
    PSAFLOW_CHECK(checkpoint.epochs_done <= total_epochs(checkpoint.recipe), "no more epochs than the recipe has");
    fold(published(checkpoint));
  });
  user_error_or([&] {
    const TeacherCheckpoint checkpoint = parse_teacher_checkpoint(file);
    PSAFLOW_CHECK(checkpoint.epochs_done <= total_epochs(checkpoint.recipe), "no more epochs than the recipe has");
  });
  user_error_or([&] {
    const FinetuneState state = parse_finetuning(file);
    PSAFLOW_CHECK(state.parameters.size() == state.optimizer.second.size(), "a moment for each parameter");
  });
}

}  // namespace
}  // namespace psaflow

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace psaflow;
  const std::vector<char> bytes(data, data + size);
  user_error_or([&] { read_all(Safetensors::parse(bytes, "f")); });
  return 0;
}
