#include "sw/golden/schedule.h"

#include <algorithm>

#include "sw/base/error.h"

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
  Slots slots;
  std::vector<int> slot_of(network.tensors.size(), -1);
  slot_of[0] = slots.take(network.input().size());
  for (size_t n = 0; n < network.nodes.size(); ++n) {
    const Node& node = network.nodes[n];
    const Tensor &in = network.input_of(node), &out = network.output_of(node);
    Step step;
    bool in_place = true;  // every value is read before it is overwritten
    visit_operator(
        node.op,
        [&](const op::Linear& l) {
          step.work = LinearKernel(l.params, l.relu);
          step.over_tokens = l.over == op::Over::kTokens;
          if (step.over_tokens) {
            turned_elements_ = std::max(turned_elements_, in.size());
            mixed_elements_ = std::max(mixed_elements_, out.size());
          }
          in_place = step.over_tokens;  // its input is turned into another buffer first
        },
        [&](const op::Affine& a) { step.work = AffineKernel(a.params); },
        [&](const op::Lookup& t) { step.work = TableKernel(t.params); }, [&](const op::Add&) { step.work = Sum{}; },
        [&](const op::TokenMean&) {
          step.work = Mean{};
          in_place = false;
        });
    step.rows = in.rows;
    step.cols = in.cols;
    step.out_rows = out.rows;
    step.in = slot_of[static_cast<size_t>(node.inputs[0])];
    step.second = slot_of[static_cast<size_t>(node.inputs.back())];
    const auto dies_here = [&](int t) { return network.tensor(t).readers.back() == static_cast<int>(n); };
    const auto output = static_cast<size_t>(node.output);
    // In place where the output fits; an output that is no larger than its input, or its slot would have to grow.
    const bool reuse = in_place && dies_here(node.inputs[0]) && out.size() <= in.size();
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

void Schedule::run_step(const Step& step, size_t count, const int8_t* in, const int8_t* second, int8_t* out,
                        Buffers& b) const {
  const size_t image = static_cast<size_t>(step.rows) * step.cols, values = count * image;
  const int vectors = static_cast<int>(count) * step.rows;
  std::visit(Overloaded{[&](const LinearKernel& kernel) {
                          if (!step.over_tokens) return kernel.run(in, vectors, out, b.workspace);
                          const size_t turned_back = static_cast<size_t>(step.out_rows) * step.cols;
                          for (size_t i = 0; i < count; ++i)
                            transpose_into(in + i * image, step.rows, step.cols, b.turned.data() + i * image);
                          kernel.run(b.turned.data(), static_cast<int>(count) * step.cols, b.mixed.data(), b.workspace);
                          for (size_t i = 0; i < count; ++i)
                            transpose_into(b.mixed.data() + i * turned_back, step.cols, step.out_rows,
                                           out + i * turned_back);
                        },
                        [&](const AffineKernel& kernel) { kernel.run(in, vectors, out); },
                        [&](const TableKernel& kernel) { kernel.run(in, vectors, out); },
                        [&](const Sum&) { residual_add_into(in, second, values, out); },
                        [&](const Mean&) {
                          for (size_t i = 0; i < count; ++i)
                            average_pool_into(in + i * image, step.rows, step.cols,
                                              out + i * static_cast<size_t>(step.cols), b.workspace);
                        }},
             step.work);
}

void Schedule::run(size_t count, int8_t* logits, Buffers& buffers) const {
  const auto slot = [&](int s) { return buffers.slots[static_cast<size_t>(s)].data(); };
  for (const Step& step : steps_)
    run_step(step, count, slot(step.in), slot(step.second), step.out < 0 ? logits : slot(step.out), buffers);
}

}  // namespace psaflow
