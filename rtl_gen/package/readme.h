// README.md of an IP: what its user has to know.
#pragma once
#include <string>

#include "rtl_gen/package/package.h"

namespace psaflow::ip {

// How the bytes of an image become the input of the network, where that is not the IP's business; begins with a blank.
std::string patch_text(const ModelConfig& config);

// What an image is on either stream, in a sentence or two.
std::string input_text(const Pipeline& pipeline);
std::string output_text(const Pipeline& pipeline);

std::string readme(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options,
                   const std::string& top, const GoldenVectors& golden, const IpFigures& figures);

// AXI-DMA.md: how a processor feeds the IP by an AXI DMA, with listings of its own sizes.
std::string axi_dma_page(const Pipeline& pipeline, const std::string& top);

}  // namespace psaflow::ip
