#include "tests/onnx/interpreter.h"

#include <algorithm>
#include <stdexcept>

namespace psaflow::test {
namespace {

constexpr int kUint8 = 2, kInt8 = 3, kInt32 = 6, kInt64 = 7;

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

// A message's fields in their order: number, and the varint or the bytes.
struct Field {
  int number;
  int64_t integer;
  std::string bytes;
};

std::vector<Field> fields(const std::string& message) {
  std::vector<Field> list;
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      require(at < message.size() && shift < 70, "a varint ends");
      const auto byte = static_cast<uint8_t>(message[at++]);
      value |= uint64_t{byte & 127U} << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.size()) {
    const uint64_t tag = varint();
    Field field{static_cast<int>(tag >> 3), 0, {}};
    if ((tag & 7) == 0) {
      field.integer = static_cast<int64_t>(varint());
    } else {
      require((tag & 7) == 2, "a wire type that we write");
      const uint64_t size = varint();
      require(size <= message.size() - at, "bytes that are there");
      field.bytes = message.substr(at, size);
      at += size;
    }
    list.push_back(field);
  }
  return list;
}

OnnxTensor read_tensor(const std::string& bytes, std::string& name) {
  OnnxTensor tensor;
  std::string raw;
  int64_t count = 1;
  for (const Field& f : fields(bytes)) {
    if (f.number == 1) tensor.dims.push_back(f.integer), count *= f.integer;
    if (f.number == 2) tensor.type = static_cast<int>(f.integer);
    if (f.number == 8) name = f.bytes;
    if (f.number == 9) raw = f.bytes;
  }
  const size_t size = tensor.type == kInt8 ? 1 : tensor.type == kInt32 ? 4 : 8;
  require(tensor.type == kInt8 || tensor.type == kInt32 || tensor.type == kInt64, "a type that we write");
  require(raw.size() == size * static_cast<size_t>(count), "as many values as " + name + " has");
  for (size_t at = 0; at < raw.size(); at += size) {
    uint64_t value = 0;
    for (size_t b = 0; b < size; ++b) value |= uint64_t{static_cast<uint8_t>(raw[at + b])} << (8 * b);
    const auto unused = static_cast<unsigned>(64 - 8 * size);
    tensor.values.push_back(static_cast<int64_t>(value << unused) >> unused);
  }
  return tensor;
}

void read_value_info(const std::string& bytes, std::string& name, int& type, std::vector<int64_t>& dims) {
  for (const Field& info : fields(bytes)) {
    if (info.number == 1) name = info.bytes;
    if (info.number != 2) continue;
    for (const Field& any : fields(info.bytes)) {
      for (const Field& tensor : fields(any.bytes)) {
        if (tensor.number == 1) type = static_cast<int>(tensor.integer);
        if (tensor.number != 2) continue;
        for (const Field& dim : fields(tensor.bytes)) {
          const Field value = fields(dim.bytes).at(0);
          dims.push_back(value.number == 1 ? value.integer : -1);
        }
      }
    }
  }
}

OnnxNode read_node(const std::string& bytes) {
  OnnxNode node;
  for (const Field& f : fields(bytes)) {
    if (f.number == 1) node.inputs.push_back(f.bytes);
    if (f.number == 2) node.output = f.bytes;
    if (f.number == 4) node.op = f.bytes;
    if (f.number != 5) continue;
    std::string key;
    for (const Field& a : fields(f.bytes)) {
      if (a.number == 1) key = a.bytes;
      if (a.number == 3) node.attributes[key] = a.integer;
    }
  }
  return node;
}

int64_t product(const std::vector<int64_t>& dims, size_t from, size_t to) {
  int64_t count = 1;
  for (size_t i = from; i < to; ++i) count *= dims[i];
  return count;
}

void check_range(const OnnxTensor& t) {
  const int64_t low = t.type == kUint8 ? 0 : t.type == kInt8 ? -128 : t.type == kInt32 ? INT32_MIN : INT64_MIN;
  const int64_t high = t.type == kUint8 ? 255 : t.type == kInt8 ? 127 : t.type == kInt32 ? INT32_MAX : INT64_MAX;
  for (int64_t v : t.values) require(v >= low && v <= high, "a value in the range of its type");
}

// a (op) b, b broadcast as NumPy does.
template <typename Op>
OnnxTensor elementwise(const OnnxTensor& a, const OnnxTensor& b, const Op& op) {
  require(a.type == b.type && b.dims.size() <= a.dims.size(), "equal types, the second the smaller");
  OnnxTensor y = a;
  const size_t missing = a.dims.size() - b.dims.size();
  for (size_t i = 0; i < a.values.size(); ++i) {
    int64_t rest = static_cast<int64_t>(i), at = 0, stride = 1;
    for (size_t d = a.dims.size(); d-- > 0;) {
      const int64_t index = rest % a.dims[d];
      rest /= a.dims[d];
      if (d < missing) continue;
      const int64_t size = b.dims[d - missing];
      require(size == 1 || size == a.dims[d], "shapes that broadcast");
      at += (size == 1 ? 0 : index) * stride;
      stride *= size;
    }
    y.values[i] = op(a.values[i], b.values[static_cast<size_t>(at)]);
  }
  return y;
}

// [N,R,K] x [K,M] or [R,K] x [N,K,M]
OnnxTensor mat_mul(const OnnxTensor& a, const OnnxTensor& b) {
  require(a.type == kInt32 && b.type == kInt32, "int32");
  const int64_t batch = a.dims.size() == 3 ? a.dims[0] : b.dims[0];
  const int64_t rows = a.dims[a.dims.size() - 2], inner = a.dims.back(), cols = b.dims.back();
  require(b.dims[b.dims.size() - 2] == inner, "inner dimensions");
  OnnxTensor y{kInt32, {batch, rows, cols}, {}};
  for (int64_t n = 0; n < batch; ++n) {
    const int64_t a0 = a.dims.size() == 3 ? n * rows * inner : 0, b0 = b.dims.size() == 3 ? n * inner * cols : 0;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < cols; ++c) {
        int64_t sum = 0;
        for (int64_t k = 0; k < inner; ++k)
          sum += a.values[static_cast<size_t>(a0 + r * inner + k)] * b.values[static_cast<size_t>(b0 + k * cols + c)];
        y.values.push_back(sum);
      }
    }
  }
  return y;
}

// Along one axis: what `reduce` makes of the values there.
template <typename Reduce>
OnnxTensor reduced(const OnnxTensor& x, size_t axis, int type, const Reduce& reduce) {
  OnnxTensor y{type, x.dims, {}};
  y.dims[axis] = 1;
  const int64_t outer = product(x.dims, 0, axis), inner = product(x.dims, axis + 1, x.dims.size()), n = x.dims[axis];
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      std::vector<int64_t> values;
      for (int64_t k = 0; k < n; ++k) values.push_back(x.values[static_cast<size_t>((o * n + k) * inner + i)]);
      y.values.push_back(reduce(values));
    }
  }
  return y;
}

OnnxTensor run_node(const OnnxNode& node, const std::vector<OnnxTensor>& in) {
  const auto attribute = [&](const char* key) { return node.attributes.at(key); };
  if (node.op == "MatMul") return mat_mul(in[0], in[1]);
  if (node.op == "Add") return elementwise(in[0], in[1], [](int64_t a, int64_t b) { return a + b; });
  if (node.op == "Mul") return elementwise(in[0], in[1], [](int64_t a, int64_t b) { return a * b; });
  if (node.op == "Div") return elementwise(in[0], in[1], [](int64_t a, int64_t b) { return a / b; });
  if (node.op == "Clip") {
    OnnxTensor y = in[0];
    require(in[1].type == y.type && in[2].type == y.type && in[1].dims.empty(), "scalars of the input's type");
    for (int64_t& v : y.values) v = std::min(std::max(v, in[1].values[0]), in[2].values[0]);
    return y;
  }
  if (node.op == "Cast") {
    OnnxTensor y = in[0];
    y.type = static_cast<int>(attribute("to"));
    return y;
  }
  if (node.op == "Gather") {
    // The last axis of a vector or a matrix.
    require(attribute("axis") == static_cast<int64_t>(in[0].dims.size()) - 1 && in[0].dims.size() <= 2,
            "the last axis");
    const int64_t rows = in[0].dims.size() == 2 ? in[0].dims[0] : 1, cols = in[0].dims.back();
    OnnxTensor y{in[0].type, in[1].dims, {}};
    if (in[0].dims.size() == 2) y.dims.insert(y.dims.begin(), rows);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t at : in[1].values) {
        require(at >= 0 && at < cols, "an index of the axis");
        y.values.push_back(in[0].values[static_cast<size_t>(r * cols + at)]);
      }
    }
    return y;
  }
  if (node.op == "ReduceSum") {
    require(in[1].values.size() == 1 && attribute("keepdims") == 1, "one axis, kept");
    return reduced(in[0], static_cast<size_t>(in[1].values[0]), in[0].type, [](const std::vector<int64_t>& values) {
      int64_t sum = 0;
      for (int64_t v : values) sum += v;
      return sum;
    });
  }
  if (node.op == "ArgMax") {
    require(attribute("keepdims") == 1 && attribute("select_last_index") == 0, "the first of the highest, kept");
    return reduced(in[0], static_cast<size_t>(attribute("axis")), kInt64, [](const std::vector<int64_t>& values) {
      return std::max_element(values.begin(), values.end()) - values.begin();
    });
  }
  if (node.op == "Reshape") {
    OnnxTensor y = in[0];
    require(in[1].values.size() == 2 && in[1].values[0] == -1, "to rows of a length");
    y.dims = {static_cast<int64_t>(y.values.size()) / in[1].values[1], in[1].values[1]};
    return y;
  }
  require(node.op == "Squeeze" && in[0].dims.at(static_cast<size_t>(in[1].values.at(0))) == 1,
          "an operator known here");
  OnnxTensor y = in[0];
  y.dims.erase(y.dims.begin() + in[1].values[0]);
  return y;
}

}  // namespace

OnnxFile read_onnx(const std::string& bytes) {
  OnnxFile file;
  for (const Field& f : fields(bytes)) {
    if (f.number == 1) file.ir_version = f.integer;
    if (f.number == 8) {
      for (const Field& set : fields(f.bytes)) {
        if (set.number == 2) file.opset = set.integer;
      }
    }
    if (f.number != 7) continue;
    for (const Field& g : fields(f.bytes)) {
      if (g.number == 1) file.nodes.push_back(read_node(g.bytes));
      if (g.number == 5) {
        std::string name;
        const OnnxTensor tensor = read_tensor(g.bytes, name);
        require(file.constants.emplace(name, tensor).second, "one constant of the name " + name);
      }
      if (g.number == 11) read_value_info(g.bytes, file.input, file.input_type, file.input_dims);
      if (g.number == 12) read_value_info(g.bytes, file.output, file.output_type, file.output_dims);
    }
  }
  return file;
}

OnnxTensor run_onnx(const OnnxFile& file, const OnnxTensor& input) {
  std::map<std::string, OnnxTensor> known = file.constants;
  known[file.input] = input;
  for (const OnnxNode& node : file.nodes) {
    std::vector<OnnxTensor> in;
    for (const std::string& name : node.inputs) in.push_back(known.at(name));
    const OnnxTensor y = run_node(node, in);
    check_range(y);
    require(known.emplace(node.output, y).second, "one tensor of the name " + node.output);
  }
  return known.at(file.output);
}

}  // namespace psaflow::test
