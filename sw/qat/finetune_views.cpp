// What fine-tuning trains on: the recipe's views, and whose answers go into the targets.
#include <algorithm>
#include <cmath>
#include <mutex>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/qat/finetune.h"

namespace psaflow {
namespace {

// target = target * (1 - weight) + softmax(logits) * weight
void mix_in(const float* logits, int classes, float weight, float* target) {
  const float largest = *std::max_element(logits, logits + classes);
  float sum = 0;
  for (int k = 0; k < classes; ++k) sum += std::exp(logits[k] - largest);
  for (int k = 0; k < classes; ++k) target[k] = (1 - weight) * target[k] + weight * std::exp(logits[k] - largest) / sum;
}

// The float network for one image at a time, from any thread.
class FloatAnswers {
 public:
  explicit FloatAnswers(const Checkpoint& checkpoint)
      : net_(checkpoint.recipe.net),
        statistics_(checkpoint.statistics),
        pixels_(normalized_pixels(checkpoint.recipe.net.model)) {
    net_.make_effective(checkpoint.parameters, effective_);
  }

  void mix(const uint8_t* pixels, float weight, float* target) {
    const ModelConfig& m = net_.config().model;
    std::unique_ptr<Scratch> scratch = take();
    cut_patches(m, pixels, scratch->patches.data(),
                [&](int c, uint8_t byte) { return pixels_[static_cast<size_t>(c)][byte]; });
    net_.infer(effective_, statistics_, scratch->patches.data(), 1, *scratch->workspace);
    mix_in(ResMlp<float>::logits(*scratch->workspace), m.classes, weight, target);
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(scratch));
  }

 private:
  struct Scratch {
    std::shared_ptr<ResMlp<float>::Workspace> workspace;
    AlignedVector<float> patches;
  };
  std::unique_ptr<Scratch> take() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<Scratch> scratch = std::move(free_.back());
        free_.pop_back();
        return scratch;
      }
    }
    const ModelConfig& m = net_.config().model;
    auto scratch = std::make_unique<Scratch>();
    scratch->workspace = net_.make_workspace(1);
    scratch->patches.resize(static_cast<size_t>(m.tokens()) * m.features());
    return scratch;
  }

  ResMlp<float> net_;
  AlignedVector<float> effective_, statistics_;
  std::vector<std::array<float, 256>> pixels_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> free_;  // as many as threads have asked at once
};

}  // namespace

ViewFunction recipe_views(const Recipe& recipe, const Dataset& data, Trainer::TeacherLogits teacher) {
  PSAFLOW_CHECK(!teacher || !recipe.distillation.teacher.empty(), "no teacher where the recipe has none");
  struct Shared {
    Shared(const Recipe& r, const Dataset& d, Trainer::TeacherLogits t) : views(r, d), teacher(std::move(t)) {}
    ViewSource views;
    Trainer::TeacherLogits teacher;
    std::mutex mutex;
    int view = -1;
    const float* logits = nullptr;  // the teacher's, of `view`
  };
  const auto shared = std::make_shared<Shared>(recipe, data, std::move(teacher));
  const auto weight = static_cast<float>(recipe.distillation.weight);
  return [shared, weight](int epoch, uint32_t image, uint8_t* pixels, float* target) {
    const int view = shared->views.view_of_epoch(epoch), classes = shared->views.classes();
    shared->views.make(view, image, pixels, target);
    if (!shared->teacher) return;
    const float* z = nullptr;
    {
      const std::lock_guard<std::mutex> lock(shared->mutex);
      if (shared->view != view) shared->logits = shared->teacher(view);
      shared->view = view;
      z = shared->logits + static_cast<size_t>(image) * static_cast<size_t>(classes);
    }
    mix_in(z, classes, weight, target);
  };
}

ViewFunction with_float_answers(ViewFunction views, const Checkpoint& checkpoint, double weight) {
  if (weight == 0) return views;
  const auto answers = std::make_shared<FloatAnswers>(checkpoint);
  return [views = std::move(views), answers, weight](int epoch, uint32_t image, uint8_t* pixels, float* target) {
    views(epoch, image, pixels, target);
    answers->mix(pixels, static_cast<float>(weight), target);
  };
}

}  // namespace psaflow
