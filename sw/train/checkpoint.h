// The float checkpoint: a safetensors file ("psaflow.float/1") that training resumes from bit for bit and the quantiser
// reads.
#pragma once
#include <string>
#include <vector>

#include "sw/train/adamw.h"
#include "sw/train/parameter_file.h"
#include "sw/train/recipe.h"
#include "sw/train/resmlp.h"

namespace psaflow {

struct Checkpoint : TrainingProgress {
  Recipe recipe;
  AlignedVector<float> parameters, statistics;       // in the layouts of ResMlp<float>(recipe.net)
  AlignedVector<float> average, average_statistics;  // of both over the steps, where the recipe has an ema; else empty
  std::string teacher_sha256;        // of the teacher's file, where the recipe has one and the checkpoint is not older
  std::string block_teacher_sha256;  // the same of the block-wise transfer's
  std::string warm_start_sha256;     // and of the network that it began with
  // Of the phase at hand, see epochs_in_phase(). Muon's momentum is in `first`. Empty moments: a published checkpoint,
  // from which training cannot resume.
  AdamW optimizer;
};

// What a checkpoint is worth to others: the averaged weights where there are some, without the optimiser's state.
Checkpoint published(const Checkpoint& checkpoint);

// Is the next epoch the first of a trapezoid's decay?
bool decay_begins(const Checkpoint& checkpoint);

// Tensors: parameters and statistics under their names, moments under "adam.first.NAME" and "adam.second.NAME",
// averages under "average.NAME".
void save_checkpoint(const Checkpoint& checkpoint, const std::string& path);
// UserError names the tensor or metadata key that is missing or wrong.
Checkpoint load_checkpoint(const std::string& path);
Checkpoint parse_checkpoint(const Safetensors& file);

}  // namespace psaflow
