#include "sw/onnx/graph.h"

namespace psaflow::onnx {
namespace {

constexpr int kAttributeInt = 2;  // AttributeProto.AttributeType

template <typename Value>
std::string little_endian(const std::vector<Value>& values) {
  std::string bytes;
  bytes.reserve(values.size() * sizeof(Value));
  for (const Value value : values) {
    const auto all = static_cast<uint64_t>(static_cast<int64_t>(value));
    for (size_t b = 0; b < sizeof(Value); ++b) bytes += static_cast<char>((all >> (8 * b)) & 255U);
  }
  return bytes;
}

ProtoMessage value_info(const std::string& name, Type type, const std::vector<int64_t>& dims) {
  ProtoMessage shape;
  for (int64_t d : dims) {
    ProtoMessage dimension;
    if (d < 0) {
      dimension.bytes(2, "N");
    } else {
      dimension.integer(1, d);
    }
    shape.message(1, dimension);
  }
  ProtoMessage tensor, any, info;
  tensor.integer(1, static_cast<int64_t>(type)).message(2, shape);
  any.message(1, tensor);
  info.bytes(1, name).message(2, any);
  return info;
}

}  // namespace

Graph::Graph(const std::string& name) {
  graph_.bytes(2, name);
}

std::string Graph::unique(const std::string& name) {
  std::string free = name;
  for (int i = 2; !names_.insert(free).second; ++i) free = name + "_" + std::to_string(i);
  return free;
}

std::string Graph::add_node(const std::string& op_type, const std::string& output,
                            const std::vector<std::string>& inputs, const std::vector<ProtoMessage>& attributes) {
  ProtoMessage node;
  for (const std::string& input : inputs) node.bytes(1, input);
  node.bytes(2, output).bytes(3, output).bytes(4, op_type);
  for (const ProtoMessage& attribute : attributes) node.message(5, attribute);
  graph_.message(1, node);
  ++nodes_;
  return output;
}

std::string Graph::node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
                        const std::vector<std::pair<std::string, int64_t>>& attributes) {
  std::vector<ProtoMessage> list;
  for (const auto& [key, value] : attributes)
    list.push_back(ProtoMessage().bytes(1, key).integer(3, value).integer(20, kAttributeInt));
  return add_node(op_type, unique(name), inputs, list);
}

std::string Graph::cast(const std::string& name, const std::string& input, Type to) {
  return node("Cast", name, {input}, {{"to", static_cast<int64_t>(to)}});
}

std::string Graph::initializer(const std::string& name, const std::vector<int64_t>& dims, Type type,
                               const std::string& bytes) {
  const std::string own = unique(name);
  ProtoMessage tensor;
  for (int64_t d : dims) tensor.integer(1, d);
  graph_.message(5, tensor.integer(2, static_cast<int64_t>(type)).bytes(8, own).bytes(9, bytes));
  return own;
}

std::string Graph::constant(const std::string& name, const std::vector<int64_t>& dims,
                            const std::vector<int8_t>& values) {
  return initializer(name, dims, Type::kInt8, little_endian(values));
}
std::string Graph::constant(const std::string& name, const std::vector<int64_t>& dims,
                            const std::vector<int32_t>& values) {
  return initializer(name, dims, Type::kInt32, little_endian(values));
}
std::string Graph::constant(const std::string& name, const std::vector<int64_t>& dims,
                            const std::vector<int64_t>& values) {
  return initializer(name, dims, Type::kInt64, little_endian(values));
}

void Graph::input(const std::string& name, Type type, const std::vector<int64_t>& dims) {
  names_.insert(name);
  graph_.message(11, value_info(name, type, dims));
}

void Graph::output(const std::string& name, Type type, const std::vector<int64_t>& dims) {
  names_.insert(name);
  graph_.message(12, value_info(name, type, dims));
}

void Graph::output_node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs) {
  add_node(op_type, name, inputs, {});
}

std::string Graph::model(const std::vector<std::pair<std::string, std::string>>& metadata) const {
  ProtoMessage model;
  model.integer(1, kIrVersion).bytes(2, "psaflow").bytes(3, PSAFLOW_VERSION).message(7, graph_);
  model.message(8, ProtoMessage().bytes(1, "").integer(2, kOpset));
  for (const auto& [key, value] : metadata) model.message(14, ProtoMessage().bytes(1, key).bytes(2, value));
  return model.data();
}

}  // namespace psaflow::onnx
