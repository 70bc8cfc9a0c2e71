#include "sw/train/warm_start.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/words.h"
#include "sw/io/sha256.h"
#include "sw/train/net_match.h"

namespace psaflow {
namespace {

void check_alike(const NetConfig& theirs, const NetConfig& ours, const std::string& file) {
  const NetMatch match(file, "as in the recipe that begins with it");
  match.same_stream(theirs.model, ours.model);
  match.same<std::string>("activation", theirs.activation_name(), ours.activation_name());
  match.same("hidden", theirs.model.hidden, ours.model.hidden);
  match.same("classes", theirs.model.classes, ours.model.classes);
  if (theirs.model.blocks > ours.model.blocks)
    match.fail("blocks", std::to_string(theirs.model.blocks), fmt::format("at most {}", ours.model.blocks));
  const bool psa = ours.model.activation == Activation::kPsa;
  if (psa) {
    match.same("experts", theirs.experts, ours.experts);
    match.same<std::string>("psa", theirs.exact_psa ? "exact" : "lerp", ours.exact_psa ? "exact" : "lerp");
  }
  if (ours.on_grid()) {
    match.same("grid_points", theirs.grid_points, ours.grid_points);
    match.same("grid_range", theirs.grid_range, ours.grid_range);
  }
}

// What scales a branch of a block.
bool is_branch_scale(const std::string& name) {
  return ends_with(name, ".token.norm.weight") || ends_with(name, ".channel.scale");
}

// The name in the network of `have` blocks of a slice of that of `want`; empty: of an added block.
std::string name_before(const std::string& name, int want, int have) {
  for (int b = 0; b < want; ++b) {
    const std::string prefix = block_layer(static_cast<size_t>(b), "");
    if (name.rfind(prefix, 0) != 0) continue;
    const int before = warm_start_block(b, want, have);
    return before < 0 ? "" : block_layer(static_cast<size_t>(before), "") + name.substr(prefix.size());
  }
  return name;
}

}  // namespace

int warm_start_block(int block, int want, int have) {
  for (int b = 0; b < have; ++b) {
    if (static_cast<int64_t>(b) * want / have == block) return b;
  }
  return -1;
}

WarmStart::WarmStart(const Checkpoint& checkpoint, const Recipe& recipe, std::string fingerprint)
    : from_(published(checkpoint)), fingerprint_(std::move(fingerprint)) {
  check_alike(from_.recipe.net, recipe.net, recipe.warm_start);
}

WarmStart WarmStart::load(const Recipe& recipe) {
  const std::vector<char> bytes = read_file(recipe.warm_start);
  return {parse_checkpoint(Safetensors::parse(bytes, recipe.warm_start)), recipe, sha256_hex(bytes)};
}

void WarmStart::apply(Checkpoint& fresh) const {
  const ResMlp<float> now(fresh.recipe.net), before(from_.recipe.net);
  const int want = fresh.recipe.net.model.blocks, have = from_.recipe.net.model.blocks;
  const auto copy = [&](const ParameterLayout& to, const ParameterLayout& from, const AlignedVector<float>& values,
                        AlignedVector<float>& out) {
    for (const ParameterSlice& slice : to.slices()) {
      float* const p = out.data() + slice.offset;
      const std::string name = name_before(slice.name, want, have);
      if (!name.empty()) {
        const ParameterSlice& source = from.find(name);
        PSAFLOW_CHECK(source.shape == slice.shape, "networks alike");
        std::copy_n(values.data() + source.offset, source.size, p);
      } else if (is_branch_scale(slice.name)) {
        std::fill_n(p, slice.size, 0.f);
      }
    }
  };
  copy(now.parameters(), before.parameters(), from_.parameters, fresh.parameters);
  copy(now.statistics(), before.statistics(), from_.statistics, fresh.statistics);
}

}  // namespace psaflow
