// The teacher of block-wise transfer: a trained ResMLP whose blocks' outputs the student's blocks learn, one after the
// other (Singh and Bazargan, ACM TRETS 2025).
#pragma once
#include <memory>
#include <string>

#include "sw/train/checkpoint.h"

namespace psaflow {

class BlockTeacher {
 public:
  using Workspace = ResMlp<float>::Workspace;

  // The float checkpoint that student.block_transfer.teacher names. UserError on a bad file, and as below.
  static std::shared_ptr<const BlockTeacher> load(const Recipe& student);
  // With the checkpoint's averaged weights where it has some. UserError names the key of the teacher's recipe in which
  // its pixels or its stream are not the student's: image, patch, mean, std, embed, blocks. Hidden size, functions and
  // classes may differ.
  BlockTeacher(const Checkpoint& checkpoint, const Recipe& student, std::string fingerprint = "");

  // Overwrites the student's parameters of that layout's embedding.
  void copy_embedding(const ParameterLayout& layout, AlignedVector<float>& parameters) const;
  // Scratch memory of one thread.
  std::shared_ptr<Workspace> make_workspace(Precision precision = Precision::kFloat32) const;
  // patches [images, T, F] -> out [images, T, D], the output of block `block` (0-based) with running statistics. An
  // image's result does not depend on its neighbours.
  void block_output(const float* patches, int block, int images, Workspace& workspace, float* out) const;
  // SHA-256 of the file's bytes; empty where there is no file.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  ResMlp<float> net_;
  AlignedVector<float> parameters_, statistics_, effective_;
  std::string fingerprint_;
};

}  // namespace psaflow
