// manifest.json of an IP: what a program has to know of it.
#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "rtl_gen/generate/manifest.h"
#include "rtl_gen/package/ip.h"
#include "rtl_gen/package/package.h"

namespace psaflow::ip {

// What the memories and multipliers of a design come to, from its structure: certain, but not all that it takes.
struct Parts {
  int64_t multipliers = 0;  // DSPs
  int64_t rom_bits = 0, fifo_bits = 0;
};
Parts parts(const Pipeline& pipeline);

// Parts that every kind of IP tells alike: its ports; the network and its images; a list of its modules, and the SHA-256 of every file.
nlohmann::ordered_json ports_json(const Ports& ports);
void add_files(nlohmann::ordered_json& json, const std::vector<TextFile>& files);
using rtl::network_json;

// `names`: see leaf_names(). `files`: all others, whose SHA-256 it lists.
std::string manifest(const Pipeline& pipeline, const CyclePrediction& plan, const Design& design,
                     const GoldenVectors& golden, const IpFigures& figures,
                     const std::map<std::string, std::string>& names, const std::vector<TextFile>& files);

}  // namespace psaflow::ip
