// Safetensors files: 8-byte little-endian header length, JSON header, raw little-endian data. Strict: what does not
// load whole and consistent is an error that names the tensor.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace psaflow {

struct StoredTensor {
  std::string dtype;  // "I8", "U8", "F32", ... (the safetensors names)
  std::vector<int64_t> shape;
  std::vector<char> bytes;  // raw, little-endian

  int64_t elements() const;
  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes.data());
  }
};

// "[96,48]"
std::string shape_text(const std::vector<int64_t>& shape);

class Safetensors {
 public:
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;  // "__metadata__": strings only

  // UserError (file and tensor named) on a header that is no such JSON, a repeated name, an unknown dtype, or tensors
  // that do not fill the data exactly: overlaps, holes, truncated or trailing bytes.
  static Safetensors load(const std::string& path);
  static Safetensors parse(const std::vector<char>& bytes, const std::string& name);  // name: for errors
  std::vector<char> serialize() const;  // deterministic: widest alignment first, then by name; header padded to 8 bytes
  void save(const std::string& path) const;  // aside, then renamed

  // The tensor of that name with that type and shape; UserError names it (and the file) when it is missing or differs.
  const StoredTensor& expect(const std::string& tensor, const std::string& dtype,
                             const std::vector<int64_t>& shape) const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;  // where it was loaded from, for errors
};

}  // namespace psaflow
