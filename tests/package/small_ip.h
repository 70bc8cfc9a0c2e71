// A small IP, packaged in memory and written where a test wants it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "models/bench/workload.h"
#include "rtl_gen/package/package.h"
#include "rtl_gen/package/simd_package.h"
#include "sw/data/process.h"
#include "sw/golden/ports.h"

namespace psaflow::test {

struct SmallIp {
  IntModel model;
  Pipeline pipeline;
  std::vector<TextFile> files;

  const std::string& file(const std::string& name) const;  // fails the test when there is none
};

// 4 bytes a beat, 768 beats an image; two images of random bytes. Another seed, other weights; deep: two blocks; ports:
// what enters and leaves (colour planes: a byte a beat).
// On the heap: the pipeline points into the model.
std::unique_ptr<SmallIp> small_ip(const std::string& name, uint64_t seed = 3, bool deep = false,
                                  const Ports& ports = {});

// A fixed-size accelerator of tile 4 with a network of two blocks, two images.
struct SmallSimdIp {
  IntModel model;
  SimdMapping mapping;
  Workload workload;
  std::vector<TextFile> files;
};
std::unique_ptr<SmallSimdIp> small_simd_ip(const std::string& name, uint64_t seed = 3, const Ports& ports = {});

const std::string& file_of(const std::vector<TextFile>& files, const std::string& name);
void write_files(const std::vector<TextFile>& files, const std::string& folder);
void write_ip(const SmallIp& ip, const std::string& folder);

const char* const kStrange = "a b/äö's (1)";  // a path that no tool likes

// `make TARGET` in the IP's folder, called from elsewhere.
ProcessResult make(const std::string& folder, const std::string& target);
void check_passes(const std::string& folder, const std::string& target);
// In a file; the test fails where there is nothing to replace.
void replace(const std::string& path, const std::string& was, const std::string& now);

}  // namespace psaflow::test
