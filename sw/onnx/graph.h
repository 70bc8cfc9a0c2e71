// An ONNX graph in the making: nodes, constants, inputs and outputs, and their bytes. Only what an integer network needs;
// field numbers are those of onnx.proto (github.com/onnx/onnx).
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sw/onnx/protobuf.h"

namespace psaflow::onnx {

enum class Type { kUint8 = 2, kInt8 = 3, kInt32 = 6, kInt64 = 7 };  // TensorProto.DataType

constexpr int kOpset = 13, kIrVersion = 7;

class Graph {
 public:
  explicit Graph(const std::string& name);

  // A node of one output, which is called after `name`; returns what it is called (a suffix where the name is taken).
  std::string node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs,
                   const std::vector<std::pair<std::string, int64_t>>& attributes = {});
  std::string cast(const std::string& name, const std::string& input, Type to);

  // Constants, row-major.
  std::string constant(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int8_t>& values);
  std::string constant(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int32_t>& values);
  std::string constant(const std::string& name, const std::vector<int64_t>& dims, const std::vector<int64_t>& values);

  // dims: -1 stands for "N", any number.
  void input(const std::string& name, Type type, const std::vector<int64_t>& dims);
  // The name stays free for the node that makes it, output_node().
  void output(const std::string& name, Type type, const std::vector<int64_t>& dims);
  void output_node(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs);

  int nodes() const { return nodes_; }
  // The file. metadata: keys and values for people.
  std::string model(const std::vector<std::pair<std::string, std::string>>& metadata) const;

 private:
  std::string unique(const std::string& name);
  std::string initializer(const std::string& name, const std::vector<int64_t>& dims, Type type,
                          const std::string& little_endian);
  std::string add_node(const std::string& op_type, const std::string& output, const std::vector<std::string>& inputs,
                       const std::vector<ProtoMessage>& attributes);

  ProtoMessage graph_;
  std::set<std::string> names_;
  int nodes_ = 0;
};

}  // namespace psaflow::onnx
