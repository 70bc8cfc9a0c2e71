#include "sw/io/safetensors_header.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "sw/base/error.h"

namespace psaflow::detail {
namespace {

using nlohmann::json;

struct Dtype {
  const char* name;
  uint64_t bits;
};

// The types of the reference implementation (huggingface/safetensors, `enum Dtype`), in its order of alignment.
constexpr Dtype kDtypes[] = {{"BOOL", 8}, {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
                             {"I8", 8},   {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},
                             {"U16", 16}, {"F16", 16},    {"BF16", 16},   {"I32", 32},    {"U32", 32},
                             {"F32", 32}, {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}};

// Where in the header the next event falls. The format is three levels deep, so this is the whole state.
enum class Place { kStart, kTop, kMetadata, kTensor, kDtype, kShapeStart, kShape, kOffsetsStart, kOffsets, kEnd };

class HeaderReader : public nlohmann::json_sax<json> {
 public:
  HeaderReader(const std::string& file, SafetensorsHeader& header) : file_(file), header_(header) {}

  bool start_object(size_t) override {
    if (place_ == Place::kStart) return go(Place::kTop);
    if (place_ == Place::kTop && in_metadata_) return go(Place::kMetadata);
    if (place_ != Place::kTop || !in_tensor_) wrong("an object");
    header_.entries.emplace_back();
    header_.entries.back().name = name_;
    fields_.clear();
    return go(Place::kTensor);
  }

  bool key(string_t& key) override {
    if (place_ == Place::kTop) {
      name_ = key;
      in_metadata_ = key == "__metadata__";
      in_tensor_ = !in_metadata_;
      if (!names_.insert(key).second) throw UserError(file_, subject(), "the name twice", "every name once");
    } else if (place_ == Place::kMetadata) {
      metadata_key_ = key;
      if (header_.metadata.count(key) != 0)
        throw UserError(file_, "__metadata__", fmt::format("the key '{}' twice", key), "every key once");
    } else {
      if (!fields_.insert(key).second)
        throw UserError(file_, subject(), fmt::format("the key '{}' twice", key), "every key once");
      if (key == "dtype") return go(Place::kDtype);
      if (key == "shape") return go(Place::kShapeStart);
      if (key == "data_offsets") return go(Place::kOffsetsStart);
      throw UserError(file_, subject(), fmt::format("the key '{}'", key), "dtype, shape, data_offsets");
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::kMetadata) {
      header_.metadata[metadata_key_] = value;
    } else if (place_ == Place::kDtype) {
      if (dtype_bits(value) == 0) throw UserError(file_, subject(), fmt::format("dtype '{}'", value), dtype_names());
      header_.entries.back().dtype = value;
      place_ = Place::kTensor;
    } else {
      wrong("a string");
    }
    return true;
  }

  bool start_array(size_t) override {
    if (place_ == Place::kShapeStart) return go(Place::kShape);
    if (place_ != Place::kOffsetsStart) wrong("an array");
    offsets_.clear();
    return go(Place::kOffsets);
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::kShape) {
      if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) wrong(fmt::format("the size {}", value));
      header_.entries.back().shape.push_back(static_cast<int64_t>(value));
    } else if (place_ == Place::kOffsets && offsets_.size() < 2) {
      offsets_.push_back(value);
    } else {
      wrong(fmt::format("the number {}", value));
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::kOffsets) {
      if (offsets_.size() != 2) wrong(fmt::format("{} numbers", offsets_.size()));
      header_.entries.back().begin = offsets_[0];
      header_.entries.back().end = offsets_[1];
    }
    return go(Place::kTensor);
  }

  bool end_object() override {
    if (place_ == Place::kTop) return go(Place::kEnd);
    if (place_ == Place::kTensor) {
      for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (fields_.count(field) == 0)
          throw UserError(file_, subject(), fmt::format("no '{}'", field), "dtype, shape and data_offsets, each once");
      }
    }
    in_metadata_ = in_tensor_ = false;
    return go(Place::kTop);
  }

  bool number_integer(number_integer_t value) override { wrong(fmt::format("the number {}", value)); }
  bool number_float(number_float_t, const string_t& text) override { wrong(fmt::format("the number {}", text)); }
  bool null() override { wrong("null"); }
  bool boolean(bool value) override { wrong(value ? "true" : "false"); }
  bool binary(binary_t&) override { wrong("binary data"); }
  bool parse_error(size_t position, const std::string&, const json::exception&) override {
    throw UserError(file_, "header", fmt::format("invalid JSON at its byte {}", position),
                    "a JSON object (is this a safetensors file?)");
  }

 private:
  bool go(Place place) {
    place_ = place;
    return true;
  }

  std::string subject() const { return in_metadata_ ? name_ : fmt::format("tensor '{}'", name_); }

  [[noreturn]] void wrong(const std::string& found) const {
    switch (place_) {
      case Place::kMetadata:
        throw UserError(file_, "__metadata__", fmt::format("{} under '{}'", found, metadata_key_), "strings only");
      case Place::kTop:
        throw UserError(file_, subject(), found,
                        in_metadata_ ? "an object of strings" : "an object with dtype, shape and data_offsets");
      case Place::kDtype:
        throw UserError(file_, subject(), found + " as dtype", "a string");
      case Place::kShapeStart:
      case Place::kShape:
        throw UserError(file_, subject(), found + " in shape", "an array of integers, 0 to 2^63 - 1");
      case Place::kOffsetsStart:
      case Place::kOffsets:
        throw UserError(file_, subject(), found + " in data_offsets", "[begin, end], two integers from 0 on");
      default:
        throw UserError(file_, "header", found, "a JSON object");
    }
  }

  const std::string& file_;
  SafetensorsHeader& header_;
  Place place_ = Place::kStart;
  bool in_metadata_ = false, in_tensor_ = false;  // at kTop: what the value after this key must be
  std::string name_, metadata_key_;
  std::set<std::string> names_, fields_;
  std::vector<uint64_t> offsets_;
};

}  // namespace

uint64_t dtype_bits(const std::string& dtype) {
  for (const Dtype& known : kDtypes) {
    if (dtype == known.name) return known.bits;
  }
  return 0;
}

int dtype_rank(const std::string& dtype) {
  int rank = 0;
  for (const Dtype& known : kDtypes) {
    if (dtype == known.name) break;
    ++rank;
  }
  return rank;
}

std::string dtype_names() {
  std::string names;
  for (const Dtype& known : kDtypes) names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  return names;
}

SafetensorsHeader parse_safetensors_header(const char* text, size_t size, const std::string& file) {
  // The parser would take a NUL for the end of the text, and skip a byte order mark; the format knows neither.
  if (size == 0 || text[0] != '{')
    throw UserError(file, "header", "no '{' at its start", "a JSON object (is this a safetensors file?)");
  if (const void* nul = std::memchr(text, 0, size)) {
    throw UserError(file, "header", fmt::format("a zero byte at {}", static_cast<const char*>(nul) - text),
                    "JSON text, padded with spaces");
  }
  SafetensorsHeader header;
  HeaderReader reader(file, header);
  json::sax_parse(text, text + size, &reader);
  return header;
}

}  // namespace psaflow::detail
