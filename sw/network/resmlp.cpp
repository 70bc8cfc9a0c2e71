#include "sw/network/resmlp.h"

namespace psaflow {
namespace {

op::Linear linear(int in, int out, op::Over over = op::Over::kChannels, bool relu = false) {
  op::Linear l;
  l.params.in = in;
  l.params.out = out;
  l.over = over;
  l.relu = relu;
  return l;
}

op::Lookup lookup(int channels) {
  op::Lookup t;
  t.params.channels = channels;
  return t;
}

}  // namespace

const char* to_string(Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return "relu";
    case Activation::kPsa:
      return "psa";
    case Activation::kBspline:
      return "bspline";
    case Activation::kFixed:
      return "table";
  }
  return "?";
}

std::string block_layer(size_t block, const char* layer) {
  return "blocks." + std::to_string(block) + "." + layer;
}

Network resmlp(const ModelConfig& c) {
  const bool tables = c.has_tables();
  Network n(c.tokens(), c.features());
  int x = n.add("embed", linear(c.features(), c.embed), {0});
  for (size_t i = 0; i < static_cast<size_t>(c.blocks); ++i) {
    const auto name = [i](const char* layer) { return block_layer(i, layer); };
    int r = n.add(name("token.residual"), op::Affine{}, {x});
    int z = n.add(name("token.pre"), op::Affine{}, {x});
    z = n.add(name("token.mix"), linear(c.tokens(), c.tokens(), op::Over::kTokens), {z});
    z = n.add(name("token.post"), op::Affine{}, {z});
    x = n.add(name("token.add"), op::Add{}, {z, r});

    r = n.add(name("channel.residual"), op::Affine{}, {x});
    int h = tables ? n.add(name("channel.psa1"), lookup(c.embed), {x}) : x;
    h = n.add(name("channel.fc1"), linear(c.embed, c.hidden, op::Over::kChannels, !tables), {h});
    if (tables) h = n.add(name("channel.psa2"), lookup(c.hidden), {h});
    h = n.add(name("channel.fc2"), linear(c.hidden, c.embed), {h});
    x = n.add(name("channel.add"), op::Add{}, {h, r});
  }
  x = n.add("pool", op::TokenMean{}, {x});
  n.add("head", linear(c.embed, c.classes), {x});
  return n;
}

}  // namespace psaflow
