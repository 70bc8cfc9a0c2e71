// An ONNX reader and interpreter of the tests' own, by the specification's words: the operators that an integer network
// uses, one value at a time, all in 64 bits with the type's range checked. Shares nothing with the writer.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace psaflow::test {

struct OnnxTensor {
  int type = 0;  // TensorProto.DataType
  std::vector<int64_t> dims, values;
};

struct OnnxNode {
  std::string op, output;
  std::vector<std::string> inputs;
  std::map<std::string, int64_t> attributes;
};

struct OnnxFile {
  int64_t ir_version = 0, opset = 0;
  std::string input, output;
  int input_type = 0, output_type = 0;
  std::vector<int64_t> input_dims, output_dims;  // -1: a name instead of a number
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxTensor> constants;
};

// std::runtime_error on bytes that are no such file.
OnnxFile read_onnx(const std::string& bytes);
// The output for this input.
OnnxTensor run_onnx(const OnnxFile& file, const OnnxTensor& input);

}  // namespace psaflow::test
