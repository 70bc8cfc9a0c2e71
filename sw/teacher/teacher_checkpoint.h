// The teacher's file: a safetensors file ("psaflow.float/1", architecture "conv") that training resumes from bit for
// bit and that Teacher reads.
#pragma once
#include <string>

#include "sw/teacher/sgd.h"
#include "sw/train/parameter_file.h"

namespace psaflow {

struct TeacherCheckpoint : TrainingProgress {
  TeacherRecipe recipe;
  AlignedVector<float> parameters, statistics;  // in the layouts of ConvNet<float>(recipe.net)
  TeacherOptimizer optimizer;  // no velocity: a published checkpoint, from which training cannot resume
};

// A teacher's run cannot be prolonged: its schedule knows its length from the start.
inline bool decay_begins(const TeacherCheckpoint&) {
  return false;
}

// Tensors: parameters and statistics under their names; the optimiser's under "sgd.velocity.NAME" and "sgd.slow.NAME".
void save_checkpoint(const TeacherCheckpoint& checkpoint, const std::string& path);
// UserError names the tensor or metadata key that is missing or wrong.
TeacherCheckpoint load_teacher_checkpoint(const std::string& path);
TeacherCheckpoint parse_teacher_checkpoint(const Safetensors& file);

}  // namespace psaflow
