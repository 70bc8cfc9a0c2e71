// libFuzzer target: a model card of any bytes is read or is a UserError.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sw/base/error.h"
#include "sw/zoo_report/zoo.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const psaflow::ZooCard card =
        psaflow::parse_card(std::string(reinterpret_cast<const char*>(data), size), "f", "card");
    for (const auto& scores : {card.test, card.holdout}) {
      for (const auto& accuracy : {scores.float_accuracy, scores.int8_accuracy})
        PSAFLOW_CHECK(!accuracy || (*accuracy >= 0 && *accuracy <= 1), "an accuracy is a fraction");
    }
    PSAFLOW_CHECK(card.hidden >= 1 && card.epochs >= 0, "ranges are those that the reader states");
  } catch (const psaflow::UserError&) {
  }
  return 0;
}
