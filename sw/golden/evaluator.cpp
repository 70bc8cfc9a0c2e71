#include "sw/golden/evaluator.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/base/parallel.h"
#include "sw/data/normalize.h"
#include "sw/golden/kernels.h"

namespace psaflow {
namespace {

struct BlockKernels {
  AffineKernel token_residual, token_pre, token_post, channel_residual;
  LinearKernel token_mix, fc1, fc2;
  std::vector<TableKernel> psa1, psa2;  // one each, or none for "relu"

  BlockKernels(const BlockParams& p, bool relu)
      : token_residual(p.token_residual),
        token_pre(p.token_pre),
        token_post(p.token_post),
        channel_residual(p.channel_residual),
        token_mix(p.token_mix, false),
        fc1(p.fc1, relu),
        fc2(p.fc2, false) {
    if (p.psa1) psa1.emplace_back(*p.psa1);
    if (p.psa2) psa2.emplace_back(*p.psa2);
  }
};

// Every buffer of one worker, sized for a full batch.
struct Buffers {
  std::vector<int8_t> patches, x, z, turned, mixed, residual, hidden, pooled;
  Workspace workspace;
};

}  // namespace

struct Evaluator::Impl {
  ModelConfig config;
  LinearKernel embed, head;
  std::vector<BlockKernels> blocks;
  std::vector<std::array<int8_t, 256>> pixels;
  size_t batch;  // images a work item holds
  ThreadPool pool;
  std::vector<Buffers> buffers;  // one a worker

  Impl(const IntModel& model, int threads)
      : config(model.config),
        embed(model.embed, false),
        head(model.head, false),
        pixels(pixel_table(config.mean, config.std, config.input_scale)),
        pool(threads) {
    for (const BlockParams& block : model.blocks) blocks.emplace_back(block, !config.has_tables());
    const auto tokens = static_cast<size_t>(config.tokens()), width = static_cast<size_t>(config.embed);
    // Enough vectors for the linear kernels to fill their blocks, few enough for all buffers to stay in the L2 cache.
    batch = std::clamp<size_t>(256 / tokens, 1, 64);
    buffers.resize(static_cast<size_t>(pool.size()));
    for (Buffers& b : buffers) {
      b.patches.resize(batch * tokens * static_cast<size_t>(config.features()));
      for (auto* buffer : {&b.x, &b.z, &b.turned, &b.mixed, &b.residual}) buffer->resize(batch * tokens * width);
      b.hidden.resize(batch * tokens * static_cast<size_t>(config.hidden));
      b.pooled.resize(batch * width);
    }
  }

  // logits of up to `batch` images, on one worker.
  void run(const uint8_t* images, size_t count, int8_t* logits, Buffers& b) const {
    const int tokens = config.tokens(), width = config.embed;
    const int vectors = static_cast<int>(count) * tokens, columns = static_cast<int>(count) * width;
    const size_t values = static_cast<size_t>(vectors) * width;
    const size_t image_bytes = static_cast<size_t>(config.image_channels) * config.image_height * config.image_width;
    const size_t map = static_cast<size_t>(tokens) * width;  // one image's [T, D]

    const auto pixel = [this](int c, uint8_t byte) { return pixels[static_cast<size_t>(c)][byte]; };
    for (size_t i = 0; i < count; ++i) {
      cut_patches(images + i * image_bytes, config.image_channels, config.image_height, config.image_width,
                  config.patch, b.patches.data() + i * image_bytes, pixel);
    }
    int8_t *x = b.x.data(), *z = b.z.data(), *r = b.residual.data(), *h = b.hidden.data();
    embed.run(b.patches.data(), vectors, x, b.workspace);
    for (const BlockKernels& block : blocks) {
      block.token_residual.run(x, vectors, r);
      block.token_pre.run(x, vectors, z);
      for (size_t i = 0; i < count; ++i) transpose_into(z + i * map, tokens, width, b.turned.data() + i * map);
      block.token_mix.run(b.turned.data(), columns, b.mixed.data(), b.workspace);
      for (size_t i = 0; i < count; ++i) transpose_into(b.mixed.data() + i * map, width, tokens, z + i * map);
      block.token_post.run(z, vectors, z);
      residual_add_into(z, r, values, x);

      block.channel_residual.run(x, vectors, r);
      for (const TableKernel& psa : block.psa1) psa.run(x, vectors, x);
      block.fc1.run(x, vectors, h, b.workspace);
      for (const TableKernel& psa : block.psa2) psa.run(h, vectors, h);
      block.fc2.run(h, vectors, z, b.workspace);
      residual_add_into(z, r, values, x);
    }
    for (size_t i = 0; i < count; ++i)
      average_pool_into(x + i * map, tokens, width, b.pooled.data() + i * static_cast<size_t>(width), b.workspace);
    head.run(b.pooled.data(), static_cast<int>(count), logits, b.workspace);
  }
};

Evaluator::Evaluator(const IntModel& model, int threads) : impl_(std::make_unique<Impl>(model, threads)) {}
Evaluator::~Evaluator() = default;

void Evaluator::logits(const uint8_t* images, size_t count, int8_t* logits,
                       const std::function<void(size_t)>& on_progress) const {
  Impl& impl = *impl_;
  const ModelConfig& config = impl.config;
  const size_t image_bytes = static_cast<size_t>(config.image_channels) * config.image_height * config.image_width;
  const size_t items = (count + impl.batch - 1) / impl.batch;
  impl.pool.run(items, [&](size_t item, int worker) {
    const size_t first = item * impl.batch, part = std::min(impl.batch, count - first);
    impl.run(images + first * image_bytes, part, logits + first * static_cast<size_t>(config.classes),
             impl.buffers[static_cast<size_t>(worker)]);
    if (on_progress) on_progress(part);
  });
}

}  // namespace psaflow
