#include "sw/golden/operator_kernel.h"

#include <algorithm>
#include <vector>

namespace psaflow {

class OperatorKernel::Work {
 public:
  explicit Work(bool in_place) : in_place_(in_place) {}
  virtual ~Work() = default;
  virtual void run(const int8_t* in, const int8_t* second, int count, int rows, int cols, int8_t* out,
                   Workspace& workspace) const = 0;
  bool in_place() const { return in_place_; }

 private:
  bool in_place_;
};

namespace {

struct LinearWork final : OperatorKernel::Work {
  explicit LinearWork(const op::Linear& l) : Work(false), kernel(l.params, l.relu) {}
  void run(const int8_t* in, const int8_t*, int count, int rows, int, int8_t* out, Workspace& w) const override {
    kernel.run(in, count * rows, out, w);
  }
  LinearKernel kernel;
};

template <typename Kernel>
struct ChannelWork final : OperatorKernel::Work {
  template <typename Params>
  explicit ChannelWork(const Params& params) : Work(true), kernel(params) {}
  void run(const int8_t* in, const int8_t*, int count, int rows, int cols, int8_t* out, Workspace&) const override {
    kernel.run(in, count * rows * (cols / kernel.channels()), out);
  }
  Kernel kernel;
};

struct AddWork final : OperatorKernel::Work {
  AddWork() : Work(true) {}
  void run(const int8_t* in, const int8_t* second, int count, int rows, int cols, int8_t* out,
           Workspace&) const override {
    residual_add_into(in, second, static_cast<size_t>(count) * rows * cols, out);
  }
};

struct MeanWork final : OperatorKernel::Work {
  MeanWork() : Work(false) {}
  void run(const int8_t* in, const int8_t*, int count, int rows, int cols, int8_t* out, Workspace& w) const override {
    for (int i = 0; i < count; ++i) {
      average_pool_into(in + static_cast<size_t>(i) * rows * cols, rows, cols, out + static_cast<size_t>(i) * cols, w);
    }
  }
};

struct ArgMaxWork final : OperatorKernel::Work {
  ArgMaxWork() : Work(false) {}
  void run(const int8_t* in, const int8_t*, int count, int, int cols, int8_t* out, Workspace&) const override {
    for (int i = 0; i < count; ++i, in += cols) out[i] = static_cast<int8_t>(std::max_element(in, in + cols) - in);
  }
};

struct PatchesWork final : OperatorKernel::Work {
  explicit PatchesWork(const op::Patches& p) : Work(false) {
    for (int64_t i = 0; i < p.size(); ++i) source.push_back(static_cast<int>(p.source(i)));
  }
  void run(const int8_t* in, const int8_t*, int count, int, int, int8_t* out, Workspace&) const override {
    for (int i = 0; i < count; ++i, in += source.size()) {
      for (const int from : source) *out++ = in[from];
    }
  }
  std::vector<int> source;
};

using WorkPtr = std::unique_ptr<const OperatorKernel::Work>;

}  // namespace

OperatorKernel::OperatorKernel(const Operator& op)
    : work_(visit_operator(
          op, [](const op::Linear& l) -> WorkPtr { return std::make_unique<LinearWork>(l); },
          [](const op::Affine& a) -> WorkPtr { return std::make_unique<ChannelWork<AffineKernel>>(a.params); },
          [](const op::Lookup& t) -> WorkPtr { return std::make_unique<ChannelWork<TableKernel>>(t.params); },
          [](const op::Add&) -> WorkPtr { return std::make_unique<AddWork>(); },
          [](const op::TokenMean&) -> WorkPtr { return std::make_unique<MeanWork>(); },
          [](const op::ArgMax&) -> WorkPtr { return std::make_unique<ArgMaxWork>(); },
          [](const op::Patches& p) -> WorkPtr { return std::make_unique<PatchesWork>(p); })) {}
OperatorKernel::~OperatorKernel() = default;
OperatorKernel::OperatorKernel(OperatorKernel&&) noexcept = default;
OperatorKernel& OperatorKernel::operator=(OperatorKernel&&) noexcept = default;

void OperatorKernel::run(const int8_t* in, const int8_t* second, int count, int rows, int cols, int8_t* out,
                         Workspace& workspace) const {
  work_->run(in, second, count, rows, cols, out, workspace);
}

bool OperatorKernel::in_place() const {
  return work_->in_place();
}

}  // namespace psaflow
