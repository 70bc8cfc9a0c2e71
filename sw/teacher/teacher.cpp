#include "sw/teacher/teacher.h"

#include <algorithm>
#include <vector>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/io/sha256.h"
#include "sw/teacher/bf16_conv_net.h"
#include "sw/teacher/conv_net.h"
#include "sw/teacher/views.h"

namespace psaflow {
namespace {

constexpr size_t kImages = 16;  // a worker's unit of work: its maps stay in the last-level cache

}  // namespace

struct Teacher::Impl {
  explicit Impl(const TeacherCheckpoint& c)
      : net(c.recipe.net), classes(c.recipe.net.classes), parameters(c.parameters), statistics(c.statistics) {
    net.pack(parameters, false, packed);
    if (bf16_unit() != Bf16Unit::kNone)
      bf16_net = std::make_unique<Bf16ConvNet>(net, c.recipe.net, parameters, statistics);
  }
  ConvNet<float> net;
  int classes;
  AlignedVector<float> parameters, statistics;
  ConvNet<float>::Packed packed;
  std::unique_ptr<Bf16ConvNet> bf16_net;  // where the CPU has what it needs
  std::string fingerprint;
};

Teacher::Teacher(const TeacherCheckpoint& checkpoint) : impl_(std::make_unique<Impl>(checkpoint)) {}
Teacher::Teacher(Teacher&&) noexcept = default;
Teacher& Teacher::operator=(Teacher&&) noexcept = default;
Teacher::~Teacher() = default;

Teacher Teacher::load(const std::string& path) {
  const std::vector<char> bytes = read_file(path);
  Teacher teacher(parse_teacher_checkpoint(Safetensors::parse(bytes, path)));
  teacher.impl_->fingerprint = sha256_hex(bytes);
  return teacher;
}

int Teacher::classes() const {
  return impl_->classes;
}

const std::string& Teacher::fingerprint() const {
  return impl_->fingerprint;
}

void Teacher::logits(const uint8_t* images, size_t n, float* out, ThreadPool& pool, bool flip_average,
                     Precision precision) const {
  const Impl& t = *impl_;
  const bool bf16 = precision == Precision::kBfloat16;
  PSAFLOW_CHECK(!bf16 || t.bf16_net, "bfloat16 where the CPU has it");
  struct Worker {
    std::shared_ptr<ConvNet<float>::Workspace> workspace;
    Bf16ConvNet::Workspace bf16_workspace;
    AlignedVector<float> images;
  };
  std::vector<Worker> workers(pool.size());
  const auto infer = [&](Worker& w, int count) -> const float* {
    if (bf16) {
      t.bf16_net->infer(w.images.data(), count, w.bf16_workspace);
      return w.bf16_workspace.logits.data();
    }
    t.net.infer(t.parameters, t.packed, t.statistics, w.images.data(), count, *w.workspace);
    return ConvNet<float>::logits(*w.workspace);
  };
  pool.run((n + kImages - 1) / kImages, [&](size_t item, int worker) {
    Worker& w = workers[worker];
    if (w.images.empty()) {
      if (bf16)
        w.bf16_workspace = t.bf16_net->make_workspace(kImages);
      else
        w.workspace = t.net.make_workspace(kImages);
      w.images.resize(kImages * ConvNet<float>::kImageValues);
    }
    const size_t first = item * kImages, count = std::min(kImages, n - first), values = count * t.classes;
    float* const to = out + first * t.classes;
    for (const bool mirrored : {false, true}) {
      if (mirrored && !flip_average) break;
      for (size_t i = 0; i < count; ++i)
        plain_view(images + (first + i) * kCifarImageBytes, mirrored,
                   w.images.data() + i * ConvNet<float>::kImageValues);
      const float* const from = infer(w, static_cast<int>(count));
      for (size_t i = 0; i < values; ++i) to[i] = mirrored ? 0.5f * (to[i] + from[i]) : from[i];
    }
  });
}

double Teacher::accuracy(const Dataset& data, size_t first, size_t count, ThreadPool& pool, bool flip_average) const {
  const int k = classes();
  std::vector<float> values(count * k);
  logits(data.image(first), count, values.data(), pool, flip_average);
  size_t correct = 0;
  for (size_t i = 0; i < count; ++i) {
    const float* const row = values.data() + i * k;
    correct += std::max_element(row, row + k) - row == data.labels[first + i] ? 1 : 0;
  }
  return static_cast<double>(correct) / static_cast<double>(std::max<size_t>(1, count));
}

}  // namespace psaflow
