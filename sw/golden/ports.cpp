#include "sw/golden/ports.h"

#include "sw/data/normalize.h"
#include "sw/golden/reference.h"

namespace psaflow {
namespace {

// Entry u of a table is for the INT8 value u - 128, whose bits are those of byte u ^ 128.
op::Lookup normalisation(const ImageInput& input) {
  op::Lookup lookup;
  TableParams& p = lookup.params;
  p.channels = input.image_channels;
  p.points = 256;
  for (const auto& values : pixel_table(input)) {
    for (size_t u = 0; u < 256; ++u) p.values.push_back(values[u ^ 128U]);
  }
  return lookup;
}

}  // namespace

IntModel with_ports(const IntModel& model, const Ports& ports) {
  if (!ports.any()) return model;
  IntModel made;
  made.config = model.config;
  const Network& inner = model.network;
  std::vector<int> tensors(inner.tensors.size());  // of the new network
  if (ports.input == ImageForm::kPatches) {
    made.network = Network(inner.input().rows, inner.input().cols);
  } else {
    const ImageInput& image = model.config;
    made.config.form = ports.input;
    op::Patches cut;
    cut.channels = image.image_channels;
    cut.height = image.image_height;
    cut.width = image.image_width;
    cut.patch = image.patch;
    cut.planar = ports.input == ImageForm::kPlanar;
    const int cols = cut.planar ? 1 : cut.patch * cut.channels;
    made.network = Network(static_cast<int>(cut.size() / cols), cols);
    made.network.tensors[0].name = "pixels";
    tensors[0] = made.network.add("input.patches", cut, {0});
    tensors[0] = made.network.add("input.normalize", normalisation(image), {tensors[0]});
  }
  for (const Node& node : inner.nodes) {
    std::vector<int> inputs;
    for (int t : node.inputs) inputs.push_back(tensors[static_cast<size_t>(t)]);
    tensors[static_cast<size_t>(node.output)] = made.network.add(node.name, node.op, inputs);
  }
  made.network.output = tensors[static_cast<size_t>(inner.output)];
  if (ports.class_out) made.network.add("class", op::ArgMax{}, {made.network.output});
  return made;
}

int named_class(const Network& network, const int8_t* output) {
  const Tensor& out = network.logits();
  const bool index = std::holds_alternative<op::ArgMax>(network.nodes[static_cast<size_t>(out.producer)].op);
  return index ? static_cast<uint8_t>(*output) : argmax(output, static_cast<int>(out.size()));
}

}  // namespace psaflow
