#include "sw/io/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <cstring>

#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

const std::string kMagic = "\x93NUMPY";

// The header is a Python dictionary of three known keys:
//   {'descr': '|u1', 'fortran_order': False, 'shape': (256, 3, 32, 32), }
class HeaderParser {
 public:
  HeaderParser(const std::string& text, const std::string& file) : text_(text), file_(file) {}

  NpyArray parse() {
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        type(quoted());
      } else if (key == "fortran_order") {
        order(word());
      } else if (key == "shape") {
        shape();
      } else {
        fail(fmt::format("the key '{}'", key), "descr, fortran_order, shape");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!typed_ || !ordered_ || !shaped_) fail("a header that lacks one", "descr, fortran_order and shape");
    return std::move(array_);
  }

 private:
  [[noreturn]] void fail(const std::string& found, const std::string& allowed) const {
    throw UserError(file_, "header", found, allowed);
  }

  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (accept(c)) return;
    fail(at_ < text_.size() ? fmt::format("'{}' at byte {}", text_[at_], at_) : "its end",
         fmt::format("'{}', as in {{'descr': '|u1', 'fortran_order': False, 'shape': (256, 3, 32, 32), }}", c));
  }
  std::string quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const size_t end = text_.find(quote, at_);
    if (end == std::string::npos) fail("an open quote", "a name in quotes");
    const std::string word = text_.substr(at_, end - at_);
    at_ = end + 1;
    return word;
  }
  std::string word() {
    skip_blanks();
    const size_t begin = at_;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void type(const std::string& descr) {
    const std::string kinds = "uifb", sizes = "1248";
    const bool known = descr.size() == 3 && std::strchr("<|=>", descr[0]) != nullptr &&
                       kinds.find(descr[1]) != std::string::npos && sizes.find(descr[2]) != std::string::npos;
    if (!known) fail(fmt::format("type '{}'", descr), "integers, floats or booleans: |u1, |i1, <i4, <i8, <f4, ...");
    if (descr[0] == '>' && descr[2] != '1')
      fail(fmt::format("type '{}', big-endian", descr),
           "little-endian; in NumPy: array.astype('<' + array.dtype.str[1:])");
    array_.kind = descr[1];
    array_.element_bytes = static_cast<size_t>(descr[2] - '0');
    typed_ = true;
  }

  void order(const std::string& value) {
    if (value == "True")
      fail("fortran_order True", "False: the last axis runs fastest; in NumPy: np.ascontiguousarray(array)");
    if (value != "False") fail(fmt::format("fortran_order '{}'", value), "False");
    ordered_ = true;
  }

  void shape() {
    expect('(');
    array_.shape.clear();
    while (!accept(')')) {
      skip_blanks();
      size_t value = 0, digits = 0;
      for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_, ++digits)
        value = value * 10 + static_cast<size_t>(text_[at_] - '0');
      if (digits == 0 || digits > 15) fail("a shape that is none", "sizes such as (256, 3, 32, 32)");
      array_.shape.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    shaped_ = true;
  }

  const std::string& text_;
  const std::string& file_;
  size_t at_ = 0;
  NpyArray array_;
  bool typed_ = false, ordered_ = false, shaped_ = false;
};

template <typename T>
const char* const kType = nullptr;
template <>
const char* const kType<int8_t> = "|i1";
template <>
const char* const kType<uint8_t> = "|u1";
template <>
const char* const kType<int32_t> = "<i4";
template <>
const char* const kType<float> = "<f4";

}  // namespace

template <typename T>
void save_npy(const std::string& path, const T* data, const std::vector<size_t>& shape) {
  constexpr size_t kPrefixBytes = 10;  // magic, version, header length
  constexpr size_t kAlignBytes = 64;   // of the data, as NumPy writes it
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", kType<T>,
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const size_t unpadded = kPrefixBytes + header.size() + 1;
  header.append((kAlignBytes - unpadded % kAlignBytes) % kAlignBytes, ' ');
  header += '\n';
  std::string file = kMagic + std::string("\x01\x00", 2);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  size_t values = 1;
  for (const size_t size : shape) values *= size;
  file.append(reinterpret_cast<const char*>(data), values * sizeof(T));
  write_file_atomic(path, file);
}

template void save_npy(const std::string& path, const int8_t* data, const std::vector<size_t>& shape);
template void save_npy(const std::string& path, const uint8_t* data, const std::vector<size_t>& shape);
template void save_npy(const std::string& path, const int32_t* data, const std::vector<size_t>& shape);
template void save_npy(const std::string& path, const float* data, const std::vector<size_t>& shape);

size_t NpyArray::size() const {
  size_t size = 1;
  for (size_t n : shape) size *= n;
  return size;
}

std::string NpyArray::type() const {
  const std::string name = kind == 'u' ? "uint" : kind == 'i' ? "int" : kind == 'f' ? "float" : "bool";
  return kind == 'b' ? name : name + std::to_string(8 * element_bytes);
}

std::string NpyArray::shape_text() const {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

int64_t NpyArray::integer(size_t i) const {
  PSAFLOW_CHECK(kind != 'f' && i < size(), "an integer of the array");
  uint64_t bits = 0;
  std::memcpy(&bits, data.data() + i * element_bytes, element_bytes);
  if (kind != 'i') return bits > INT64_MAX ? INT64_MAX : static_cast<int64_t>(bits);
  const unsigned unused = 64 - 8 * static_cast<unsigned>(element_bytes);
  return static_cast<int64_t>(bits << unused) >> unused;
}

NpyArray parse_npy(const std::vector<char>& bytes, const std::string& file) {
  const auto byte = [&bytes](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  if (bytes.size() < kMagic.size() + 4 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    throw UserError(file, "", fmt::format("{} bytes that are no NumPy array", bytes.size()),
                    "an .npy file, as numpy.save writes it");
  const size_t major = byte(6), prefix = major == 1 ? 10 : 12;
  if (major < 1 || major > 3) throw UserError(file, "format", fmt::format("{}.{}", major, byte(7)), "1.0, 2.0 or 3.0");
  if (bytes.size() < prefix) throw UserError(file, "header", "truncated", "the whole file");
  const size_t length = byte(8) + (byte(9) << 8) + (major == 1 ? 0 : (byte(10) << 16) + (byte(11) << 24));
  if (length > bytes.size() - prefix)
    throw UserError(file, "header", fmt::format("truncated: {} of {} bytes", bytes.size() - prefix, length),
                    "the whole file");
  const std::string header(bytes.data() + prefix, length);
  NpyArray array = HeaderParser(header, file).parse();
  const size_t there = bytes.size() - prefix - length;
  size_t needed = array.element_bytes;
  for (size_t n : array.shape) {
    if (n != 0 && needed > SIZE_MAX / n) throw UserError(file, "shape", array.shape_text(), "what memory can hold");
    needed *= n;
  }
  if (there != needed) {
    throw UserError(file, "data", fmt::format("{} bytes", there),
                    fmt::format("{} bytes of {}, {}", needed, array.shape_text(), array.type()));
  }
  array.data.assign(bytes.end() - static_cast<std::ptrdiff_t>(there), bytes.end());
  return array;
}

NpyArray load_npy(const std::string& path) {
  return parse_npy(read_file(path), path);
}

}  // namespace psaflow
