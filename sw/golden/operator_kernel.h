// One operator of a network, prepared and then run fast on one core: what golden's schedule and the functional view of
// an accelerator's stages are made of.
#pragma once
#include <memory>

#include "sw/golden/kernels.h"
#include "sw/network/network.h"

namespace psaflow {

class OperatorKernel {
 public:
  explicit OperatorKernel(const Operator& op);
  ~OperatorKernel();
  OperatorKernel(OperatorKernel&&) noexcept;
  OperatorKernel& operator=(OperatorKernel&&) noexcept;

  // count matrices [rows, cols] one behind the other, for Add a second one for each. A linear layer takes rows as its
  // vectors: for one over tokens the caller turns its matrices before and after.
  void run(const int8_t* in, const int8_t* second, int count, int rows, int cols, int8_t* out,
           Workspace& workspace) const;
  bool in_place() const;  // out may be in

  class Work;

 private:
  std::unique_ptr<const Work> work_;
};

}  // namespace psaflow
