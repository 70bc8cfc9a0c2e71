// The training loop: batches of augmented views, shards on all cores, AdamW, a checkpoint and a log line every epoch;
// block by block first where the recipe transfers them.
#pragma once
#include <functional>
#include <string>

#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/train/block_teacher.h"
#include "sw/train/checkpoint.h"
#include "sw/train/epoch.h"
#include "sw/train/views.h"

namespace psaflow {

struct TrainShard {  // a part of a batch, one core's work
  AlignedVector<float> patches, labels, soft, gradients, statistics;
  AlignedVector<float> wanted;  // a teacher's block's output
  double loss = 0;
  size_t correct = 0;
};

class Trainer {
 public:
  // A teacher's logits on view `view` of all images that are trained on: [images, classes].
  using TeacherLogits = std::function<const float*(int view)>;

  // data: the training split. threads 0: one per core. teacher: for recipes with distillation, and for them alone.
  // block_teacher: where epochs of block-wise transfer are to come.
  Trainer(Checkpoint start, const Dataset& data, int threads = 0, TeacherLogits teacher = {},
          std::shared_ptr<const BlockTeacher> block_teacher = {});
  static Checkpoint fresh(const Recipe& recipe);

  // One epoch over the images that are not held out; the views depend on (seed, epoch, image) alone.
  EpochReport run_epoch(const std::function<void(size_t images, double loss)>& on_progress = {});
  const Checkpoint& state() const { return state_; }
  // Images that an epoch passes over, others every time: a last batch smaller than a shard would make poor batch
  // statistics.
  size_t left_out() const;

 private:
  int64_t steps_per_epoch() const;
  void begin_transfer();
  void end_transfer();
  // One batch to gradients_ and running statistics; block: that alone is trained, or -1.
  void step(const uint32_t* order, int images, const float* teacher_logits, int block, EpochTally& tally);
  void run_shard(int images, int batch, bool soft, int worker, TrainShard& shard);
  void run_block_shard(int images, int batch, int block, int worker, TrainShard& shard);
  void make_views(const uint32_t* order, int images, const float* teacher_logits, TrainShard& shard) const;
  void update(double shape, EpochReport& report);
  void update_block(int block, EpochReport& report);

  Checkpoint state_;
  const Dataset& data_;
  ViewSource views_;
  TeacherLogits teacher_;
  std::shared_ptr<const BlockTeacher> block_teacher_;  // while it is needed
  ThreadPool pool_;
  ResMlp<float> net_;
  std::vector<std::array<float, 256>> pixels_;  // normalised value of a byte, per channel
  AlignedVector<float> effective_, gradients_;
  std::vector<TrainShard> shards_;                                          // of a batch, in order
  std::vector<std::shared_ptr<ResMlp<float>::Workspace>> workspaces_;       // one a worker
  std::vector<std::shared_ptr<BlockTeacher::Workspace>> block_workspaces_;  // the same
};

// Accuracy (0..1) of a float network with running statistics on images first..first+count-1.
double evaluate_float(const Checkpoint& checkpoint, const Dataset& data, size_t first, size_t count, ThreadPool& pool);

// [3][256]: (p / 255 - mean) / std
std::vector<std::array<float, 256>> normalized_pixels(const ModelConfig& config);

}  // namespace psaflow
