#include "sw/onnx/protobuf.h"

#include "sw/base/error.h"

namespace psaflow {
namespace {

constexpr int kVarint = 0, kLengthDelimited = 2;  // wire types

uint64_t tag(int field, int wire_type) {
  PSAFLOW_CHECK(field >= 1 && field < (1 << 29), "a field has a number");
  return static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire_type);
}

}  // namespace

void ProtoMessage::varint(uint64_t value) {
  for (; value >= 128; value >>= 7) data_ += static_cast<char>((value & 127U) | 128U);
  data_ += static_cast<char>(value);
}

ProtoMessage& ProtoMessage::integer(int field, int64_t value) {
  varint(tag(field, kVarint));
  varint(static_cast<uint64_t>(value));
  return *this;
}

ProtoMessage& ProtoMessage::bytes(int field, const std::string& value) {
  varint(tag(field, kLengthDelimited));
  varint(value.size());
  data_ += value;
  return *this;
}

}  // namespace psaflow
