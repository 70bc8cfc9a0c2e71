// How the constants of a node lie in the ROMs of the leaf that serves it.
#include <numeric>

#include "rtl_gen/generate/rom_image.h"
#include "sw/base/error.h"

namespace psaflow::rtl {
namespace {

// The weights, a word a step, as linear_unit reads them: a byte for each output and input.
RomImage weight_image(const Stage& stage) {
  const LinearParams& p = *stage.linear();
  const int pe = stage.pe, simd = stage.simd, slices = p.in / simd;
  RomImage image(pe * simd * 8, stage.fold());
  for (int step = 0; step < stage.fold(); ++step) {
    for (int o = 0; o < pe; ++o) {
      for (int j = 0; j < simd; ++j) {
        const int output = step / slices * pe + o, input = step % slices * simd + j;
        image.set(step, (o * simd + j) * 8, 8, p.weight[static_cast<size_t>(output * p.in + input)]);
      }
    }
  }
  return image;
}

RomImage output_params(const Stage& stage) {
  const LinearParams& p = *stage.linear();
  RomImage image(stage.pe * 13, p.out / stage.pe);
  for (int m = 0; m < p.out; ++m) {
    image.set(m / stage.pe, m % stage.pe * 13, 8, p.bias[static_cast<size_t>(m)]);
    image.set(m / stage.pe, m % stage.pe * 13 + 8, 5, p.shift[static_cast<size_t>(m)]);
  }
  return image;
}

RomImage channel_params(const Stage& stage) {
  const AffineParams& p = *stage.affine();
  const int lanes = stage.in.lanes;
  RomImage image(lanes * 21, p.channels() / lanes);
  for (int c = 0; c < p.channels(); ++c) {
    const auto i = static_cast<size_t>(c);
    image.set(c / lanes, c % lanes * 21, 8, p.weight[i]);
    image.set(c / lanes, c % lanes * 21 + 8, 8, p.bias[i]);
    image.set(c / lanes, c % lanes * 21 + 16, 5, p.shift[i]);
  }
  return image;
}

// Lane l's ROM holds every `step`-th point from `first` on of channels l, l + lanes, ..., a channel after the other; of
// tables that channels share, as many channels as until table 0 falls on lane 0 again.
std::vector<RomImage> table_images(const TableParams& p, int lanes, int first, int step) {
  const int points = (p.points - first + step - 1) / step;
  const int channels = std::lcm(p.channels, lanes);
  std::vector<RomImage> images(static_cast<size_t>(lanes), RomImage(8, channels / lanes * points));
  for (int c = 0; c < channels; ++c) {
    for (int i = 0; i < points; ++i) {
      images[static_cast<size_t>(c % lanes)].set(c / lanes * points + i, 0, 8,
                                                 p.channel(c % p.channels)[first + i * step]);
    }
  }
  return images;
}

}  // namespace

std::vector<RomImage> rom_contents(const Stage& stage, const RomPort& port) {
  std::vector<RomImage> images;
  if (port.port == "weight_rom") images = {weight_image(stage)};
  if (port.port == "param_rom") images = {stage.linear() != nullptr ? output_params(stage) : channel_params(stage)};
  if (port.port == "table_rom") images = table_images(*stage.table(), stage.in.lanes, 0, 1);
  if (port.port == "even_rom") images = table_images(*stage.table(), stage.in.lanes, 0, 2);
  if (port.port == "odd_rom") images = table_images(*stage.table(), stage.in.lanes, 1, 2);
  PSAFLOW_CHECK(static_cast<int>(images.size()) == port.count, "contents for every ROM of " + port.port);
  for (const RomImage& image : images) {
    PSAFLOW_CHECK(image.width() == port.width_bits && image.depth() == port.depth_words,
                  "contents of the shape of " + port.port);
  }
  return images;
}

}  // namespace psaflow::rtl
