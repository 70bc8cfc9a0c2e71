// What a network trains on: view v of an image, its pixels and its label, always the same for the same (seed, v,
// image), so that a teacher can answer each view once.
#pragma once
#include <cstdint>
#include <vector>

#include "sw/data/cifar10.h"
#include "sw/train/recipe.h"

namespace psaflow {

class ViewSource {
 public:
  // data: the training split; it must outlive the views. UserError when the recipe holds out all of it.
  ViewSource(const Recipe& recipe, const Dataset& data);

  size_t images() const { return images_; }  // that are trained on: 0..images()-1
  int classes() const { return classes_; }
  // Epochs (0-based) have views of their own, or with a teacher take its views in turn.
  int view_of_epoch(int epoch) const { return views_ == 0 ? epoch : epoch % views_; }
  // pixels [C, H, W]: bytes in planes. target [classes]: the smoothed label, or both labels of a blend in
  // proportion; sums to 1.
  void make(int view, uint32_t image, uint8_t* pixels, float* target) const;

 private:
  const Dataset& data_;
  Augmentation augmentation_;
  size_t images_;
  uint64_t seed_;
  int classes_, views_;
  float smoothing_;
  std::vector<uint8_t> fill_;
};

}  // namespace psaflow
