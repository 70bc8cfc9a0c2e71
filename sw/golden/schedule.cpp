#include "sw/golden/schedule.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/network/verify.h"

namespace psaflow {
namespace {

// Buffers in the making: a slot is taken for a tensor and given back behind its last reader.
class Slots {
 public:
  int take(int64_t elements) {
    int best = -1;  // the smallest that is large enough, else the largest
    for (int s = 0; s < static_cast<int>(sizes_.size()); ++s) {
      if (!free_[static_cast<size_t>(s)]) continue;
      if (best < 0 || better(size(s), size(best), elements)) best = s;
    }
    if (best < 0) {
      best = static_cast<int>(sizes_.size());
      sizes_.push_back(0);
      free_.push_back(true);
    }
    int64_t& size = sizes_[static_cast<size_t>(best)];
    size = std::max(size, elements);
    free_[static_cast<size_t>(best)] = false;
    return best;
  }
  void give_back(int slot) { free_[static_cast<size_t>(slot)] = true; }
  const std::vector<int64_t>& sizes() const { return sizes_; }

 private:
  int64_t size(int slot) const { return sizes_[static_cast<size_t>(slot)]; }
  static bool better(int64_t a, int64_t b, int64_t wanted) {
    if ((a >= wanted) != (b >= wanted)) return a >= wanted;
    return a >= wanted ? a < b : a > b;
  }

  std::vector<int64_t> sizes_;
  std::vector<bool> free_;
};

}  // namespace

Schedule::Schedule(const Network& network) {
  throw_first(verify(network), "network");
  Slots slots;
  std::vector<int> slot_of(network.tensors.size(), -1);
  slot_of[0] = slots.take(network.input().size());
  for (size_t n = 0; n < network.nodes.size(); ++n) {
    const Node& node = network.nodes[n];
    const Tensor &in = network.input_of(node), &out = network.output_of(node);
    Step step{OperatorKernel(node.op)};
    const auto* const linear = std::get_if<op::Linear>(&node.op);
    step.over_tokens = linear != nullptr && linear->over == op::Over::kTokens;
    if (step.over_tokens) {
      turned_elements_ = std::max(turned_elements_, in.size());
      mixed_elements_ = std::max(mixed_elements_, out.size());
    }
    step.rows = in.rows;
    step.cols = in.cols;
    step.out_elements = out.size();
    step.in = slot_of[static_cast<size_t>(node.inputs[0])];
    step.second = slot_of[static_cast<size_t>(node.inputs.back())];
    const auto dies_here = [&](int t) { return network.tensor(t).readers.back() == static_cast<int>(n); };
    const auto output = static_cast<size_t>(node.output);
    // In place: every value is read before it is overwritten, or turned into another buffer first.
    const bool reuse =
        (step.kernel.in_place() || step.over_tokens) && dies_here(node.inputs[0]) && out.size() <= in.size();
    if (node.output == network.output) {
      step.out = -1;
    } else if (reuse) {
      step.out = slot_of[output] = step.in;
    } else {
      step.out = slot_of[output] = slots.take(out.size());
    }
    for (int t : node.inputs) {
      const int slot = slot_of[static_cast<size_t>(t)];
      if (dies_here(t) && slot != step.out) slots.give_back(slot);
    }
    steps_.push_back(std::move(step));
  }
  slot_elements_ = slots.sizes();
}

Schedule::Buffers Schedule::buffers(size_t batch) const {
  Buffers b;
  for (int64_t elements : slot_elements_) b.slots.emplace_back(batch * static_cast<size_t>(elements));
  b.turned.resize(batch * static_cast<size_t>(turned_elements_));
  b.mixed.resize(batch * static_cast<size_t>(mixed_elements_));
  return b;
}

void Schedule::run_over_tokens(const Step& step, size_t count, const int8_t* in, int8_t* out, Buffers& b) const {
  const size_t image = static_cast<size_t>(step.rows) * step.cols, out_image = static_cast<size_t>(step.out_elements);
  const int out_rows = static_cast<int>(step.out_elements / step.cols);
  for (size_t i = 0; i < count; ++i) transpose_into(in + i * image, step.rows, step.cols, b.turned.data() + i * image);
  step.kernel.run(b.turned.data(), nullptr, static_cast<int>(count), step.cols, step.rows, b.mixed.data(), b.workspace);
  for (size_t i = 0; i < count; ++i)
    transpose_into(b.mixed.data() + i * out_image, step.cols, out_rows, out + i * out_image);
}

void Schedule::run(size_t count, int8_t* logits, Buffers& buffers) const {
  const auto slot = [&](int s) { return buffers.slots[static_cast<size_t>(s)].data(); };
  for (const Step& step : steps_) {
    int8_t* const out = step.out < 0 ? logits : slot(step.out);
    if (step.over_tokens) {
      run_over_tokens(step, count, slot(step.in), out, buffers);
    } else {
      step.kernel.run(slot(step.in), slot(step.second), static_cast<int>(count), step.rows, step.cols, out,
                      buffers.workspace);
    }
  }
}

}  // namespace psaflow
