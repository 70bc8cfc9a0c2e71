// The float checkpoint: a safetensors file ("psaflow.float/1") that training resumes from bit for bit and the quantiser
// reads.
#pragma once
#include <string>
#include <vector>

#include "sw/train/adamw.h"
#include "sw/train/recipe.h"
#include "sw/train/resmlp.h"

namespace psaflow {

struct Checkpoint {
  Recipe recipe;
  int epochs_done = 0;
  double train_seconds = 0;                     // wall time spent so far, over all sessions
  AlignedVector<float> parameters, statistics;  // in the layouts of ResMlp<float>(recipe.net)
  AdamW optimizer;  // empty moments: a published checkpoint, from which training cannot resume
};

// Tensors: parameters and statistics under their names, moments under "adam.first.NAME" and "adam.second.NAME".
void save_checkpoint(const Checkpoint& checkpoint, const std::string& path);
// UserError names the tensor or metadata key that is missing or wrong.
Checkpoint load_checkpoint(const std::string& path);

}  // namespace psaflow
