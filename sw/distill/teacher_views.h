// A teacher's answers on the views that a student trains on. A view costs the teacher as much as an inference and the
// student needs it many times, so each is computed once, when it is first asked for, and kept on disk for every later
// run whose views are the same.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sw/base/parallel.h"
#include "sw/teacher/teacher.h"
#include "sw/train/views.h"

namespace psaflow {

class TeacherViews {
 public:
  // folder: of the cache, made when the first view is written. recipe and data: the student's; data must outlive this.
  // UserError when the teacher knows other classes than the student's recipe. precision: of what is computed here.
  TeacherViews(Teacher teacher, const Recipe& recipe, const Dataset& data, std::string folder, int threads = 0,
               Precision precision = fastest_precision());

  // Logits [images that are trained on, classes] on view `view`, read from the cache or computed and written to it.
  // Valid until the next call.
  const float* logits(int view);
  // Where view `view` is kept: FOLDER/KEY/view-0007.safetensors. KEY is a hash of all that decides the answers:
  // teacher, images, augmentation, seed. Answers of either precision are taken, since a student cannot tell them apart
  // (sw/teacher/README.md) and a cache shall serve machines with bfloat16 and without; each file's metadata says which
  // one made it, `precision`: float32, which files without it are too, or bfloat16.
  std::string path(int view) const;

 private:
  bool read(const std::string& path);

  Teacher teacher_;
  Precision precision_;
  ViewSource views_;
  ThreadPool pool_;
  std::string folder_;
  int view_ = -1;
  std::vector<float> logits_;
};

}  // namespace psaflow
