#include "sw/import/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "sw/base/error.h"
#include "sw/base/words.h"
#include "sw/import/tensor_values.h"

namespace psaflow {
namespace {

using Shape = std::vector<int64_t>;

Shape without_ones(const Shape& shape) {
  Shape out;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(out), [](int64_t n) { return n != 1; });
  return out;
}

std::vector<float> transposed(const std::vector<float>& values, size_t rows, size_t columns) {
  std::vector<float> out(values.size());
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < columns; ++c) out[c * rows + r] = values[r * columns + c];
  }
  return out;
}

// A convolution's [D, C, P, P] as our [D, F], features in the order (row, column, channel).
std::vector<float> of_convolution(const std::vector<float>& values, const ModelConfig& m) {
  const auto pixels = static_cast<size_t>(m.patch) * m.patch, channels = static_cast<size_t>(m.image_channels);
  std::vector<float> out;
  out.reserve(values.size());
  for (size_t d = 0; d < values.size(); d += pixels * channels) {
    const std::vector<float> one(values.begin() + static_cast<ptrdiff_t>(d),
                                 values.begin() + static_cast<ptrdiff_t>(d + pixels * channels));
    const std::vector<float> turned = transposed(one, channels, pixels);
    out.insert(out.end(), turned.begin(), turned.end());
  }
  return out;
}

class Importer {
 public:
  Importer(const Safetensors& file, const ImportConfig& config)
      : file_(file),
        config_(config),
        net_(config.recipe.net),
        map_used_(config.map.size()),
        ignore_used_(config.ignore.size()) {
    for (const ParameterLayout* layout : {&net_.parameters(), &net_.statistics()}) {
      for (const ParameterSlice& slice : layout->slices()) wanted_[slice.name] = slice.shape;
    }
    for (const ParameterSlice& slice : net_.parameters().slices()) order_.push_back(slice.name);
    for (const ParameterSlice& slice : net_.statistics().slices()) order_.push_back(slice.name);
    for (int b = 0; b < config.recipe.net.model.blocks; ++b) extra_[fc1_bias(b)] = {config.recipe.net.model.hidden};
  }

  ImportedWeights run() {
    check_targets();
    for (const auto& [name, tensor] : file_.tensors) take(name, tensor);
    fill();
    check_missing();
    check_left_over();
    check_rules();
    fold_biases();
    if (config_.norm_epsilon != kBatchNormEpsilon) scale_norms();
    Checkpoint& c = out_.checkpoint;
    c.recipe = config_.recipe;
    c.statistics = flat(net_.statistics());  // first: a negative variance is told as such
    c.parameters = flat(net_.parameters());
    return std::move(out_);
  }

 private:
  static std::string fc1_bias(int block) { return block_layer(static_cast<size_t>(block), "channel.fc1.bias"); }

  std::vector<std::string> names_of_ours() const {
    std::vector<std::string> names = order_;
    for (const auto& entry : extra_) names.push_back(entry.first);
    return names;
  }

  bool is_ours(const std::string& name) const { return wanted_.count(name) != 0 || extra_.count(name) != 0; }

  [[noreturn]] void fail_rule(int line, const std::string& key, const std::string& found,
                              const std::string& allowed) const {
    throw UserError(fmt::format("{}:{}", config_.file, line), key, found, allowed);
  }

  // Every rule's name of ours is one.
  void check_targets() const {
    const auto check = [&](const NamePattern& ours, int line, const std::string& key) {
      if (is_ours(ours.with("0"))) return;
      std::vector<std::string> names;
      for (const std::string& name : names_of_ours()) {
        const std::string first = "blocks.0.";
        if (name.rfind(first, 0) == 0) {
          names.push_back(ours.has_index() ? "blocks.{i}." + name.substr(first.size()) : name);
        } else if (name.rfind("blocks.", 0) != 0) {
          names.push_back(name);
        }
      }
      fail_rule(line, key, quoted_word(ours.text(), names),
                fmt::format("a tensor of this network of {}, such as blocks.{{i}}.channel.fc1.weight",
                            config_.recipe.net.activation_name()));
    };
    for (const auto& rule : config_.map) check(rule.ours, rule.line, "map." + rule.theirs.text());
    for (const auto& rule : config_.fill) check(rule.ours, rule.line, "fill." + rule.ours.text());
  }

  OurName ours_of(const std::string& name) {
    std::string theirs = name;
    if (!config_.prefix.empty() && name.rfind(config_.prefix, 0) == 0) theirs = name.substr(config_.prefix.size());
    for (size_t i = 0; i < config_.map.size(); ++i) {
      const auto index = config_.map[i].theirs.match(theirs);
      if (!index) continue;
      map_used_[i] = true;
      return {config_.map[i].ours.with(*index), config_.map[i].transposed};
    }
    for (size_t i = 0; i < config_.ignore.size(); ++i) {
      if (!config_.ignore[i].theirs.match(theirs)) continue;
      ignore_used_[i] = true;
      return {theirs, false, true};
    }
    return default_name(theirs);
  }

  void take(const std::string& name, const StoredTensor& tensor) {
    const OurName ours = ours_of(name);
    if (ours.ignored) {
      ++out_.ignored;
      return;
    }
    if (!is_ours(ours.name)) {
      left_over_.push_back(name);
      return;
    }
    if (const auto before = from_.find(ours.name); before != from_.end()) {
      throw UserError(file_.file(), fmt::format("tensor '{}'", name),
                      fmt::format("a second one for {}, after '{}'", ours.name, before->second),
                      fmt::format("one of them: the other under 'ignore' in {}", config_.file));
    }
    from_[ours.name] = name;
    values_[ours.name] = shaped(name, tensor, ours);
    ++out_.taken[tensor.dtype];
  }

  // The tensor's values in the order of ours.
  std::vector<float> shaped(const std::string& name, const StoredTensor& tensor, const OurName& ours) const {
    const ModelConfig& m = config_.recipe.net.model;
    Shape wanted = wanted_.count(ours.name) != 0 ? wanted_.at(ours.name) : extra_.at(ours.name);
    const Shape convolution = {m.embed, m.image_channels, m.patch, m.patch};
    const bool embeds = ours.name == "embed.weight";
    const bool convolves = embeds && !ours.transposed && tensor.shape == convolution;
    if (ours.transposed) std::reverse(wanted.begin(), wanted.end());
    if (!convolves && without_ones(tensor.shape) != without_ones(wanted)) {
      Shape turned = wanted;
      std::reverse(turned.begin(), turned.end());
      const bool would_turn = wanted.size() == 2 && without_ones(tensor.shape) == without_ones(turned);
      throw UserError(
          file_.file(), fmt::format("tensor '{}'", name),
          fmt::format("{}{}", shape_text(tensor.shape),
                      would_turn ? fmt::format(" (transposed? '{}.T' in map turns it)", ours.name) : ""),
          fmt::format("{}{}, of {}", shape_text(wanted),
                      embeds ? fmt::format(", or {} of a convolution", shape_text(convolution)) : "", ours.name));
    }
    std::vector<float> values = float_values(tensor, file_.file(), name);
    if (convolves) return of_convolution(values, m);
    if (ours.transposed && wanted.size() == 2)
      return transposed(values, static_cast<size_t>(wanted[0]), static_cast<size_t>(wanted[1]));
    return values;
  }

  void fill() {
    for (const auto& rule : config_.fill) {
      size_t filled = 0;
      for (const std::string& name : order_) {
        if (!rule.ours.match(name)) continue;
        if (const auto from = from_.find(name); from != from_.end()) {
          fail_rule(rule.line, "fill." + rule.ours.text(),
                    fmt::format("a tensor that is there: '{}' of {}", from->second, file_.file()),
                    "tensors that the file has not; or the name of theirs under 'ignore'");
        }
        int64_t size = 1;
        for (const int64_t n : wanted_.at(name)) size *= n;
        values_[name].assign(static_cast<size_t>(size), rule.value);
        from_[name] = config_.file;
        ++filled;
      }
      out_.filled += filled;
    }
  }

  void check_missing() const {
    size_t missing = 0;
    const std::string* first = nullptr;
    for (const std::string& name : order_) {
      if (values_.count(name) != 0) continue;
      first = first == nullptr ? &name : first;
      ++missing;
    }
    if (first == nullptr) return;
    std::string found = "no tensor of that name";
    if (missing > 1) found += fmt::format(", nor {} others of the network", missing - 1);
    if (!left_over_.empty()) {
      found +=
          fmt::format("; {} of the file {} left over: '{}'{}", left_over_.size(), left_over_.size() == 1 ? "is" : "are",
                      nearest_left_over(*first), left_over_.size() == 1 ? "" : ", ...");
    }
    throw UserError(file_.file(), fmt::format("tensor '{}'", *first), found,
                    fmt::format("{} {}, or a line for it under 'map' or 'fill' in {}", kFloatTypes,
                                shape_text(wanted_.at(*first)), config_.file));
  }

  // The left-over name whose shape is that of `ours`, where there is one; else the first.
  const std::string& nearest_left_over(const std::string& ours) const {
    for (const std::string& name : left_over_)
      if (without_ones(file_.tensors.at(name).shape) == without_ones(wanted_.at(ours))) return name;
    return left_over_.front();
  }

  void check_left_over() const {
    if (left_over_.empty()) return;
    const std::string& name = left_over_.front();
    const OurName ours = default_name(name);
    const std::string word = quoted_word(ours.name, names_of_ours());
    throw UserError(file_.file(), fmt::format("tensor '{}'", name),
                    fmt::format("a tensor that the network has no place for{}{}",
                                word.size() > ours.name.size() + 2 ? word.substr(ours.name.size() + 2) : "",
                                left_over_.size() == 1 ? "" : fmt::format(", as {} others", left_over_.size() - 1)),
                    fmt::format("those of {}'s network ({} blocks, {}); what is none of them under 'ignore'",
                                config_.file, config_.recipe.net.model.blocks, config_.recipe.net.activation_name()));
  }

  void check_rules() const {
    std::vector<std::string> names;
    for (const auto& entry : file_.tensors) {
      const std::string& name = entry.first;
      const bool cut = !config_.prefix.empty() && name.rfind(config_.prefix, 0) == 0;
      names.push_back(cut ? name.substr(config_.prefix.size()) : name);
    }
    const std::string allowed = fmt::format("names of {}", file_.file());
    for (size_t i = 0; i < config_.map.size(); ++i) {
      const auto& rule = config_.map[i];
      if (!map_used_[i])
        fail_rule(rule.line, "map." + rule.theirs.text(), "a rule that no tensor matches" + near(rule.theirs, names),
                  allowed);
    }
    for (size_t i = 0; i < config_.ignore.size(); ++i) {
      const auto& rule = config_.ignore[i];
      if (!ignore_used_[i])
        fail_rule(rule.line, "ignore",
                  "'" + rule.theirs.text() + "', which no tensor matches" + near(rule.theirs, names), allowed);
    }
    const bool prefixed = std::any_of(file_.tensors.begin(), file_.tensors.end(),
                                      [&](const auto& entry) { return entry.first.rfind(config_.prefix, 0) == 0; });
    if (!prefixed && !file_.tensors.empty())
      throw UserError(
          config_.file, "prefix", quoted_word(config_.prefix, {}),
          fmt::format("what names of {} begin with, such as '{}'", file_.file(), file_.tensors.begin()->first));
  }

  static std::string near(const NamePattern& theirs, const std::vector<std::string>& names) {
    const std::string first = theirs.with("0"), word = quoted_word(first, names);
    return word.size() > first.size() + 2 ? word.substr(first.size() + 2) : "";
  }

  void fold_biases() {
    for (const auto& [name, shape] : extra_) {
      const auto bias = values_.find(name);
      if (bias == values_.end()) continue;
      const std::string layer = name.substr(0, name.size() - std::strlen("fc1.bias"));
      std::vector<float>& mean = values_.at(layer + "norm2.mean");
      for (size_t i = 0; i < mean.size(); ++i) mean[i] -= bias->second[i];
      ++out_.folded_biases;
    }
  }

  // (x - mean) / sqrt(var + theirs) * weight, with our epsilon in the root.
  void scale_norms() {
    for (const ParameterSlice& slice : net_.statistics().slices()) {
      const std::string end = ".var";
      if (!ends_with(slice.name, end)) continue;
      const std::vector<float>& var = values_.at(slice.name);
      std::vector<float>& weight = values_.at(slice.name.substr(0, slice.name.size() - end.size()) + ".weight");
      for (size_t i = 0; i < weight.size(); ++i) {
        const double v = var[i];
        weight[i] = static_cast<float>(weight[i] * std::sqrt((v + kBatchNormEpsilon) / (v + config_.norm_epsilon)));
      }
    }
  }

  AlignedVector<float> flat(const ParameterLayout& layout) const {
    AlignedVector<float> out(layout.size());
    for (const ParameterSlice& slice : layout.slices()) {
      const std::vector<float>& values = values_.at(slice.name);
      const std::string key = fmt::format("tensor '{}'", from_.at(slice.name));
      const bool variance = ends_with(slice.name, ".var");
      for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i]))
          throw UserError(file_.file(), key, fmt::format("a value that folds to {} in {}", values[i], slice.name),
                          "finite numbers; norm_epsilon above 0 where a variance is 0");
        if (variance && values[i] < 0)
          throw UserError(file_.file(), key, fmt::format("{}, which is negative, at place {}", values[i], i),
                          "variances, 0 or more");
      }
      std::copy(values.begin(), values.end(), out.begin() + static_cast<ptrdiff_t>(slice.offset));
    }
    return out;
  }

  const Safetensors& file_;
  const ImportConfig& config_;
  ResMlp<float> net_;
  std::map<std::string, Shape> wanted_, extra_;
  std::vector<std::string> order_;                    // of wanted_
  std::map<std::string, std::string> from_;           // ours -> theirs
  std::map<std::string, std::vector<float>> values_;  // by our name
  std::vector<std::string> left_over_;
  std::vector<bool> map_used_, ignore_used_;
  ImportedWeights out_;
};

}  // namespace

ImportedWeights import_weights(const Safetensors& file, const ImportConfig& config) {
  return Importer(file, config).run();
}

}  // namespace psaflow
