#include "sw/teacher/teacher_trainer.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/teacher/teacher.h"
#include "sw/teacher/views.h"

namespace psaflow {
namespace {

constexpr size_t kWhiteningImages = 5000;
constexpr float kStatisticsMomentum = 0.4f;  // of the running statistics: few steps, so they follow fast

void check_enough(const TeacherRecipe& r, const Dataset& data) {
  if (data.count() < static_cast<size_t>(r.holdout) + r.batch_size)
    throw UserError("", "training split", std::to_string(data.count()) + " images",
                    "at least the recipe's holdout of " + std::to_string(r.holdout) + " and a batch of " +
                        std::to_string(r.batch_size));
}

}  // namespace

TeacherCheckpoint TeacherTrainer::fresh(const TeacherRecipe& recipe, const Dataset& data) {
  check_enough(recipe, data);
  TeacherCheckpoint c;
  c.recipe = recipe;
  const ConvNet<float> net(recipe.net);
  Rng rng(recipe.seed);
  net.initialize(c.parameters, c.statistics, rng);
  const size_t count = std::min(kWhiteningImages, data.count() - recipe.holdout);
  AlignedVector<float> images(count * ConvNet<float>::kImageValues);
  for (size_t i = 0; i < count; ++i) plain_view(data.image(i), false, images.data() + i * ConvNet<float>::kImageValues);
  net.set_whitening(images.data(), count, c.parameters);
  c.optimizer.velocity.assign(c.parameters.size(), 0.f);
  if (recipe.lookahead > 0) {
    c.optimizer.slow = c.parameters;
    c.optimizer.slow_statistics = c.statistics;
  }
  return c;
}

TeacherTrainer::TeacherTrainer(TeacherCheckpoint start, const Dataset& data, int threads)
    : state_(std::move(start)), data_(data), pool_(threads), net_(state_.recipe.net) {
  const TeacherRecipe& r = state_.recipe;
  check_enough(r, data);
  if (state_.optimizer.velocity.empty())
    throw UserError("", "checkpoint", "a published one, without the optimiser's state",
                    "one that training left in its run folder");
  const size_t images = data.count() - static_cast<size_t>(r.holdout);
  check_steps(state_.epochs_done, state_.optimizer.steps, static_cast<int64_t>(images / r.batch_size), images);
  shards_.resize(static_cast<size_t>(r.batch_size / r.shard_size));
  for (Shard& s : shards_) {
    s.gradients.resize(net_.parameters().size());
    s.statistics.resize(net_.statistics().size());
  }
  gradients_.resize(net_.parameters().size());
  workers_.resize(pool_.size());
  for (Worker& w : workers_) {
    w.workspace = net_.make_workspace(r.shard_size);
    w.images.resize(static_cast<size_t>(r.shard_size) * ConvNet<float>::kImageValues);
    w.targets.resize(static_cast<size_t>(r.shard_size) * r.net.classes);
  }
}

void TeacherTrainer::step(const uint32_t* order, bool whiten_bias, double& loss, size_t& correct) {
  const TeacherRecipe& r = state_.recipe;
  const int classes = r.net.classes;
  const float off = static_cast<float>(r.label_smoothing / classes),
              on = static_cast<float>(1 - r.label_smoothing) + off;
  net_.pack(state_.parameters, true, packed_);
  pool_.run(shards_.size(), [&](size_t item, int worker) {
    Shard& s = shards_[item];
    Worker& w = workers_[worker];
    const uint32_t* const images = order + item * r.shard_size;
    for (int i = 0; i < r.shard_size; ++i) {
      teacher_view(data_.image(images[i]), r.augmentation, r.seed, state_.epochs_done, images[i],
                   w.images.data() + static_cast<size_t>(i) * ConvNet<float>::kImageValues);
      for (int k = 0; k < classes; ++k) w.targets[i * classes + k] = k == data_.labels[images[i]] ? on : off;
    }
    std::fill(s.gradients.begin(), s.gradients.end(), 0.f);
    s.loss = net_.train_shard(state_.parameters, packed_, w.images.data(), w.targets.data(), r.shard_size, r.batch_size,
                              whiten_bias, *w.workspace, s.gradients, s.statistics);
    s.correct = 0;
    const float* const logits = ConvNet<float>::logits(*w.workspace);
    for (int i = 0; i < r.shard_size; ++i)
      s.correct += best_class(logits + i * classes, classes) == data_.labels[images[i]] ? 1 : 0;
  });
  // Summed in the order of the shards, so that the result does not depend on which worker was faster.
  constexpr size_t kPart = 1 << 14;
  pool_.run((gradients_.size() + kPart - 1) / kPart, [&](size_t part, int) {
    const size_t first = part * kPart, last = std::min(gradients_.size(), first + kPart);
    std::fill(gradients_.begin() + first, gradients_.begin() + last, 0.f);
    for (const Shard& s : shards_) {
      for (size_t i = first; i < last; ++i) gradients_[i] += s.gradients[i];
    }
  });
  for (size_t i = 0; i < state_.statistics.size(); ++i) {
    float sum = 0;
    for (const Shard& s : shards_) sum += s.statistics[i];
    state_.statistics[i] += kStatisticsMomentum * (sum / static_cast<float>(shards_.size()) - state_.statistics[i]);
  }
  for (const Shard& s : shards_) {
    loss += s.loss;
    correct += s.correct;
  }
}

size_t TeacherTrainer::left_out() const {
  return (data_.count() - static_cast<size_t>(state_.recipe.holdout)) % static_cast<size_t>(state_.recipe.batch_size);
}

EpochReport TeacherTrainer::run_epoch(const std::function<void(size_t, double)>& on_progress) {
  EpochTally tally;
  const TeacherRecipe& r = state_.recipe;
  const std::vector<uint32_t> order = epoch_order(data_.count() - r.holdout, r.seed, state_.epochs_done);

  const auto batches = static_cast<int64_t>(order.size() / r.batch_size);
  const int64_t steps = batches * r.epochs;
  EpochReport report;
  report.epoch = state_.epochs_done + 1;
  for (int64_t b = 0; b < batches; ++b) {
    const bool whiten_bias =
        static_cast<double>(state_.optimizer.steps) < r.whiten_bias_epochs * static_cast<double>(batches);
    step(order.data() + b * r.batch_size, whiten_bias, tally.loss, tally.correct);
    tally.seen += r.batch_size;
    if (!std::isfinite(tally.loss))
      throw UserError("", "training", "a loss that is not finite",
                      "a lower learning_rate than " + std::to_string(r.learning_rate));
    report.learning_rate = r.learning_rate * learning_share(r, state_.optimizer.steps, steps);
    sgd_step(r, net_.parameters(), gradients_, steps, whiten_bias, state_.optimizer, state_.parameters);
    look_ahead(r, steps, state_.optimizer, state_.parameters, state_.statistics);
    if (on_progress) on_progress(r.batch_size, tally.mean_loss());
  }
  ++state_.epochs_done;
  tally.close(report);
  state_.train_seconds += report.seconds;
  if (r.holdout > 0)
    report.holdout_accuracy =
        Teacher(state_).accuracy(data_, data_.count() - r.holdout, static_cast<size_t>(r.holdout), pool_);
  return report;
}

}  // namespace psaflow
