// A streaming design as an IP that stands alone: AXI4-Stream around it, every name its own, a test bench with golden
// images, and what other people's tools want to read. Everything is text in memory, the same for the same input.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"

namespace psaflow {

// What the test bench runs. Bytes in the order of the streams.
struct GoldenVectors {
  size_t images = 0;
  std::string source;                    // for people: "test images 0 to 7 of sw/data/samples"
  std::vector<int8_t> inputs, expected;  // [images, an image's input], [images, an image's output]
};

struct IpFigures {
  std::string part = "xcu50-fsvh2104-2-e";  // FPGA, as Vivado calls it
  std::optional<double> accuracy;           // share of `accuracy_images` test images that the integer network names
  size_t accuracy_images = 0;
};

// The files of the IP, names relative to its folder ("rtl/NAME_embed.sv"). `design`: generate_design() of this pipeline
// with these options, without taps. Golden of at least one image.
std::vector<TextFile> package_ip(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options,
                                 const Design& design, const GoldenVectors& golden, const IpFigures& figures = {});

}  // namespace psaflow
