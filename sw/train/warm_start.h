// Beginning with the weights of a trained network instead of random ones. It may have fewer blocks: those that are
// added compute nothing at first (a branch's scale of zero, as in Bachlechner et al. 2021, "ReZero"), so that the
// deeper network is the shallower one until it learns (Chen et al. 2016, "Net2Net").
#pragma once
#include <string>

#include "sw/train/checkpoint.h"

namespace psaflow {

class WarmStart {
 public:
  // The float checkpoint that recipe.warm_start names. UserError on a bad file, and as below.
  static WarmStart load(const Recipe& recipe);
  // With the checkpoint's averaged weights where it has some. UserError names the key of its recipe in which its
  // network is not the recipe's: all that makes its tensors but `blocks`, of which it may have fewer.
  WarmStart(const Checkpoint& checkpoint, const Recipe& recipe, std::string fingerprint = "");

  // fresh: of the recipe, see Trainer::fresh(). Its weights and running statistics become the file's.
  void apply(Checkpoint& fresh) const;
  // SHA-256 of the file's bytes; empty where there is no file.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  Checkpoint from_;
  std::string fingerprint_;
};

// Which of `have` blocks block `block` of `want` >= have begins as; -1: it is an added one. The old ones are spread
// evenly, in their order, the first at the start.
int warm_start_block(int block, int want, int have);

}  // namespace psaflow
