#include "sw/io/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "sw/base/error.h"

namespace psaflow {

std::string sha256_hex(const void* data, size_t size) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  PSAFLOW_CHECK(EVP_Digest(data, size, digest.data(), &length, EVP_sha256(), nullptr) == 1, "OpenSSL refused SHA-256");
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

std::string sha256_hex(const std::vector<char>& bytes) {
  return sha256_hex(bytes.data(), bytes.size());
}

}  // namespace psaflow
