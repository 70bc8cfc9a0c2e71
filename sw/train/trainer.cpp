#include "sw/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/train/augment.h"

namespace psaflow {
namespace {

constexpr uint64_t kOrderStream = ~uint64_t{0};  // the shuffle's stream; views use the image's index

int best_class(const float* logits, int classes) {
  return static_cast<int>(std::max_element(logits, logits + classes) - logits);
}

}  // namespace

std::vector<std::array<float, 256>> normalized_pixels(const ModelConfig& config) {
  std::vector<std::array<float, 256>> table(config.mean.size());
  for (size_t c = 0; c < table.size(); ++c) {
    for (int p = 0; p < 256; ++p) table[c][p] = static_cast<float>((p / 255.0 - config.mean[c]) / config.std[c]);
  }
  return table;
}

Checkpoint Trainer::fresh(const Recipe& recipe) {
  Checkpoint c;
  c.recipe = recipe;
  const ResMlp<float> net(recipe.net);
  Rng rng(recipe.seed);
  net.initialize(c.parameters, c.statistics, rng);
  c.optimizer.reset(c.parameters.size());
  return c;
}

Trainer::Trainer(Checkpoint start, const Dataset& data, int threads)
    : state_(std::move(start)),
      data_(data),
      pool_(threads),
      net_(state_.recipe.net),
      pixels_(normalized_pixels(state_.recipe.net.model)) {
  const Recipe& r = state_.recipe;
  const ModelConfig& m = r.net.model;
  if (data.count() <= static_cast<size_t>(r.holdout)) {
    throw UserError("", "training split", std::to_string(data.count()) + " images",
                    "more than the recipe's holdout of " + std::to_string(r.holdout));
  }
  if (state_.optimizer.first.empty())
    throw UserError("", "checkpoint", "a published one, without the optimiser's state",
                    "one that training left in its run folder");
  for (double mean : m.mean) fill_.push_back(static_cast<uint8_t>(std::lround(mean * 255)));
  shards_.resize(static_cast<size_t>(r.batch_size / r.shard_size));
  for (Shard& s : shards_) {
    s.patches.resize(static_cast<size_t>(r.shard_size) * m.tokens() * m.features());
    s.targets.resize(static_cast<size_t>(r.shard_size) * m.classes);
    s.gradients.resize(net_.effective().size());
    s.statistics.resize(net_.statistics().size());
  }
  for (int w = 0; w < pool_.size(); ++w) workspaces_.push_back(net_.make_workspace(r.shard_size));
}

void Trainer::step(const uint32_t* order, int images, double& loss, size_t& correct) {
  const Recipe& r = state_.recipe;
  const ModelConfig& m = r.net.model;
  const size_t used = (static_cast<size_t>(images) + r.shard_size - 1) / r.shard_size;
  net_.make_effective(state_.parameters, effective_, &pool_);
  pool_.run(used, [&](size_t item, int worker) {
    Shard& s = shards_[item];
    const int first = static_cast<int>(item) * r.shard_size, count = std::min(r.shard_size, images - first);
    const float off = static_cast<float>(r.label_smoothing / m.classes),
                on = static_cast<float>(1 - r.label_smoothing) + off;
    uint8_t view[kCifarImageBytes];
    for (int i = 0; i < count; ++i) {
      const uint32_t image = order[first + i];
      Rng rng = Rng::stream(r.seed, static_cast<uint64_t>(state_.epochs_done), image);
      augment(data_.image(image), m.image_channels, kCifarSide, r.augmentation, fill_.data(), rng, view);
      cut_patches(view, m.image_channels, m.image_height, m.image_width, m.patch,
                  s.patches.data() + static_cast<size_t>(i) * m.tokens() * m.features(),
                  [&](int c, uint8_t p) { return pixels_[c][p]; });
      for (int k = 0; k < m.classes; ++k)
        s.targets[static_cast<size_t>(i) * m.classes + k] = k == data_.labels[image] ? on : off;
    }
    std::fill(s.gradients.begin(), s.gradients.end(), 0.f);
    s.loss = net_.train_shard(effective_, s.patches.data(), s.targets.data(), count, images, *workspaces_[worker],
                              s.gradients, s.statistics);
    s.correct = 0;
    const float* logits = ResMlp<float>::logits(*workspaces_[worker]);
    for (int i = 0; i < count; ++i)
      s.correct +=
          best_class(logits + static_cast<size_t>(i) * m.classes, m.classes) == data_.labels[order[first + i]] ? 1 : 0;
  });
  // Summed in the order of the shards, so that the result does not depend on which worker was faster.
  for (size_t item = 1; item < used; ++item) {
    for (size_t i = 0; i < shards_[0].gradients.size(); ++i) shards_[0].gradients[i] += shards_[item].gradients[i];
    for (size_t i = 0; i < shards_[0].statistics.size(); ++i) shards_[0].statistics[i] += shards_[item].statistics[i];
  }
  constexpr float kMomentum = 0.1f;  // of the running statistics
  for (size_t i = 0; i < state_.statistics.size(); ++i) {
    state_.statistics[i] += kMomentum * (shards_[0].statistics[i] / static_cast<float>(used) - state_.statistics[i]);
  }
  for (size_t item = 0; item < used; ++item) {
    loss += shards_[item].loss;
    correct += shards_[item].correct;
  }
  net_.finish_gradients(state_.parameters, shards_[0].gradients, gradients_, &pool_);
}

EpochReport Trainer::run_epoch(const std::function<void(size_t, double)>& on_progress) {
  const auto start = std::chrono::steady_clock::now();
  const Recipe& r = state_.recipe;
  std::vector<uint32_t> order(data_.count() - r.holdout);
  std::iota(order.begin(), order.end(), 0u);
  Rng shuffle = Rng::stream(r.seed, static_cast<uint64_t>(state_.epochs_done), kOrderStream);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[shuffle.below(i)]);

  // A last batch smaller than a shard would make poor batch statistics: left out of this epoch (the shuffle varies
  // which images).
  const auto batches = static_cast<int64_t>((order.size() + r.batch_size - r.shard_size) / r.batch_size);
  const int64_t steps_per_epoch = std::max<int64_t>(1, batches);
  EpochReport report;
  report.epoch = state_.epochs_done + 1;
  double loss = 0;
  size_t correct = 0, seen = 0;
  for (int64_t b = 0; b < steps_per_epoch; ++b) {
    const size_t first = static_cast<size_t>(b) * r.batch_size;
    const int images = static_cast<int>(std::min<size_t>(r.batch_size, order.size() - first));
    step(order.data() + first, images, loss, correct);
    seen += images;
    if (!std::isfinite(loss))
      throw UserError("", "training", "a loss that is not finite",
                      "a lower learning_rate than " + std::to_string(r.learning_rate));
    const int64_t now = state_.epochs_done * steps_per_epoch + b;
    report.learning_rate =
        cosine_learning_rate(now, std::llround(r.warmup_epochs * static_cast<double>(steps_per_epoch)),
                             r.epochs * steps_per_epoch, r.learning_rate, r.final_learning_rate);
    state_.optimizer.step(net_.parameters(), gradients_, report.learning_rate, r.weight_decay, state_.parameters);
    if (on_progress) on_progress(images, loss / static_cast<double>(seen));
  }
  ++state_.epochs_done;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  state_.train_seconds += report.seconds;
  report.loss = loss / static_cast<double>(seen);
  report.train_accuracy = static_cast<double>(correct) / static_cast<double>(seen);
  report.images_per_second = static_cast<double>(seen) / report.seconds;
  if (r.holdout > 0)
    report.holdout_accuracy = evaluate_float(state_, data_, data_.count() - r.holdout, r.holdout, pool_);
  return report;
}

double evaluate_float(const Checkpoint& checkpoint, const Dataset& data, size_t first, size_t count, ThreadPool& pool) {
  const ResMlp<float> net(checkpoint.recipe.net);
  const ModelConfig& m = checkpoint.recipe.net.model;
  const auto pixels = normalized_pixels(m);
  AlignedVector<float> effective;
  net.make_effective(checkpoint.parameters, effective, &pool);
  constexpr size_t kImages = 16;
  const size_t patch_values = static_cast<size_t>(m.tokens()) * m.features();
  std::vector<std::shared_ptr<ResMlp<float>::Workspace>> workspaces;
  std::vector<AlignedVector<float>> patches(pool.size(), AlignedVector<float>(kImages * patch_values));
  for (int w = 0; w < pool.size(); ++w) workspaces.push_back(net.make_workspace(kImages));
  std::vector<size_t> correct((count + kImages - 1) / kImages, 0);
  pool.run(correct.size(), [&](size_t item, int worker) {
    const size_t begin = first + item * kImages;
    const int n = static_cast<int>(std::min(kImages, first + count - begin));
    for (int i = 0; i < n; ++i) {
      cut_patches(data.image(begin + i), m.image_channels, m.image_height, m.image_width, m.patch,
                  patches[worker].data() + i * patch_values, [&](int c, uint8_t p) { return pixels[c][p]; });
    }
    net.infer(effective, checkpoint.statistics, patches[worker].data(), n, *workspaces[worker]);
    const float* logits = ResMlp<float>::logits(*workspaces[worker]);
    for (int i = 0; i < n; ++i)
      correct[item] +=
          best_class(logits + static_cast<size_t>(i) * m.classes, m.classes) == data.labels[begin + i] ? 1 : 0;
  });
  return static_cast<double>(std::accumulate(correct.begin(), correct.end(), size_t{0})) /
         static_cast<double>(std::max<size_t>(1, count));
}

}  // namespace psaflow
