// The teacher's training loop: batches of views, shards on all cores, SGD, a state to checkpoint after every epoch.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/teacher/conv_net.h"
#include "sw/teacher/teacher_checkpoint.h"
#include "sw/train/epoch.h"

namespace psaflow {

class TeacherTrainer {
 public:
  // data: the training split. threads 0: one per core.
  TeacherTrainer(TeacherCheckpoint start, const Dataset& data, int threads = 0);
  // Whitened by the first images of data that are not held out.
  static TeacherCheckpoint fresh(const TeacherRecipe& recipe, const Dataset& data);

  // One epoch over the images that are not held out; the views depend on (seed, epoch, image) alone, the weights not on
  // the number of threads. A last, partial batch is left out.
  EpochReport run_epoch(const std::function<void(size_t images, double loss)>& on_progress = {});
  const TeacherCheckpoint& state() const { return state_; }
  size_t left_out() const;  // images that an epoch passes over, others every time

 private:
  void step(const uint32_t* order, bool whiten_bias, double& loss, size_t& correct);

  TeacherCheckpoint state_;
  const Dataset& data_;
  ThreadPool pool_;
  ConvNet<float> net_;
  ConvNet<float>::Packed packed_;
  AlignedVector<float> gradients_;

  struct Shard {
    AlignedVector<float> gradients, statistics;
    double loss = 0;
    size_t correct = 0;
  };
  struct Worker {
    std::shared_ptr<ConvNet<float>::Workspace> workspace;
    AlignedVector<float> images, targets;
  };
  std::vector<Shard> shards_;  // of a batch, in order
  std::vector<Worker> workers_;
};

}  // namespace psaflow
