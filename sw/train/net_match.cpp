#include "sw/train/net_match.h"

#include <vector>

namespace psaflow {

void NetMatch::same_stream(const ModelConfig& theirs, const ModelConfig& ours) const {
  const auto image = [](const ModelConfig& c) {
    return std::vector<int>{c.image_channels, c.image_height, c.image_width};
  };
  same("image", image(theirs), image(ours));
  same("patch", theirs.patch, ours.patch);
  same("embed", theirs.embed, ours.embed);
  same("mean", theirs.mean, ours.mean);
  same("std", theirs.std, ours.std);
}

void NetMatch::fail(const char* key, const std::string& found, const std::string& allowed) const {
  throw UserError(file_, fmt::format("recipe.network.{}", key), found, fmt::format("{}, {}", allowed, why_));
}

}  // namespace psaflow
