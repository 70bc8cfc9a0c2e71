// Quantisation-aware training: from a float checkpoint, over the post-training quantisation of it, to the integer
// model. Batches of augmented views, shards on all cores, AdamW; the weights do not depend on the number of threads,
// and a run goes on from its checkpoint as if it had never stopped.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sw/qat/qat_net.h"
#include "sw/quant/quantize.h"
#include "sw/train/adamw.h"
#include "sw/train/recipe.h"
#include "sw/train/trainer.h"

namespace psaflow {

struct FinetuneOptions {
  int epochs = 10;
  double learning_rate = 1e-4;   // AdamW; half a cosine to 1 % of it
  double range_rate = 10;        // the ranges' learning rate (of log2 of the scales), as a multiple
  int table_log2 = 8;            // as in QuantizeOptions
  int calibration_images = 512;  // as in QuantizeOptions: where the ranges start
  double float_weight = 1;       // of the float network's own answers in the targets, see with_float_answers()
  int64_t images = 0;            // train on the first so many images of the split; 0: on all that are not held out
};
bool operator==(const FinetuneOptions& a, const FinetuneOptions& b);

// Fills in a training view: pixels [C, H, W] bytes, target [classes], sums to 1. Depends on its arguments alone; may
// be called from several threads, which work on the same epoch.
using ViewFunction = std::function<void(int epoch, uint32_t image, uint8_t* pixels, float* target)>;
// The recipe's views. With a teacher (for recipes with distillation alone) its answers, as probabilities at temperature
// 1, are mixed into the labels with the recipe's weight. `data` must outlive the function.
ViewFunction recipe_views(const Recipe& recipe, const Dataset& data, Trainer::TeacherLogits teacher = {});

// The same views, with the float network's own answers mixed into the targets: target * (1 - weight) + softmax(its
// logits on the view) * weight. What the network is to become is then what it was before it was rounded.
ViewFunction with_float_answers(ViewFunction views, const Checkpoint& checkpoint, double weight);

// A run between two epochs.
struct FinetuneState : TrainingProgress {
  Recipe recipe;         // of the float network
  int float_epochs = 0;  // what it was trained for: views go on counting from there
  std::string source;    // SHA-256 of the float checkpoint
  FinetuneOptions options;
  AlignedVector<float> parameters, log2_scales;  // see sw/qat/parameters.h
  AdamW optimizer, range_optimizer;
};

// From a float checkpoint, ranges as post-training quantisation has them.
FinetuneState start_finetuning(const Checkpoint& checkpoint, const std::string& source, const Calibrated& start,
                               const FinetuneOptions& options);

// Safetensors of format "psaflow.qat/1". UserError names the tensor or metadata key that is missing or wrong.
void save_finetuning(const FinetuneState& state, const std::string& path);
FinetuneState load_finetuning(const std::string& path);
FinetuneState parse_finetuning(const Safetensors& file);

class Finetuner {
 public:
  // data: the training split. threads 0: one per core.
  Finetuner(FinetuneState start, const Dataset& data, ViewFunction views, int threads = 0);

  // The report's accuracies are those of the fake-quantised network on the views, and of the exported one on the
  // held-out images.
  EpochReport run_epoch(const std::function<void(size_t images, double loss)>& on_progress = {});
  const FinetuneState& state() const { return state_; }
  size_t images_per_epoch() const { return images_; }

  // The integer model as it stands, and the classes that the fake-quantised network gives: the same as the model's.
  IntModel model();
  ClassList classes(const Dataset& data, size_t first, size_t count);

 private:
  StepModel steps();  // of the present parameters; leaves model_ and ranges_ behind
  void to_patches(const uint8_t* pixels, int index, AlignedVector<float>& patches) const;
  void step(const uint32_t* order, int images, double& loss, size_t& correct);

  FinetuneState state_;
  const Dataset& data_;
  ViewFunction views_;
  size_t images_;
  ThreadPool pool_;
  FoldedModel model_, model_gradient_;
  Ranges ranges_, range_gradient_;
  ParameterLayout parameter_layout_, range_layout_;
  QatNet<float> net_;
  std::vector<std::array<int8_t, 256>> pixels_;
  AlignedVector<float> gradients_, range_gradients_;

  struct Shard {
    AlignedVector<float> patches, targets, gradients;  // of a few images; of all
    double loss = 0;
    size_t correct = 0;
  };
  std::vector<Shard> shards_;                                          // of a batch, in order
  std::vector<std::shared_ptr<QatNet<float>::Workspace>> workspaces_;  // one a worker
};

}  // namespace psaflow
