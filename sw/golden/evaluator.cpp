#include "sw/golden/evaluator.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/base/parallel.h"
#include "sw/data/normalize.h"
#include "sw/golden/schedule.h"

namespace psaflow {

struct Evaluator::Impl {
  PatchCutter cutter;
  Schedule schedule;
  size_t patch_values, classes;  // of an image
  size_t batch;                  // images a work item holds
  ThreadPool pool;
  std::vector<Schedule::Buffers> buffers;  // one a worker

  Impl(const ImageInput& input, const Network& network, int threads)
      : cutter(input),
        schedule(network),
        patch_values(static_cast<size_t>(network.input().size())),
        classes(static_cast<size_t>(network.logits().size())),
        // Enough vectors for the linear kernels to fill their blocks, few enough for all buffers to stay in the L2
        // cache.
        batch(std::clamp<size_t>(256 / static_cast<size_t>(input.tokens()), 1, 64)),
        pool(threads) {
    const bool patches = input.form == ImageForm::kPatches;
    PSAFLOW_CHECK(patches ? network.input().rows == input.tokens() && network.input().cols == input.features()
                          : patch_values == input.image_bytes(),
                  "the patches of the images, or their bytes, are the network's input");
    for (int i = 0; i < pool.size(); ++i) buffers.push_back(schedule.buffers(batch));
  }
};

Evaluator::Evaluator(const ImageInput& input, const Network& network, int threads)
    : impl_(std::make_unique<Impl>(input, network, threads)) {}
Evaluator::Evaluator(const IntModel& model, int threads) : Evaluator(model.config, model.network, threads) {}
Evaluator::~Evaluator() = default;

void Evaluator::logits(const uint8_t* images, size_t count, int8_t* logits,
                       const std::function<void(size_t)>& on_progress) const {
  Impl& impl = *impl_;
  const size_t items = (count + impl.batch - 1) / impl.batch;
  impl.pool.run(items, [&](size_t item, int worker) {
    const size_t first = item * impl.batch, part = std::min(impl.batch, count - first);
    Schedule::Buffers& buffers = impl.buffers[static_cast<size_t>(worker)];
    for (size_t i = 0; i < part; ++i) {
      impl.cutter.cut(images + (first + i) * impl.cutter.image_bytes(),
                      impl.schedule.input(buffers) + i * impl.patch_values);
    }
    impl.schedule.run(part, logits + first * impl.classes, buffers);
    if (on_progress) on_progress(part);
  });
}

}  // namespace psaflow
