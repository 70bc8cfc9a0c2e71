// The fixed-size accelerator as an IP that stands alone: its modules under names of their own, the network's program, a test bench with
// golden images, a driver, and what other people's tools want to read.
#pragma once
#include <string>
#include <vector>

#include "models/simd/cycles.h"
#include "models/simd/mapping.h"
#include "rtl_gen/package/package.h"

namespace psaflow {

struct SimdIpOptions {
  std::string scenario = "unnamed";
  double clock_mhz = 200;
  SimdMemory memory;                 // for which cycles are told and checked
  std::optional<ModelConfig> model;  // told in the manifest
};

// As package_ip. plan: of this mapping and memory, profile "rtl".
std::vector<TextFile> package_simd_ip(const Network& network, const SimdMapping& mapping, const SimdPrediction& plan,
                                      const SimdIpOptions& options, const GoldenVectors& golden,
                                      const IpFigures& figures = {});

}  // namespace psaflow
