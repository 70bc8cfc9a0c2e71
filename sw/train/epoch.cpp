#include "sw/train/epoch.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sw/base/error.h"
#include "sw/base/rng.h"

namespace psaflow {

void EpochTally::close(EpochReport& report) const {
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  report.loss = mean_loss();
  report.train_accuracy = static_cast<double>(correct) / static_cast<double>(seen);
  report.images_per_second = static_cast<double>(seen) / report.seconds;
}

void check_steps(int epochs, int64_t steps, int64_t steps_per_epoch, size_t images) {
  if (steps == epochs * steps_per_epoch) return;
  throw UserError("", "__metadata__.optimizer_steps", std::to_string(steps),
                  fmt::format("{}: its {} epochs of {} steps each on the {} images to train on; it is a run on another "
                              "number of images, or the file is not whole",
                              epochs * steps_per_epoch, epochs, steps_per_epoch, images));
}

std::vector<uint32_t> epoch_order(size_t images, uint64_t seed, int epoch) {
  constexpr uint64_t kStream = ~uint64_t{0};  // views use the image's index as theirs
  std::vector<uint32_t> order(images);
  std::iota(order.begin(), order.end(), 0u);
  Rng shuffle = Rng::stream(seed, static_cast<uint64_t>(epoch), kStream);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[shuffle.below(i)]);
  return order;
}

int best_class(const float* values, int classes) {
  return static_cast<int>(std::max_element(values, values + classes) - values);
}

}  // namespace psaflow
