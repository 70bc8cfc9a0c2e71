// A trained convolutional network whose logits are the soft labels of smaller networks.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "sw/base/bf16.h"
#include "sw/base/parallel.h"
#include "sw/data/cifar10.h"
#include "sw/teacher/teacher_checkpoint.h"

namespace psaflow {

class Teacher {
 public:
  // A "psaflow.float/1" file of architecture "conv", with or without the optimiser's state. UserError on a bad file.
  static Teacher load(const std::string& path);
  explicit Teacher(const TeacherCheckpoint& checkpoint);  // its fingerprint is empty: there is no file
  Teacher(Teacher&&) noexcept;
  Teacher& operator=(Teacher&&) noexcept;
  ~Teacher();

  int classes() const;
  // images [n, 3, 32, 32] bytes as in the CIFAR-10 files; out [n, classes], any n. flip_average: the mean of the
  // image's logits and its mirror image's. An image's result depends neither on its neighbours nor on the threads.
  // precision: of the convolutions; kBfloat16 needs a bf16_unit().
  void logits(const uint8_t* images, size_t n, float* out, ThreadPool& pool, bool flip_average = false,
              Precision precision = Precision::kFloat32) const;
  // Accuracy (0..1) on images first..first+count-1.
  double accuracy(const Dataset& data, size_t first, size_t count, ThreadPool& pool, bool flip_average = false) const;
  // SHA-256 of the file's bytes: the key of caches.
  const std::string& fingerprint() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psaflow
