#include "sw/train/block_teacher.h"

#include <algorithm>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/io/sha256.h"
#include "sw/train/net_match.h"

namespace psaflow {
namespace {

constexpr int kGroup = 16;  // images that are inferred at once: their activations stay in the caches

void check_alike(const ModelConfig& teacher, const Recipe& student) {
  const NetMatch match(student.block_transfer.teacher, "as in the recipe of the network that learns its blocks");
  match.same_stream(teacher, student.net.model);
  match.same("blocks", teacher.blocks, student.net.model.blocks);
}

}  // namespace

BlockTeacher::BlockTeacher(const Checkpoint& checkpoint, const Recipe& student, std::string fingerprint)
    : net_(checkpoint.recipe.net), fingerprint_(std::move(fingerprint)) {
  check_alike(checkpoint.recipe.net.model, student);
  Checkpoint weights = published(checkpoint);
  parameters_ = std::move(weights.parameters);
  statistics_ = std::move(weights.statistics);
  net_.make_effective(parameters_, effective_);
}

std::shared_ptr<const BlockTeacher> BlockTeacher::load(const Recipe& student) {
  const std::string& path = student.block_transfer.teacher;
  const std::vector<char> bytes = read_file(path);
  return std::make_shared<const BlockTeacher>(parse_checkpoint(Safetensors::parse(bytes, path)), student,
                                              sha256_hex(bytes));
}

void BlockTeacher::copy_embedding(const ParameterLayout& layout, AlignedVector<float>& parameters) const {
  for (const char* name : {"embed.weight", "embed.bias"}) {
    const ParameterSlice &from = net_.parameters().find(name), &to = layout.find(name);
    PSAFLOW_CHECK(from.shape == to.shape, "embeddings alike");
    std::copy_n(parameters_.data() + from.offset, from.size, parameters.data() + to.offset);
  }
}

std::shared_ptr<BlockTeacher::Workspace> BlockTeacher::make_workspace(Precision precision) const {
  return net_.make_workspace(kGroup, precision);
}

void BlockTeacher::block_output(const float* patches, int block, int images, Workspace& workspace, float* out) const {
  const ModelConfig& m = net_.config().model;
  const size_t image = static_cast<size_t>(m.tokens()) * m.features();
  const size_t output = static_cast<size_t>(m.tokens()) * m.embed;
  for (int first = 0; first < images; first += kGroup) {
    const int count = std::min(kGroup, images - first);
    net_.infer_block(effective_, statistics_, patches + first * image, block, count, workspace);
    std::copy_n(ResMlp<float>::block_output(workspace, block), count * output, out + first * output);
  }
}

}  // namespace psaflow
