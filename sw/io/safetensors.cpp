#include "sw/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <tuple>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/io/safetensors_header.h"

namespace psaflow {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit

// False when the product leaves 63 bits on the way, as the reference implementation has it: [2^40, 2^40, 0] overflows.
bool multiply(const std::vector<int64_t>& shape, int64_t& product) {
  product = 1;
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(product, size, &product)) return false;
  }
  return true;
}

// Bytes that a tensor of that type and shape takes; UserError when they overflow or are no whole number.
uint64_t tensor_bytes(const std::string& dtype, const std::vector<int64_t>& shape, const std::string& file,
                      const std::string& key) {
  int64_t elements = 0;
  uint64_t bits = 0;
  if (!multiply(shape, elements) ||
      __builtin_mul_overflow(static_cast<uint64_t>(elements), detail::dtype_bits(dtype), &bits)) {
    throw UserError(file, key, fmt::format("shape {}", shape_text(shape)), "fewer than 2^64 bits");
  }
  if (bits % 8 != 0) throw UserError(file, key, fmt::format("{} bits of {}", bits, dtype), "whole bytes");
  return bits / 8;
}

bool is_text_byte(char c) {
  return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
}

uint64_t header_bytes(const std::vector<char>& bytes, const std::string& name) {
  if (bytes.size() < kLengthBytes) {
    throw UserError(name, "size", fmt::format("{} bytes", bytes.size()),
                    "at least the 8 bytes of the header length (is this a safetensors file?)");
  }
  uint64_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) length |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  const uint64_t most = std::min<uint64_t>(bytes.size() - kLengthBytes, kMaxHeaderBytes);
  if (length > most && std::all_of(bytes.begin(), bytes.begin() + kLengthBytes, is_text_byte))
    throw UserError(name, "content", "text", "a safetensors file, as psaflow train and quantize write them");
  if (length > most) {
    throw UserError(name, "header length", fmt::format("{} bytes", length),
                    fmt::format("at most {}: the file is truncated or no safetensors file", most));
  }
  return length;
}

}  // namespace

int64_t StoredTensor::elements() const {
  int64_t product = 0;
  PSAFLOW_CHECK(multiply(shape, product), "elements fit 63 bits");
  return product;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

Safetensors Safetensors::parse(const std::vector<char>& bytes, const std::string& name) {
  const uint64_t header_size = header_bytes(bytes, name);
  detail::SafetensorsHeader header = detail::parse_safetensors_header(bytes.data() + kLengthBytes, header_size, name);
  const char* const data = bytes.data() + kLengthBytes + header_size;
  const uint64_t data_size = bytes.size() - kLengthBytes - header_size;

  // As in the reference implementation the tensors fill the data exactly: sorted by offset each begins where the last
  // ended.
  std::vector<detail::TensorEntry>& entries = header.entries;
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  Safetensors file;
  file.file_ = name;
  file.metadata = std::move(header.metadata);
  uint64_t at = 0;
  std::string last;
  for (detail::TensorEntry& entry : entries) {
    const std::string key = fmt::format("tensor '{}'", entry.name);
    const std::string found = fmt::format("data_offsets [{},{}]", entry.begin, entry.end);
    if (entry.begin > entry.end) throw UserError(name, key, found, "begin up to end");
    if (entry.begin < at)
      throw UserError(name, key, fmt::format("{}, overlapping tensor '{}'", found, last), fmt::format("begin {}", at));
    if (entry.begin > at)
      throw UserError(name, key, fmt::format("{}, a hole before it", found), fmt::format("begin {}", at));
    if (entry.end > data_size) {
      throw UserError(name, key, found,
                      fmt::format("end at most {}, the bytes of data in the file (is it truncated?)", data_size));
    }
    const uint64_t size = tensor_bytes(entry.dtype, entry.shape, name, key);
    if (size != entry.end - entry.begin) {
      throw UserError(name, key,
                      fmt::format("{} bytes for {} {}", entry.end - entry.begin, entry.dtype, shape_text(entry.shape)),
                      fmt::format("{} bytes", size));
    }
    StoredTensor& tensor = file.tensors[entry.name];
    tensor.dtype = std::move(entry.dtype);
    tensor.shape = std::move(entry.shape);
    tensor.bytes.assign(data + entry.begin, data + entry.end);
    at = entry.end;
    last = std::move(entry.name);
  }
  if (at != data_size) {
    throw UserError(name, last.empty() ? "data" : fmt::format("after tensor '{}'", last),
                    fmt::format("{} trailing bytes", data_size - at), "none");
  }
  return file;
}

Safetensors Safetensors::load(const std::string& path) {
  return parse(read_file(path), path);
}

std::vector<char> Safetensors::serialize() const {
  std::vector<std::pair<const std::string*, const StoredTensor*>> order;
  for (const auto& [name, tensor] : tensors) {
    PSAFLOW_CHECK(name != "__metadata__", "the name is reserved");
    PSAFLOW_CHECK(detail::dtype_bits(tensor.dtype) != 0, "tensor '" + name + "': unknown dtype " + tensor.dtype);
    PSAFLOW_CHECK(std::all_of(tensor.shape.begin(), tensor.shape.end(), [](int64_t size) { return size >= 0; }),
                  "tensor '" + name + "': negative size");
    PSAFLOW_CHECK(tensor.bytes.size() == tensor_bytes(tensor.dtype, tensor.shape, "", name),
                  "tensor '" + name + "': bytes differ from dtype and shape");
    order.emplace_back(&name, &tensor);
  }
  // The reference writer's order, widest alignment first and then by name: every tensor lies aligned in the file.
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return detail::dtype_rank(a.second->dtype) > detail::dtype_rank(b.second->dtype);
  });
  // Written piece by piece: a JSON object would sort the names and lose that order.
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string header = "{";
  if (!metadata.empty()) header += "\"__metadata__\":" + nlohmann::json(metadata).dump();
  uint64_t at = 0;
  for (const auto& [name, tensor] : order) {
    if (header.size() > 1) header += ',';
    header += fmt::format("{}:{{\"dtype\":{},\"shape\":{},\"data_offsets\":[{},{}]}}", quoted(*name),
                          quoted(tensor->dtype), shape_text(tensor->shape), at, at + tensor->bytes.size());
    at += tensor->bytes.size();
  }
  header += '}';
  header.append((kLengthBytes - header.size() % kLengthBytes) % kLengthBytes, ' ');
  PSAFLOW_CHECK(header.size() <= kMaxHeaderBytes, "header within the format's limit");

  std::vector<char> bytes;
  bytes.reserve(kLengthBytes + header.size() + at);
  for (size_t i = 0; i < kLengthBytes; ++i) bytes.push_back(static_cast<char>(header.size() >> (8 * i) & 0xff));
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (const auto& entry : order) bytes.insert(bytes.end(), entry.second->bytes.begin(), entry.second->bytes.end());
  return bytes;
}

void Safetensors::save(const std::string& path) const {
  const std::vector<char> bytes = serialize();
  write_file_atomic(path, bytes.data(), bytes.size());
}

const StoredTensor& Safetensors::expect(const std::string& tensor, const std::string& dtype,
                                        const std::vector<int64_t>& shape) const {
  const std::string key = fmt::format("tensor '{}'", tensor);
  const std::string wanted = fmt::format("{} {}", dtype, shape_text(shape));
  const auto place = tensors.find(tensor);
  if (place == tensors.end()) throw UserError(file_, key, "no tensor of that name", wanted);
  const StoredTensor& found = place->second;
  if (found.dtype != dtype || found.shape != shape) {
    throw UserError(file_, key, fmt::format("{} {}", found.dtype, shape_text(found.shape)), wanted);
  }
  return found;
}

}  // namespace psaflow
