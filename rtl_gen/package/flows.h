// The files of an IP that other people's tools start from, and what kinds of IP have in common.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"
#include "rtl_gen/package/ip.h"

namespace psaflow::ip {

constexpr const char* kLicenceLine = "// SPDX-License-Identifier: MIT\n";

// A beat a line, as $readmemh reads it: the highest byte first.
std::string beat_lines(const std::vector<int8_t>& bytes, int lanes);

// Adds Makefile, constraints, Vivado's script, the FuseSoC core and both IP-XACT files to `files`, which holds all of rtl and sim, modules
// before those that use them. bench: leaf of the test bench; icarus_images: that Icarus, which is slow, runs.
void add_flows(std::vector<TextFile>& files, const Core& core, const std::string& bench, const std::string& title,
               size_t icarus_images);

}  // namespace psaflow::ip
