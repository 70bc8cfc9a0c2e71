// Is the network of a file alike enough to that of a recipe for its weights to be of use?
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "sw/base/error.h"
#include "sw/train/net_config.h"

namespace psaflow {

class NetMatch {
 public:
  // file: whose recipe has the network `theirs`. why: behind "allowed: OURS, ".
  NetMatch(std::string file, std::string why) : file_(std::move(file)), why_(std::move(why)) {}

  // UserError, which names the key of the file's network, where the two differ.
  template <typename T>
  void same(const char* key, const T& theirs, const T& ours) const {
    if (!(theirs == ours)) fail(key, fmt::format("{}", theirs), fmt::format("{}", ours));
  }
  // The same of all that makes the residual stream: image, patch, embed, and mean and std, which the embedding is
  // trained for.
  void same_stream(const ModelConfig& theirs, const ModelConfig& ours) const;
  [[noreturn]] void fail(const char* key, const std::string& found, const std::string& allowed) const;

 private:
  std::string file_, why_;
};

}  // namespace psaflow
