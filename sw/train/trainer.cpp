#include "sw/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/train/muon.h"

namespace psaflow {
namespace {

bool is_of_block(const ParameterSlice& slice, int block) {
  return slice.name.rfind(block_layer(static_cast<size_t>(block), ""), 0) == 0;
}

// Where the statistics of the norms up to block `block` end; those behind it follow.
size_t end_of_block(const ParameterLayout& statistics, int block) {
  size_t end = 0;
  for (const ParameterSlice& slice : statistics.slices()) {
    if (is_of_block(slice, block)) end = slice.offset + slice.size;
  }
  return end;
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

Trainer::Trainer(Checkpoint start, const Dataset& data, int threads, TeacherLogits teacher,
                 std::shared_ptr<const BlockTeacher> block_teacher)
    : state_(std::move(start)),
      data_(data),
      views_(state_.recipe, data),
      teacher_(std::move(teacher)),
      block_teacher_(std::move(block_teacher)),
      pool_(threads),
      net_(state_.recipe.net),
      pixels_(normalized_pixels(state_.recipe.net.model)) {
  const Recipe& r = state_.recipe;
  const ModelConfig& m = r.net.model;
  PSAFLOW_CHECK(static_cast<bool>(teacher_) == !r.distillation.teacher.empty(), "a teacher where the recipe has one");
  if (state_.optimizer.first.empty())
    throw UserError("", "checkpoint", "a published one, without the optimiser's state",
                    "one that training left in its run folder");
  if (r.precision == Precision::kBfloat16 && bf16_unit() == Bf16Unit::kNone)
    throw UserError("", "precision", "bfloat16", "float32, on a CPU without AVX512-BF16");
  check_steps(epochs_in_phase(r, state_.epochs_done), state_.optimizer.steps, steps_per_epoch(), views_.images());
  shards_.resize(static_cast<size_t>(r.batch_size / r.shard_size));
  for (TrainShard& s : shards_) {
    s.patches.resize(static_cast<size_t>(r.shard_size) * m.tokens() * m.features());
    s.labels.resize(static_cast<size_t>(r.shard_size) * m.classes);
    if (teacher_) s.soft.resize(s.labels.size());
    s.gradients.resize(net_.effective().size());
    s.statistics.resize(net_.statistics().size());
  }
  for (int w = 0; w < pool_.size(); ++w) workspaces_.push_back(net_.make_workspace(r.shard_size, r.precision));
  if (block_of_epoch(r, state_.epochs_done) >= 0) {
    begin_transfer();
  } else {
    end_transfer();
  }
}

void Trainer::begin_transfer() {
  const Recipe& r = state_.recipe;
  const ModelConfig& m = r.net.model;
  PSAFLOW_CHECK(block_teacher_ != nullptr, "a teacher of the blocks that are to be transferred");
  if (state_.epochs_done == 0) block_teacher_->copy_embedding(net_.parameters(), state_.parameters);
  for (TrainShard& s : shards_) s.wanted.resize(static_cast<size_t>(r.shard_size) * m.tokens() * m.embed);
  for (int w = 0; w < pool_.size(); ++w) block_workspaces_.push_back(block_teacher_->make_workspace(r.precision));
}

void Trainer::end_transfer() {
  block_teacher_.reset();
  block_workspaces_.clear();
}

int64_t Trainer::steps_per_epoch() const {
  const Recipe& r = state_.recipe;
  return std::max<int64_t>(1, static_cast<int64_t>((views_.images() + r.batch_size - r.shard_size) / r.batch_size));
}

size_t Trainer::left_out() const {
  const auto most = static_cast<size_t>(steps_per_epoch()) * state_.recipe.batch_size;
  return views_.images() - std::min(views_.images(), most);
}

void Trainer::make_views(const uint32_t* order, int images, const float* teacher_logits, TrainShard& s) const {
  const ModelConfig& m = state_.recipe.net.model;
  const int view = views_.view_of_epoch(state_.epochs_done);
  const auto temperature = static_cast<float>(state_.recipe.distillation.temperature);
  std::vector<uint8_t> pixels(data_.image_bytes());
  for (int i = 0; i < images; ++i) {
    views_.make(view, order[i], pixels.data(), s.labels.data() + static_cast<size_t>(i) * m.classes);
    cut_patches(m, pixels.data(), s.patches.data() + static_cast<size_t>(i) * m.tokens() * m.features(),
                [&](int c, uint8_t p) { return pixels_[c][p]; });
    if (teacher_logits == nullptr) continue;
    const float* z = teacher_logits + static_cast<size_t>(order[i]) * m.classes;
    float* soft = s.soft.data() + static_cast<size_t>(i) * m.classes;
    const float largest = *std::max_element(z, z + m.classes);
    float sum = 0;
    for (int k = 0; k < m.classes; ++k) sum += soft[k] = std::exp((z[k] - largest) / temperature);
    for (int k = 0; k < m.classes; ++k) soft[k] /= sum;
  }
}

void Trainer::run_shard(int images, int batch, bool soft, int worker, TrainShard& s) {
  const Recipe& r = state_.recipe;
  const int classes = r.net.model.classes;
  const Targets<float> targets{s.labels.data(), soft ? s.soft.data() : nullptr,
                               static_cast<float>(r.distillation.weight),
                               static_cast<float>(r.distillation.temperature)};
  s.loss = net_.train_shard(effective_, s.patches.data(), targets, images, batch, *workspaces_[worker], s.gradients,
                            s.statistics);
  s.correct = 0;
  const float* logits = ResMlp<float>::logits(*workspaces_[worker]);
  for (int i = 0; i < images; ++i) {
    const size_t at = static_cast<size_t>(i) * classes;
    s.correct += best_class(logits + at, classes) == best_class(s.labels.data() + at, classes) ? 1 : 0;
  }
}

void Trainer::run_block_shard(int images, int batch, int block, int worker, TrainShard& s) {
  block_teacher_->block_output(s.patches.data(), block, images, *block_workspaces_[worker], s.wanted.data());
  s.loss = net_.train_block_shard(effective_, s.patches.data(), s.wanted.data(), block, images, batch,
                                  *workspaces_[worker], s.gradients, s.statistics);
  s.correct = 0;
}

void Trainer::step(const uint32_t* order, int images, const float* teacher_logits, int block, EpochTally& tally) {
  const Recipe& r = state_.recipe;
  const size_t used = (static_cast<size_t>(images) + r.shard_size - 1) / r.shard_size;
  net_.make_effective(state_.parameters, effective_, &pool_);
  pool_.run(used, [&](size_t item, int worker) {
    TrainShard& s = shards_[item];
    const int first = static_cast<int>(item) * r.shard_size, count = std::min(r.shard_size, images - first);
    make_views(order + first, count, teacher_logits, s);
    std::fill(s.gradients.begin(), s.gradients.end(), 0.f);
    if (block < 0) {
      run_shard(count, images, teacher_logits != nullptr, worker, s);
    } else {
      run_block_shard(count, images, block, worker, s);
    }
  });
  // Summed in the order of the shards, so that the result does not depend on which worker was faster.
  for (size_t item = 1; item < used; ++item) {
    for (size_t i = 0; i < shards_[0].gradients.size(); ++i) shards_[0].gradients[i] += shards_[item].gradients[i];
    for (size_t i = 0; i < shards_[0].statistics.size(); ++i) shards_[0].statistics[i] += shards_[item].statistics[i];
  }
  constexpr float kMomentum = 0.1f;  // of the running statistics
  const size_t passed = block < 0 ? state_.statistics.size() : end_of_block(net_.statistics(), block);
  for (size_t i = 0; i < passed; ++i) {
    state_.statistics[i] += kMomentum * (shards_[0].statistics[i] / static_cast<float>(used) - state_.statistics[i]);
  }
  for (size_t item = 0; item < used; ++item) {
    tally.loss += shards_[item].loss;
    tally.correct += shards_[item].correct;
  }
  tally.seen += static_cast<size_t>(images);
  net_.finish_gradients(state_.parameters, shards_[0].gradients, gradients_, &pool_);
}

// shape: the learning rates' share of their peaks.
void Trainer::update(double shape, EpochReport& report) {
  const Recipe& r = state_.recipe;
  report.learning_rate = r.final_learning_rate + (r.learning_rate - r.final_learning_rate) * shape;
  const bool muon = r.optimizer == OptimizerKind::kMuon;
  state_.optimizer.step(net_.parameters(), gradients_, report.learning_rate, r.weight_decay, state_.parameters,
                        muon ? is_muon_weight : std::function<bool(const ParameterSlice&)>());
  if (muon) {
    muon_step(net_.parameters(), gradients_, r.muon_learning_rate * shape, r.weight_decay, state_.parameters,
              state_.optimizer.first, pool_);
  }
  if (r.ema == 0) return;
  if (state_.average.empty()) {
    state_.average = state_.parameters;
    state_.average_statistics = state_.statistics;
  }
  const auto n = static_cast<double>(state_.optimizer.steps);
  const auto towards = static_cast<float>(1 - std::min(r.ema, (1 + n) / (10 + n)));  // soon rid of the first weights
  const auto follow = [&](const AlignedVector<float>& now, AlignedVector<float>& average) {
    for (size_t i = 0; i < now.size(); ++i) average[i] += towards * (now[i] - average[i]);
  };
  follow(state_.parameters, state_.average);
  follow(state_.statistics, state_.average_statistics);
}

void Trainer::update_block(int block, EpochReport& report) {
  const Recipe& r = state_.recipe;
  report.learning_rate = r.block_transfer.learning_rate;
  state_.optimizer.step(net_.parameters(), gradients_, report.learning_rate, r.weight_decay, state_.parameters,
                        [block](const ParameterSlice& slice) { return !is_of_block(slice, block); });
}

EpochReport Trainer::run_epoch(const std::function<void(size_t, double)>& on_progress) {
  EpochTally tally;
  const Recipe& r = state_.recipe;
  const int block = block_of_epoch(r, state_.epochs_done);
  const float* teacher_logits = teacher_ && block < 0 ? teacher_(views_.view_of_epoch(state_.epochs_done)) : nullptr;
  const std::vector<uint32_t> order = epoch_order(views_.images(), r.seed, state_.epochs_done);
  const int64_t steps = steps_per_epoch(), steps_before = epochs_in_phase(r, state_.epochs_done) * steps;
  EpochReport report;
  report.epoch = state_.epochs_done + 1;
  report.block = block;
  report.blocks = block < 0 ? 0 : r.net.model.blocks;
  for (int64_t b = 0; b < steps; ++b) {
    const size_t first = static_cast<size_t>(b) * r.batch_size;
    const int images = static_cast<int>(std::min<size_t>(r.batch_size, order.size() - first));
    step(order.data() + first, images, teacher_logits, block, tally);
    if (!std::isfinite(tally.loss))
      throw UserError(
          "", "training", "a loss that is not finite",
          block < 0 ? "a lower learning_rate than " + std::to_string(r.learning_rate)
                    : "a lower block_transfer.learning_rate than " + std::to_string(r.block_transfer.learning_rate));
    if (block < 0) {
      update(schedule_shape(r, steps_before + b, steps), report);
    } else {
      update_block(block, report);
    }
    if (on_progress) on_progress(images, tally.mean_loss());
  }
  ++state_.epochs_done;
  if (block >= 0 && epochs_in_phase(r, state_.epochs_done) == 0) {
    state_.optimizer.reset(state_.parameters.size());
    if (block_of_epoch(r, state_.epochs_done) < 0) end_transfer();
  }
  tally.close(report);
  state_.train_seconds += report.seconds;
  if (r.holdout > 0 && block < 0)
    report.holdout_accuracy = evaluate_float(published(state_), data_, data_.count() - r.holdout, r.holdout, pool_);
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
      cut_patches(m, data.image(begin + i), patches[worker].data() + i * patch_values,
                  [&](int c, uint8_t p) { return pixels[c][p]; });
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
