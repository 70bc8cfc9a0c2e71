#include "sw/qat/finetune.h"

#include <algorithm>
#include <cmath>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/qat/parameters.h"
#include "sw/qat/steps_backward.h"
#include "sw/quant/classes.h"

namespace psaflow {
namespace {

constexpr int kGroup = 8;           // images that go through the network together
constexpr double kLastRate = 0.01;  // of the learning rate, at the end of the cosine
constexpr double kWarmup = 0.02;    // part of the run

// A folded model of the recipe's shape.
FoldedModel shape_of(const Recipe& recipe) {
  return fold(Trainer::fresh(recipe));
}

}  // namespace

bool operator==(const FinetuneOptions& a, const FinetuneOptions& b) {
  return a.epochs == b.epochs && a.learning_rate == b.learning_rate && a.range_rate == b.range_rate &&
         a.table_log2 == b.table_log2 && a.calibration_images == b.calibration_images &&
         a.float_weight == b.float_weight && a.images == b.images;
}

FinetuneState start_finetuning(const Checkpoint& checkpoint, const std::string& source, const Calibrated& start,
                               const FinetuneOptions& options) {
  FinetuneState s;
  s.recipe = checkpoint.recipe;
  s.float_epochs = checkpoint.epochs_done;
  s.source = source;
  s.options = options;
  pack(start.model, s.parameters);
  pack_log2(start.ranges, s.log2_scales);
  s.optimizer.reset(s.parameters.size());
  s.range_optimizer.reset(s.log2_scales.size());
  return s;
}

Finetuner::Finetuner(FinetuneState start, const Dataset& data, ViewFunction views, int threads)
    : state_(std::move(start)),
      data_(data),
      views_(std::move(views)),
      pool_(threads),
      model_(shape_of(state_.recipe)),
      model_gradient_(model_),
      ranges_(shape_of_ranges(model_)),
      range_gradient_(ranges_),
      parameter_layout_(tensor_layout(model_)),
      range_layout_(range_layout(ranges_)),
      net_(model_.config) {
  const Recipe& r = state_.recipe;
  const ModelConfig& m = model_.config;
  images_ = ViewSource(r, data).images();
  if (state_.options.images > 0) images_ = std::min(images_, static_cast<size_t>(state_.options.images));
  PSAFLOW_CHECK(
      state_.parameters.size() == parameter_layout_.size() && state_.log2_scales.size() == range_layout_.size(),
      "a state of another network");
  pixels_ = pixel_table(m.mean, m.std, ranges_.input);
  shards_.resize(static_cast<size_t>(r.batch_size / r.shard_size));
  for (Shard& s : shards_) {
    s.patches.resize(static_cast<size_t>(kGroup) * m.tokens() * m.features());
    s.targets.resize(static_cast<size_t>(kGroup) * m.classes);
    s.gradients.resize(net_.layout().size());
  }
  for (int w = 0; w < pool_.size(); ++w) workspaces_.push_back(net_.make_workspace(kGroup));
}

StepModel Finetuner::steps() {
  unpack(state_.parameters, model_);
  unpack_log2(state_.log2_scales, ranges_);
  settle(model_, ranges_);
  return to_steps(model_, ranges_, state_.options.table_log2, &pool_);
}

IntModel Finetuner::model() {
  return round_to_int8(steps());
}

void Finetuner::to_patches(const uint8_t* pixels, int index, AlignedVector<float>& patches) const {
  const ModelConfig& m = model_.config;
  cut_patches(m, pixels, patches.data() + static_cast<size_t>(index) * m.tokens() * m.features(),
              [&](int c, uint8_t byte) { return static_cast<float>(pixels_[static_cast<size_t>(c)][byte]); });
}

void Finetuner::step(const uint32_t* order, int images, double& loss, size_t& correct) {
  const Recipe& r = state_.recipe;
  const ModelConfig& m = model_.config;
  const StepModel now = steps();
  net_.load(now, ranges_.head, &pool_);
  const size_t used = (static_cast<size_t>(images) + r.shard_size - 1) / r.shard_size;
  const int epoch = state_.float_epochs + state_.epochs_done;
  pool_.run(used, [&](size_t item, int worker) {
    Shard& s = shards_[item];
    const int first = static_cast<int>(item) * r.shard_size, last = std::min(first + r.shard_size, images);
    std::fill(s.gradients.begin(), s.gradients.end(), 0.f);
    s.loss = 0;
    s.correct = 0;
    QatNet<float>::Workspace& ws = *workspaces_[static_cast<size_t>(worker)];
    const float* const logits = QatNet<float>::logits(ws);
    std::vector<uint8_t> view(data_.image_bytes());
    for (int group = first; group < last; group += kGroup) {
      const int count = std::min(kGroup, last - group);
      for (int i = 0; i < count; ++i) {
        views_(epoch, order[group + i], view.data(), s.targets.data() + static_cast<size_t>(i) * m.classes);
        to_patches(view.data(), i, s.patches);
      }
      s.loss +=
          net_.train(s.patches.data(), s.targets.data(), count, 1.f / static_cast<float>(images), ws, s.gradients);
      for (int i = 0; i < count; ++i) {
        const size_t at = static_cast<size_t>(i) * m.classes;
        s.correct += best_class(logits + at, m.classes) == best_class(s.targets.data() + at, m.classes) ? 1 : 0;
      }
    }
  });
  // Summed in the order of the shards, so that the result does not depend on which worker was faster.
  AlignedVector<float>& sum = shards_[0].gradients;
  for (size_t item = 1; item < used; ++item) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += shards_[item].gradients[i];
  }
  for (size_t item = 0; item < used; ++item) {
    loss += shards_[item].loss;
    correct += shards_[item].correct;
  }
  StepModel gradient = now;
  net_.to_step_gradient(sum, gradient, &pool_);
  steps_backward(model_, ranges_, now, gradient, model_gradient_, range_gradient_, &pool_);
  constexpr double kLn2 = 0.693147180559945309417;
  range_gradient_.head += net_.head_scale_gradient(sum) * kLn2;
  pack(model_gradient_, gradients_);
  range_gradients_.clear();
  for_each_range(range_gradient_, [&](const std::string&, const double* g, size_t count) {
    for (size_t i = 0; i < count; ++i) range_gradients_.push_back(static_cast<float>(g[i]));
  });
}

EpochReport Finetuner::run_epoch(const std::function<void(size_t, double)>& on_progress) {
  EpochTally tally;
  const Recipe& r = state_.recipe;
  const FinetuneOptions& o = state_.options;
  const std::vector<uint32_t> order = epoch_order(images_, r.seed, state_.float_epochs + state_.epochs_done);

  const auto batch = static_cast<size_t>(r.batch_size);
  const auto steps_per_epoch = static_cast<int64_t>((order.size() + batch - 1) / batch);
  Recipe schedule = r;
  schedule.schedule = Schedule::kCosine;
  schedule.epochs = o.epochs;
  schedule.warmup_epochs = kWarmup * o.epochs;
  EpochReport report;
  report.epoch = state_.epochs_done + 1;
  for (int64_t b = 0; b < steps_per_epoch; ++b) {
    const size_t first = static_cast<size_t>(b) * batch;
    const int images = static_cast<int>(std::min(batch, order.size() - first));
    step(order.data() + first, images, tally.loss, tally.correct);
    tally.seen += static_cast<size_t>(images);
    // The loss of integers is always finite; what diverges shows in the gradients.
    if (!std::all_of(gradients_.begin(), gradients_.end(), [](float g) { return std::isfinite(g); }))
      throw UserError("", "fine-tuning", "gradients that are not finite",
                      "a lower --learning-rate than " + std::to_string(o.learning_rate));
    const double shape = schedule_shape(schedule, state_.epochs_done * steps_per_epoch + b, steps_per_epoch);
    report.learning_rate = o.learning_rate * (kLastRate + (1 - kLastRate) * shape);
    state_.optimizer.step(parameter_layout_, gradients_, report.learning_rate, 0, state_.parameters);
    state_.range_optimizer.step(range_layout_, range_gradients_, report.learning_rate * o.range_rate, 0,
                                state_.log2_scales);
    if (on_progress) on_progress(static_cast<size_t>(images), tally.mean_loss());
  }
  ++state_.epochs_done;
  tally.close(report);
  state_.train_seconds += report.seconds;
  if (r.holdout > 0) {
    const size_t first = data_.count() - static_cast<size_t>(r.holdout);
    report.holdout_accuracy =
        accuracy(int8_classes(model(), data_, first, static_cast<size_t>(r.holdout), pool_.size()), data_, first);
  }
  return report;
}

ClassList Finetuner::classes(const Dataset& data, size_t first, size_t count) {
  const ModelConfig& m = model_.config;
  net_.load(steps(), ranges_.head, &pool_);
  ClassList classes(count);
  std::vector<AlignedVector<float>> patches(static_cast<size_t>(pool_.size()), shards_[0].patches);
  pool_.run((count + kGroup - 1) / kGroup, [&](size_t item, int worker) {
    const size_t begin = item * kGroup, n = std::min<size_t>(kGroup, count - begin);
    AlignedVector<float>& p = patches[static_cast<size_t>(worker)];
    for (size_t i = 0; i < n; ++i) to_patches(data.image(first + begin + i), static_cast<int>(i), p);
    const float* logits = net_.infer(p.data(), static_cast<int>(n), *workspaces_[static_cast<size_t>(worker)]);
    for (size_t i = 0; i < n; ++i)
      classes[begin + i] = static_cast<uint16_t>(best_class(logits + i * static_cast<size_t>(m.classes), m.classes));
  });
  return classes;
}

}  // namespace psaflow
