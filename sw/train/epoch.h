// What every training loop shares: the order of an epoch's images, what the epoch adds up, and its report.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace psaflow {

struct EpochReport {
  int epoch = 0;                 // 1-based
  double loss = 0;               // mean of the epoch's augmented views
  double train_accuracy = 0;     // of the same views, 0..1; a blend of two counts as the image with the larger share
  double holdout_accuracy = -1;  // 0..1; -1 when the recipe holds out nothing (the log then has no such key)
  double learning_rate = 0;      // of the last step
  double seconds = 0;            // of the epoch, without the hold-out's evaluation
  double images_per_second = 0;
  int block = -1;  // of block-wise transfer, 0-based: loss is its mean squared error, and there are no accuracies
  int blocks = 0;  // of how many; not logged
};

// Sums over an epoch's steps; its clock runs from construction.
class EpochTally {
 public:
  double loss = 0;
  size_t correct = 0, seen = 0;  // images

  double mean_loss() const { return loss / static_cast<double>(seen); }
  // Fills in loss, train_accuracy, seconds and images_per_second.
  void close(EpochReport& report) const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A checkpoint counts epochs and its optimiser's steps; UserError when the steps are not those of the epochs since the
// optimiser's state began, on these images: it was trained on another number of them (or on others than it says).
void check_steps(int epochs, int64_t steps, int64_t steps_per_epoch, size_t images);

// 0..images-1, shuffled by (seed, epoch) alone.
std::vector<uint32_t> epoch_order(size_t images, uint64_t seed, int epoch);

// Index of the largest of `classes` values, the first one of equals.
int best_class(const float* values, int classes);

}  // namespace psaflow
