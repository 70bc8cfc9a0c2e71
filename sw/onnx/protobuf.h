// Protocol Buffers' wire format, as far as writing needs it. A message is the concatenation of its fields, so this is a
// string that grows. https://protobuf.dev/programming-guides/encoding
#pragma once
#include <cstdint>
#include <string>

namespace psaflow {

class ProtoMessage {
 public:
  // int32, int64, uint64, bool, enum: a varint; negative ones take ten bytes, as the format has it.
  ProtoMessage& integer(int field, int64_t value);
  // string, bytes.
  ProtoMessage& bytes(int field, const std::string& value);
  ProtoMessage& message(int field, const ProtoMessage& value) { return bytes(field, value.data()); }

  const std::string& data() const { return data_; }

 private:
  void varint(uint64_t value);
  std::string data_;
};

}  // namespace psaflow
