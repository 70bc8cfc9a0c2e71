// The zoo on all of CIFAR-10 (folder in PSAFLOW_DATA): every accuracy of every card, measured again, and the integer
// model made again from its float checkpoint (unless it was trained on since): all but a rounding here and there the
// same.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "sw/quant/card.h"
#include "sw/quant/quantize.h"
#include "sw/train/trainer.h"
#include "tests/zoo/zoo.h"

namespace {

constexpr int kSkipped = 77;  // CTest shows it as skipped
int failures = 0;

void check(bool holds, const std::string& what) {
  fmt::print("{} {}\n", holds ? "ok    " : "FAILED", what);
  failures += holds ? 0 : 1;
}

}  // namespace

int main() {
  using namespace psaflow;
  const char* const dir = std::getenv("PSAFLOW_DATA");
  if (dir == nullptr) {
    fmt::print("skipped: PSAFLOW_DATA names no folder with CIFAR-10 ('psaflow fetch-data --dir data' brings it)\n");
    return kSkipped;
  }
  const Dataset train = load_cifar10(dir, Split::kTrain), test_split = load_cifar10(dir, Split::kTest);
  ThreadPool pool;
  for (const std::string& folder : test::zoo_folders()) {
    const nlohmann::json card = test::card(folder);
    const IntModel model = load_int_model(folder + "/model.safetensors");
    const Checkpoint checkpoint = load_checkpoint(folder + "/float.safetensors");
    const double int8_accuracy = evaluate_int8(model, test_split, 0, test_split.count());
    check(int8_accuracy == card.at("test").at("int8_accuracy").get<double>(),
          fmt::format("{}: INT8 {:.2f} % on the test split", folder, 100 * int8_accuracy));
    // Float sums may round otherwise on another machine and tip an image or two.
    const double float_accuracy = evaluate_float(checkpoint, test_split, 0, test_split.count(), pool);
    check(std::abs(float_accuracy - card.at("test").at("float_accuracy").get<double>()) <= 0.001,
          fmt::format("{}: float {:.2f} % on the test split", folder, 100 * float_accuracy));

    // Quantisation-aware training takes too long to be done again here.
    if (card.count("finetune_command") != 0) continue;
    QuantizeOptions options;
    options.table_log2 = card.at("table_log2");
    options.calibration_images = card.at("calibration_images");
    const IntModel again = quantize(fold(checkpoint), train, options, pool);
    size_t different = 0, weights = 0;
    for (const Node& node : model.network.nodes) {
      if (!std::holds_alternative<op::Linear>(node.op)) continue;
      const std::vector<int8_t>&a = std::get<op::Linear>(node.op).params.weight,
            &b = again.network.get<op::Linear>(node.name).params.weight;
      for (size_t i = 0; i < a.size(); ++i) different += a[i] != b[i] ? 1 : 0;
      weights += a.size();
    }
    check(different * 100 <= weights,
          fmt::format("{}: quantised again, {} of {} weights differ", folder, different, weights));
  }
  return failures == 0 ? 0 : 1;
}
