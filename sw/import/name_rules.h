// Which tensor of somebody else's file is which of ours: patterns of names, in which {i} stands for a block's index.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace psaflow {

// "layers.{i}.norm.weight" matches "layers.0.norm.weight", "layers.12.norm.weight"; a pattern without {i} itself alone.
class NamePattern {
 public:
  NamePattern() = default;
  explicit NamePattern(std::string text) : text_(std::move(text)) {}

  // The digits that stand at every {i}, the same at all of them ("" of a pattern without); nothing when it does not match.
  std::optional<std::string> match(const std::string& name) const;
  // The pattern with those digits in place of every {i}.
  std::string with(const std::string& index) const;
  bool has_index() const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What a name of theirs is among ours.
struct OurName {
  std::string name;
  bool transposed = false;  // the rule's name has ".T" behind it
  bool ignored = false;     // the tensor is left alone
};

// The rules that PyTorch's names need where no others are given: a batch norm's running_mean and running_var are
// our mean and var, its num_batches_tracked is nothing that a network needs; all others are ours already.
OurName default_name(const std::string& theirs);

}  // namespace psaflow
