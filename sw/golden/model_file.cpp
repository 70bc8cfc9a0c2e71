// The integer model's safetensors file. Tensors are checked against the config one by one, and memory is only ever
// taken for tensors that the file really holds: a config that promises giants fails at its first missing tensor.
#include <fmt/format.h>

#include <charconv>
#include <set>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/golden/arithmetic.h"
#include "sw/golden/model.h"
#include "sw/io/safetensors.h"

namespace psaflow {
namespace {

constexpr const char* kFormat = "psaflow.int8/1";
constexpr const char* kPointsAllowed = "256 points, or 2^k + 1 with k in 1..7 (3, 5, 9, 17, 33, 65, 129)";

bool legal_points(int64_t points) {
  return points == 256 || (points >= 3 && points <= 129 && ((points - 1) & (points - 2)) == 0);
}

template <typename T>
std::vector<T> values(const Tensor& tensor) {
  return {tensor.as<T>(), tensor.as<T>() + tensor.bytes.size()};
}

class Loader {
 public:
  explicit Loader(const Safetensors& file) : file_(file) {}

  LinearParams linear(const std::string& name, int in, int out) {
    LinearParams p;
    p.in = in;
    p.out = out;
    p.weight = values<int8_t>(take(name + ".weight", "I8", {out, in}));
    p.bias = values<int8_t>(take(name + ".bias", "I8", {out}));
    p.shift = shifts(name, out);
    return p;
  }

  AffineParams affine(const std::string& name, int channels) {
    AffineParams p;
    p.weight = values<int8_t>(take(name + ".weight", "I8", {channels}));
    p.bias = values<int8_t>(take(name + ".bias", "I8", {channels}));
    p.shift = shifts(name, channels);
    return p;
  }

  TableParams table(const std::string& layer, int channels) {
    const std::string name = layer + ".table", key = fmt::format("tensor '{}'", name);
    const auto place = file_.tensors.find(name);
    const std::string wanted = fmt::format("I8 [{},points], {}", channels, kPointsAllowed);
    if (place == file_.tensors.end()) throw UserError(file_.file(), key, "no tensor of that name", wanted);
    const Tensor& tensor = place->second;
    if (tensor.dtype != "I8" || tensor.shape.size() != 2 || tensor.shape[0] != channels ||
        !legal_points(tensor.shape[1])) {
      throw UserError(file_.file(), key, fmt::format("{} {}", tensor.dtype, shape_text(tensor.shape)), wanted);
    }
    taken_.insert(name);
    TableParams p;
    p.channels = channels;
    p.points = static_cast<int>(tensor.shape[1]);
    p.values = values<int8_t>(tensor);
    return p;
  }

  // A tensor that no layer of the config took is nothing to be ignored: file and config say two things.
  void refuse_others(const ModelConfig& config) const {
    for (const auto& entry : file_.tensors) {
      if (taken_.count(entry.first) == 0) refuse(entry.first, config);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& name, const ModelConfig& config) const {
    const std::string key = fmt::format("tensor '{}'", name), prefix = "blocks.", table = ".table";
    int block = -1;
    const char* const end = name.data() + name.size();
    if (name.rfind(prefix, 0) == 0) std::from_chars(name.data() + prefix.size(), end, block);
    if (block >= config.blocks) {
      throw UserError(file_.file(), key, fmt::format("a tensor of block {}", block),
                      fmt::format("blocks 0..{}, as config.blocks is {}", config.blocks - 1, config.blocks));
    }
    const bool is_table =
        name.size() > table.size() && name.compare(name.size() - table.size(), table.size(), table) == 0;
    if (is_table && !config.has_tables())
      throw UserError(file_.file(), key, "a table", "none, as config.activation is \"relu\"");
    throw UserError(file_.file(), key, "a tensor that no layer of the config has",
                    "the tensors that the config calls for, and no others");
  }

  const Tensor& take(const std::string& name, const std::string& dtype, const std::vector<int64_t>& shape) {
    taken_.insert(name);
    return file_.expect(name, dtype, shape);
  }

  std::vector<uint8_t> shifts(const std::string& layer, int count) {
    const std::string name = layer + ".shift";
    std::vector<uint8_t> out = values<uint8_t>(take(name, "U8", {count}));
    for (size_t i = 0; i < out.size(); ++i) {
      if (out[i] > kMaxShift) {
        throw UserError(file_.file(), fmt::format("tensor '{}'[{}]", name, i), std::to_string(out[i]),
                        fmt::format("0..{}", kMaxShift));
      }
    }
    return out;
  }

  const Safetensors& file_;
  std::set<std::string> taken_;
};

const std::string& metadata(const Safetensors& file, const char* key, const std::string& allowed) {
  const auto place = file.metadata.find(key);
  if (place == file.metadata.end())
    throw UserError(file.file(), fmt::format("metadata '{}'", key), "no such key", allowed);
  return place->second;
}

IntModel from_safetensors(const Safetensors& file) {
  const std::string& format = metadata(file, "format", fmt::format("\"{}\"", kFormat));
  if (format != kFormat) {
    const bool is_float = format.rfind("psaflow.float/", 0) == 0;
    throw UserError(
        file.file(), "metadata 'format'", fmt::format("\"{}\"", format),
        fmt::format("\"{}\"{}", kFormat, is_float ? " ('psaflow quantize' makes one of a float checkpoint)" : ""));
  }
  const ModelConfig c =
      config_from_json(metadata(file, "config", "the model's configuration as JSON text"), file.file());
  Loader load(file);
  IntModel model;
  model.config = c;
  model.embed = load.linear("embed", c.features(), c.embed);
  for (int i = 0; i < c.blocks; ++i) {
    const std::string token = fmt::format("blocks.{}.token.", i), channel = fmt::format("blocks.{}.channel.", i);
    BlockParams b;
    b.token_residual = load.affine(token + "residual", c.embed);
    b.token_pre = load.affine(token + "pre", c.embed);
    b.token_mix = load.linear(token + "mix", c.tokens(), c.tokens());
    b.token_post = load.affine(token + "post", c.embed);
    b.channel_residual = load.affine(channel + "residual", c.embed);
    if (c.has_tables()) b.psa1 = load.table(channel + "psa1", c.embed);
    b.fc1 = load.linear(channel + "fc1", c.embed, c.hidden);
    if (c.has_tables()) b.psa2 = load.table(channel + "psa2", c.hidden);
    b.fc2 = load.linear(channel + "fc2", c.hidden, c.embed);
    model.blocks.push_back(std::move(b));
  }
  model.head = load.linear("head", c.embed, c.classes);
  load.refuse_others(c);
  return model;
}

class Saver {
 public:
  explicit Saver(Safetensors& file) : file_(file) {}

  void linear(const std::string& name, const LinearParams& p, int in, int out) {
    PSAFLOW_CHECK(p.in == in && p.out == out, name + ": shape differs from the config's");
    add(name + ".weight", "I8", {out, in}, p.weight);
    add(name + ".bias", "I8", {out}, p.bias);
    shift(name, out, p.shift);
  }
  void affine(const std::string& name, const AffineParams& p, int channels) {
    add(name + ".weight", "I8", {channels}, p.weight);
    add(name + ".bias", "I8", {channels}, p.bias);
    shift(name, channels, p.shift);
  }
  void table(const std::string& name, const std::optional<TableParams>& p, int channels) {
    PSAFLOW_CHECK(p && p->channels == channels && legal_points(p->points), name + ": table missing or of illegal size");
    add(name + ".table", "I8", {channels, p->points}, p->values);
  }

 private:
  void shift(const std::string& name, int count, const std::vector<uint8_t>& data) {
    for (const uint8_t s : data) PSAFLOW_CHECK(s <= kMaxShift, name + ": shift above 31");
    add(name + ".shift", "U8", {count}, data);
  }
  template <typename T>
  void add(const std::string& name, const char* dtype, std::vector<int64_t> shape, const std::vector<T>& data) {
    Tensor tensor;
    tensor.dtype = dtype;
    tensor.shape = std::move(shape);
    const auto* const bytes = reinterpret_cast<const char*>(data.data());
    tensor.bytes.assign(bytes, bytes + data.size());
    PSAFLOW_CHECK(tensor.elements() == static_cast<int64_t>(data.size()), name + ": values differ from its shape");
    file_.tensors[name] = std::move(tensor);
  }

  Safetensors& file_;
};

}  // namespace

IntModel parse_int_model(const std::vector<char>& bytes, const std::string& name) {
  return from_safetensors(Safetensors::parse(bytes, name));
}

IntModel load_int_model(const std::string& path) {
  return from_safetensors(Safetensors::load(path));
}

void save_int_model(const IntModel& model, const std::string& path) {
  const ModelConfig& c = model.config;
  PSAFLOW_CHECK(model.blocks.size() == static_cast<size_t>(c.blocks), "blocks differ from the config's");
  Safetensors file;
  file.metadata["format"] = kFormat;
  file.metadata["config"] = config_to_json(c);
  config_from_json(file.metadata["config"], path);  // what is written must load again
  Saver save(file);
  save.linear("embed", model.embed, c.features(), c.embed);
  for (int i = 0; i < c.blocks; ++i) {
    const BlockParams& b = model.blocks[static_cast<size_t>(i)];
    const std::string token = fmt::format("blocks.{}.token.", i), channel = fmt::format("blocks.{}.channel.", i);
    save.affine(token + "residual", b.token_residual, c.embed);
    save.affine(token + "pre", b.token_pre, c.embed);
    save.linear(token + "mix", b.token_mix, c.tokens(), c.tokens());
    save.affine(token + "post", b.token_post, c.embed);
    save.affine(channel + "residual", b.channel_residual, c.embed);
    if (c.has_tables()) save.table(channel + "psa1", b.psa1, c.embed);
    save.linear(channel + "fc1", b.fc1, c.embed, c.hidden);
    if (c.has_tables()) save.table(channel + "psa2", b.psa2, c.hidden);
    save.linear(channel + "fc2", b.fc2, c.hidden, c.embed);
  }
  save.linear("head", model.head, c.embed, c.classes);
  file.save(path);
}

}  // namespace psaflow
