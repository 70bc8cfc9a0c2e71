// The integer model's safetensors file. Tensors are checked against the config one by one, and memory is only ever
// taken for tensors that the file really holds: a config that promises giants fails at its first missing tensor.
#include <fmt/format.h>

#include <charconv>

#include "sw/base/error.h"
#include "sw/base/file.h"
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

  LinearParams linear(const std::string& name, int in, int out) const {
    LinearParams p;
    p.in = in;
    p.out = out;
    p.weight = values<int8_t>(file_.expect(name + ".weight", "I8", {out, in}));
    p.bias = values<int8_t>(file_.expect(name + ".bias", "I8", {out}));
    p.shift = shifts(name, out);
    return p;
  }

  AffineParams affine(const std::string& name, int channels) const {
    AffineParams p;
    p.weight = values<int8_t>(file_.expect(name + ".weight", "I8", {channels}));
    p.bias = values<int8_t>(file_.expect(name + ".bias", "I8", {channels}));
    p.shift = shifts(name, channels);
    return p;
  }

  TableParams table(const std::string& layer, int channels) const {
    const std::string name = layer + ".table", key = fmt::format("tensor '{}'", name);
    const auto place = file_.tensors.find(name);
    const std::string wanted = fmt::format("I8 [{},points], {}", channels, kTablePointsAllowed);
    if (place == file_.tensors.end()) throw UserError(file_.file(), key, "no tensor of that name", wanted);
    const StoredTensor& tensor = place->second;
    if (tensor.dtype != "I8" || tensor.shape.size() != 2 || tensor.shape[0] != channels ||
        !legal_table_points(tensor.shape[1])) {
      throw UserError(file_.file(), key, fmt::format("{} {}", tensor.dtype, shape_text(tensor.shape)), wanted);
    }
    TableParams p;
    p.channels = channels;
    p.points = static_cast<int>(tensor.shape[1]);
    p.values = values<int8_t>(tensor);
    return p;
  }

 private:
  std::vector<uint8_t> shifts(const std::string& layer, int count) const {
    const std::string name = layer + ".shift";
    std::vector<uint8_t> out = values<uint8_t>(file_.expect(name, "U8", {count}));
    for (size_t i = 0; i < out.size(); ++i) {
      if (out[i] > kMaxShift) {
        throw UserError(file_.file(), fmt::format("tensor '{}'[{}]", name, i), std::to_string(out[i]),
                        fmt::format("0..{}", kMaxShift));
      }
    }
    return out;
  }

  const Safetensors& file_;
};

const std::string& metadata(const Safetensors& file, const char* key, const std::string& allowed) {
  const auto place = file.metadata.find(key);
  if (place == file.metadata.end())
    throw UserError(file.file(), fmt::format("metadata '{}'", key), "no such key", allowed);
  return place->second;
}

// A block's tensor beyond the config's blocks is no further tensor to be ignored: one of the two is wrong.
void refuse_blocks_beyond(int blocks, const Safetensors& file) {
  const std::string prefix = "blocks.";
  for (const auto& entry : file.tensors) {
    const std::string& name = entry.first;
    if (name.rfind(prefix, 0) != 0) continue;
    int block = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + prefix.size(), end, block);
    if (error != std::errc() || stop == end || *stop != '.' || block < blocks) continue;
    throw UserError(file.file(), fmt::format("tensor '{}'", name), fmt::format("a tensor of block {}", block),
                    fmt::format("blocks 0..{}, as config.blocks is {}", blocks - 1, blocks));
  }
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
  const Loader load(file);
  IntModel model;
  model.config = c;
  model.network = resmlp(c);
  for (Node& node : model.network.nodes) {
    const int channels = model.network.input_of(node).cols;
    visit_constants(node.op, Overloaded{[&](LinearParams& p) { p = load.linear(node.name, p.in, p.out); },
                                        [&](AffineParams& p) { p = load.affine(node.name, channels); },
                                        [&](TableParams& p) { p = load.table(node.name, channels); }});
  }
  refuse_blocks_beyond(c.blocks, file);
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
