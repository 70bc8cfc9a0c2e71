// The integer model's safetensors file. Tensors are checked against the config one by one, and memory is only ever
// taken for tensors that the file really holds: a config that promises giants fails at its first missing tensor.
#include <fmt/format.h>

#include <charconv>
#include <set>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/words.h"
#include "sw/golden/model.h"
#include "sw/io/safetensors.h"
#include "sw/network/verify.h"

namespace psaflow {
namespace {

constexpr const char* kFormat = "psaflow.int8/1";

template <typename T>
std::vector<T> values(const StoredTensor& tensor) {
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
    const std::string wanted = fmt::format("I8 [{},points], {}", channels, kTablePointsAllowed);
    if (place == file_.tensors.end()) throw UserError(file_.file(), key, "no tensor of that name", wanted);
    const StoredTensor& tensor = place->second;
    if (tensor.dtype != "I8" || tensor.shape.size() != 2 || tensor.shape[0] != channels ||
        !legal_table_points(tensor.shape[1])) {
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
    if (ends_with(name, table) && !config.has_tables())
      throw UserError(file_.file(), key, "a table", "none, as config.activation is \"relu\"");
    throw UserError(file_.file(), key, "a tensor that no layer of the config has",
                    "the tensors that the config calls for, and no others");
  }

  const StoredTensor& take(const std::string& name, const std::string& dtype, const std::vector<int64_t>& shape) {
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
  model.network = resmlp(c);
  for (Node& node : model.network.nodes) {
    const int channels = model.network.input_of(node).cols;
    visit_constants(node.op, Overloaded{[&](LinearParams& p) { p = load.linear(node.name, p.in, p.out); },
                                        [&](AffineParams& p) { p = load.affine(node.name, channels); },
                                        [&](TableParams& p) { p = load.table(node.name, channels); }});
  }
  load.refuse_others(c);
  return model;
}

class Saver {
 public:
  explicit Saver(Safetensors& file) : file_(file) {}

  void linear(const std::string& name, const LinearParams& p) {
    add(name + ".weight", "I8", {p.out, p.in}, p.weight);
    add(name + ".bias", "I8", {p.out}, p.bias);
    add(name + ".shift", "U8", {p.out}, p.shift);
  }
  void affine(const std::string& name, const AffineParams& p) {
    add(name + ".weight", "I8", {p.channels()}, p.weight);
    add(name + ".bias", "I8", {p.channels()}, p.bias);
    add(name + ".shift", "U8", {p.channels()}, p.shift);
  }
  void table(const std::string& name, const TableParams& p) {
    add(name + ".table", "I8", {p.channels, p.points}, p.values);
  }

 private:
  template <typename T>
  void add(const std::string& name, const char* dtype, std::vector<int64_t> shape, const std::vector<T>& data) {
    StoredTensor tensor;
    tensor.dtype = dtype;
    tensor.shape = std::move(shape);
    const auto* const bytes = reinterpret_cast<const char*>(data.data());
    tensor.bytes.assign(bytes, bytes + data.size());
    file_.tensors[name] = std::move(tensor);
  }

  Safetensors& file_;
};

// The file holds no wiring: what is saved must be what the config says.
void check_is_resmlp(const IntModel& model) {
  const Network expected = resmlp(model.config);
  const std::vector<Node>&nodes = model.network.nodes, &wanted = expected.nodes;
  bool same = nodes.size() == wanted.size();
  for (size_t i = 0; same && i < nodes.size(); ++i) {
    const Node &a = nodes[i], &b = wanted[i];
    const auto *la = std::get_if<op::Linear>(&a.op), *lb = std::get_if<op::Linear>(&b.op);
    same = a.name == b.name && a.op.index() == b.op.index() && a.inputs == b.inputs && a.output == b.output &&
           (la == nullptr || (la->params.in == lb->params.in && la->params.out == lb->params.out &&
                              la->over == lb->over && la->relu == lb->relu));
  }
  PSAFLOW_CHECK(same, "the network is not the ResMLP of its config");
  const std::vector<Finding> findings = verify(model.network);
  PSAFLOW_CHECK(findings.empty(), findings[0].path + ": " + findings[0].found);
}

}  // namespace

IntModel parse_int_model(const std::vector<char>& bytes, const std::string& name) {
  return from_safetensors(Safetensors::parse(bytes, name));
}

IntModel load_int_model(const std::string& path) {
  return from_safetensors(Safetensors::load(path));
}

void save_int_model(const IntModel& model, const std::string& path) {
  const ModelConfig& c = model.config;
  Safetensors file;
  file.metadata["format"] = kFormat;
  file.metadata["config"] = config_to_json(c);
  config_from_json(file.metadata["config"], path);  // what is written must load again
  check_is_resmlp(model);
  Saver save(file);
  for (const Node& node : model.network.nodes) {
    visit_constants(node.op, Overloaded{[&](const LinearParams& p) { save.linear(node.name, p); },
                                        [&](const AffineParams& p) { save.affine(node.name, p); },
                                        [&](const TableParams& p) { save.table(node.name, p); }});
  }
  file.save(path);
}

}  // namespace psaflow
