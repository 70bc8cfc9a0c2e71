#include "tests/package/small_ip.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "models/bench/workload.h"
#include "models/plan/build.h"
#include "sw/base/rng.h"
#include "sw/golden/random_model.h"
#include "tests/scratch_folder.h"

namespace psaflow::test {

const std::string& SmallIp::file(const std::string& name) const {
  return file_of(files, name);
}

const std::string& file_of(const std::vector<TextFile>& files, const std::string& name) {
  for (const TextFile& f : files) {
    if (f.name == name) return f.text;
  }
  FAIL("no file " << name);
  return files.front().text;
}

std::unique_ptr<SmallIp> small_ip(const std::string& name, uint64_t seed, bool deep, const Ports& ports) {
  constexpr size_t kImages = 2;
  auto ip = std::make_unique<SmallIp>();
  ModelConfig c;
  c.patch = 16;
  c.embed = c.hidden = 4;
  c.blocks = deep ? 2 : 1;
  c.classes = 3;
  c.mean = {0.4, 0.5, 0.6};
  c.std.assign(3, 0.25);
  c.input_scale = 40;
  ip->model = with_ports(random_model(c, 5, seed), ports);
  StreamingOptions streaming;
  streaming.lanes = ports.input == ImageForm::kPlanar ? 1 : 4;
  streaming.stages["embed"].simd = 24;  // fewer multipliers, a quicker synthesis
  ip->pipeline = build_streaming(ip->model.network, streaming);
  const CyclePrediction plan = predict_cycles(ip->pipeline);
  DesignOptions options;
  options.scenario = name;
  options.model = ip->model.config;
  std::vector<uint8_t> images(kImages * ip->model.config.image_bytes());
  Rng rng(seed);
  for (uint8_t& byte : images) byte = static_cast<uint8_t>(rng.below(256));
  const Workload workload = make_workload(ip->model.config, ip->model.network, images.data(), kImages);
  ip->files = package_ip(ip->pipeline, plan, options, generate_design(ip->pipeline, plan, options),
                         {kImages, "random bytes", workload.inputs, workload.golden});
  return ip;
}

std::unique_ptr<SmallSimdIp> small_simd_ip(const std::string& name, uint64_t seed, const Ports& ports) {
  constexpr size_t kImages = 2;
  auto ip = std::make_unique<SmallSimdIp>();
  ModelConfig c;
  c.patch = 16;
  c.embed = 6;
  c.hidden = 5;
  c.blocks = 2;
  c.classes = 7;
  c.mean = {0.4, 0.5, 0.6};
  c.std.assign(3, 0.25);
  c.input_scale = 40;
  ip->model = with_ports(random_model(c, 5, seed), ports);
  SimdOptions simd;
  simd.tile = 4;
  simd.bus_bytes = 8;
  ip->mapping = *plan_simd(ip->model.network, simd).mapping;
  std::vector<uint8_t> images(kImages * ip->model.config.image_bytes());
  Rng rng(seed);
  for (uint8_t& byte : images) byte = static_cast<uint8_t>(rng.below(256));
  ip->workload = make_workload(ip->model.config, ip->model.network, images.data(), kImages);
  SimdIpOptions options;
  options.scenario = name;
  options.model = ip->model.config;
  options.memory = simd_memory("ddr4", options.clock_mhz, *simd.bus_bytes);
  const SimdPrediction plan = predict_simd(ip->mapping, options.memory, "rtl", 16);
  ip->files = package_simd_ip(ip->model.network, ip->mapping, plan, options,
                              {kImages, "random bytes", ip->workload.inputs, ip->workload.golden});
  return ip;
}

void write_ip(const SmallIp& ip, const std::string& folder) {
  write_files(ip.files, folder);
}

void write_files(const std::vector<TextFile>& files, const std::string& folder) {
  for (const TextFile& file : files) {
    const std::filesystem::path path = std::filesystem::path(folder) / file.name;
    std::filesystem::create_directories(path.parent_path());
    write_text(path.string(), file.text);
  }
}

ProcessResult make(const std::string& folder, const std::string& target) {
  ProcessOptions options;
  options.folder = "/";  // found by its own path, not ours
  return run_process({"make", "-s", "-f", folder + "/Makefile", target}, options);
}

void check_passes(const std::string& folder, const std::string& target) {
  const ProcessResult result = make(folder, target);
  INFO(target << ": " << result.messages);
  CHECK(result.ok());
}

void replace(const std::string& path, const std::string& was, const std::string& now) {
  std::string text = read_text(path);
  const size_t at = text.find(was);
  REQUIRE(at != std::string::npos);
  write_text(path, text.replace(at, was.size(), now));
}

}  // namespace psaflow::test
