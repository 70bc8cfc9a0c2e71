// Weights under other people's names, types and shapes become the checkpoint that they mean, or an error that says why
// not.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "sw/base/rng.h"
#include "sw/import/tensor_values.h"
#include "sw/import/weights.h"
#include "sw/quant/folded.h"
#include "sw/train/trainer.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

const std::string kSmall =
    "image: [2, 16, 8], patch: 4, embed: 6, hidden: 5, blocks: 2, classes: 3, experts: 4, "
    "grid_points: 9, mean: [0.5, 0.4], std: [0.25, 0.2]";

ImportConfig config_of(const std::string& activation, const std::string& more = "") {
  return parse_import_config("name: n\nnetwork: {activation: " + activation + ", " + kSmall + "}\n" + more, "net.yaml");
}

StoredTensor tensor_of(const std::vector<int64_t>& shape, const float* values, size_t count) {
  StoredTensor tensor{"F32", shape, std::vector<char>(count * sizeof(float))};
  std::memcpy(tensor.bytes.data(), values, tensor.bytes.size());
  return tensor;
}
StoredTensor tensor_of(const std::vector<int64_t>& shape, const std::vector<float>& values) {
  return tensor_of(shape, values.data(), values.size());
}

std::vector<float> values_of(const StoredTensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// A network whose every parameter is something of its own.
Checkpoint random_checkpoint(const Recipe& recipe, uint64_t seed) {
  Checkpoint c = Trainer::fresh(recipe);
  Rng rng(seed);
  for (float& p : c.parameters) p += static_cast<float>(0.3 * rng.normal());
  for (float& s : c.statistics) s = static_cast<float>(0.5 + rng.uniform());
  return c;
}

// As a state dict has it: PyTorch's names of statistics, and counters.
Safetensors state_dict(const Checkpoint& c) {
  const ResMlp<float> net(c.recipe.net);
  Safetensors ours;
  put_parameters(ours, "", net.parameters(), c.parameters);
  put_parameters(ours, "", net.statistics(), c.statistics);
  Safetensors theirs;
  for (auto& [name, tensor] : ours.tensors) {
    std::string renamed = name;
    if (ends_with(name, ".mean")) {
      const std::string norm = name.substr(0, name.size() - 5);
      renamed = norm + ".running_mean";
      theirs.tensors[norm + ".num_batches_tracked"] = {"I64", {}, std::vector<char>(8)};
    }
    if (ends_with(name, ".var")) renamed = name.substr(0, name.size() - 4) + ".running_var";
    theirs.tensors[renamed] = tensor;
  }
  return Safetensors::parse(theirs.serialize(), "w.safetensors");
}

std::vector<float> logits_of(const Checkpoint& c) {
  const ModelConfig& m = c.recipe.net.model;
  Rng rng(5);
  std::vector<float> patches(static_cast<size_t>(m.tokens()) * m.features());
  for (float& p : patches) p = static_cast<float>(rng.normal());
  return run_folded(fold(c), patches.data());
}

void check_same_function(const Checkpoint& a, const Checkpoint& b, double within) {
  const std::vector<float> x = logits_of(a), y = logits_of(b);
  for (size_t i = 0; i < x.size(); ++i) CHECK(y[i] == Approx(x[i]).margin(within));
}

void rename(Safetensors& file, const std::string& from, const std::string& to) {
  file.tensors[to] = file.tensors.at(from);
  file.tensors.erase(from);
}

std::string import_error(const Safetensors& file, const ImportConfig& config) {
  return test::error_of([&] { import_weights(file, config); });
}

}  // namespace

TEST_CASE("a state dict under PyTorch's names becomes the same checkpoint") {
  for (const char* activation : {"psa", "bspline", "relu", "gelu"}) {
    INFO(activation);
    const ImportConfig config = config_of(activation);
    const Checkpoint c = random_checkpoint(config.recipe, 7);
    const ImportedWeights imported = import_weights(state_dict(c), config);
    CHECK(imported.checkpoint.parameters == c.parameters);
    CHECK(imported.checkpoint.statistics == c.statistics);
    CHECK(imported.ignored == 7);  // three norms a block, and the last
    // It is a checkpoint that the others read.
    const test::ScratchFolder scratch;
    save_checkpoint(imported.checkpoint, scratch / "f.safetensors");
    const Checkpoint back = load_checkpoint(scratch / "f.safetensors");
    CHECK(back.parameters == c.parameters);
    CHECK(to_yaml(back.recipe) == to_yaml(config.recipe));
    CHECK(back.recipe.net.model.image_height == 16);
    CHECK(back.epochs_done == 0);
  }
}

TEST_CASE("maps, prefixes, transposition and constants") {
  const Checkpoint c = random_checkpoint(config_of("psa").recipe, 8);
  Safetensors file;
  for (const auto& [name, tensor] : state_dict(c).tensors) {
    std::string theirs = name;
    if (theirs.rfind("blocks.", 0) == 0) theirs = "layers." + theirs.substr(7);
    file.tensors["module." + theirs] = tensor;
  }
  for (const char* b : {"0", "1"}) {
    const std::string layer = "module.layers." + std::string(b) + ".channel.";
    StoredTensor& center = file.tensors.at(layer + "f1.center");  // [4, 6]
    const std::vector<float> values = values_of(center);
    std::vector<float> turned;
    for (size_t d = 0; d < 6; ++d) {
      for (size_t e = 0; e < 4; ++e) turned.push_back(values[e * 6 + d]);
    }
    center = tensor_of({6, 4}, turned);
    file.tensors.erase(layer + "scale");
  }
  file.tensors["module.step"] = {"I64", {}, std::vector<char>(8)};
  std::string lines =
      "prefix: module.\nignore: [step]\nfill: {'blocks.{i}.channel.scale': 0.5}\nmap:\n  "
      "'layers.{i}.channel.f1.center': 'blocks.{i}.channel.f1.center.T'\n";
  const ResMlp<float> net(c.recipe.net);
  for (const ParameterSlice& slice : net.parameters().slices()) {
    const std::string first = "blocks.0.";
    if (slice.name.rfind(first, 0) != 0 || ends_with(slice.name, "f1.center") || ends_with(slice.name, "scale"))
      continue;
    const std::string rest = slice.name.substr(first.size());
    lines += "  'layers.{i}." + rest + "': 'blocks.{i}." + rest + "'\n";
  }
  for (const char* norm : {"token.norm", "channel.norm1", "channel.norm2"}) {
    const std::string theirs = std::string("  'layers.{i}.") + norm, ours = std::string("blocks.{i}.") + norm;
    lines += theirs + ".running_mean': '" + ours + ".mean'\n" + theirs + ".running_var': '" + ours + ".var'\n";
  }
  const ImportedWeights imported = import_weights(file, config_of("psa", lines));
  Checkpoint wanted = c;
  for (const char* b : {"0", "1"}) {
    const ParameterSlice& scale = net.parameters().find("blocks." + std::string(b) + ".channel.scale");
    std::fill_n(wanted.parameters.begin() + static_cast<ptrdiff_t>(scale.offset), scale.size, 0.5f);
  }
  CHECK(imported.checkpoint.parameters == wanted.parameters);
  CHECK(imported.checkpoint.statistics == wanted.statistics);
  CHECK(imported.filled == 2);
  CHECK(imported.ignored == 8);
}

TEST_CASE("convolutions, biases of fc1 and other epsilons are the same function") {
  const ImportConfig config = config_of("relu");
  const Checkpoint c = random_checkpoint(config.recipe, 9);
  Safetensors file = state_dict(c);
  // The embedding as a convolution [D, C, P, P]; ours runs (row, column, channel).
  const std::vector<float> weight = values_of(file.tensors.at("embed.weight"));
  std::vector<float> kernel(weight.size());
  for (size_t d = 0; d < 6; ++d) {
    for (size_t y = 0; y < 4; ++y) {
      for (size_t x = 0; x < 4; ++x) {
        for (size_t ch = 0; ch < 2; ++ch)
          kernel[((d * 2 + ch) * 4 + y) * 4 + x] = weight[d * 32 + (y * 4 + x) * 2 + ch];
      }
    }
  }
  file.tensors["embed.weight"] = tensor_of({6, 2, 4, 4}, kernel);
  file.tensors["blocks.1.channel.fc1.weight"].shape = {5, 6, 1, 1};
  CHECK(import_weights(file, config).checkpoint.parameters == c.parameters);

  // A bias of fc1, and a mean that takes it back.
  std::vector<float> bias = {1, -2, 0.5f, 4, -0.25f},
                     mean = values_of(file.tensors.at("blocks.0.channel.norm2.running_mean"));
  for (size_t i = 0; i < bias.size(); ++i) mean[i] += bias[i];
  file.tensors["blocks.0.channel.fc1.bias"] = tensor_of({5}, bias);
  file.tensors["blocks.0.channel.norm2.running_mean"] = tensor_of({5}, mean);
  const ImportedWeights biased = import_weights(file, config);
  CHECK(biased.folded_biases == 1);
  check_same_function(c, biased.checkpoint, 1e-5);

  // Variances that make up for another epsilon.
  for (auto& [name, tensor] : file.tensors) {
    if (!ends_with(name, ".running_var")) continue;
    std::vector<float> var = values_of(tensor);
    for (float& v : var) v += 1e-5f - 0.1f;
    tensor = tensor_of(tensor.shape, var);
  }
  check_same_function(c, import_weights(file, config_of("relu", "norm_epsilon: 0.1\n")).checkpoint, 1e-4);
}

TEST_CASE("half precision, bfloat16 and double become float") {
  for (const auto& [bits, value] : std::vector<std::pair<uint16_t, double>>{{0x3c00, 1},
                                                                            {0x3555, 0.333251953125},
                                                                            {0x0001, std::ldexp(1.0, -24)},
                                                                            {0x03ff, 1023 * std::ldexp(1.0, -24)},
                                                                            {0x0400, std::ldexp(1.0, -14)},
                                                                            {0x7bff, 65504},
                                                                            {0xfbff, -65504},
                                                                            {0xc000, -2}}) {
    INFO(bits);
    CHECK(half_to_float(bits) == static_cast<float>(value));
  }
  CHECK(std::isinf(half_to_float(0x7c00)));
  CHECK(std::isnan(half_to_float(0x7e00)));
  const auto of = [](const std::string& type, const std::vector<char>& bytes) {
    return float_values({type, {1}, bytes}, "w", "t").front();
  };
  CHECK(of("F16", {0x00, static_cast<char>(0xc0)}) == -2);
  CHECK(of("BF16", {static_cast<char>(0xc0), 0x3f}) == 1.5f);
  const double third = 1.0 / 3;
  std::vector<char> bytes(8);
  std::memcpy(bytes.data(), &third, 8);
  CHECK(of("F64", bytes) == static_cast<float>(third));
  const double huge = 1e300;
  std::memcpy(bytes.data(), &huge, 8);
  CHECK_THAT(test::error_of([&] { of("F64", bytes); }), StartsWith("w: tensor 't': found inf at place 0"));
  CHECK_THAT(test::error_of([&] { of("BF16", {static_cast<char>(0xc0), 0x7f}); }), Contains("nan at place 0"));
  CHECK_THAT(test::error_of([&] { of("I8", {1}); }), Contains("type I8; allowed: F32, F16, BF16 or F64"));
}

TEST_CASE("what does not fit is told: the file, the tensor, what was found, what is allowed") {
  const ImportConfig config = config_of("psa");
  const Safetensors good = state_dict(random_checkpoint(config.recipe, 10));
  const auto with = [&](const auto& change) {
    Safetensors file = good;
    change(file);
    return import_error(file, config);
  };
  CHECK(import_error(good, config).empty());
  CHECK_THAT(
      with([](Safetensors& f) { f.tensors.erase("head.bias"); }),
      StartsWith("w.safetensors: tensor 'head.bias': found no tensor of that name; allowed: F32, F16, BF16 or F64 "
                 "[3], or a line for it under 'map' or 'fill' in net.yaml"));
  CHECK_THAT(
      with([](Safetensors& f) { rename(f, "head.weight", "fc.weight"); }),
      StartsWith("w.safetensors: tensor 'head.weight': found no tensor of that name; 1 of the file is left over: "
                 "'fc.weight'"));
  CHECK_THAT(
      with([](Safetensors& f) { f.tensors["heed.bias"] = f.tensors["head.bias"]; }),
      Contains("tensor 'heed.bias': found a tensor that the network has no place for (did you mean 'head.bias'?)") &&
          Contains("under 'ignore'"));
  CHECK_THAT(with([](Safetensors& f) { f.tensors["blocks.2.channel.scale"] = f.tensors["blocks.1.channel.scale"]; }),
             Contains("'blocks.2.channel.scale'") && Contains("2 blocks, psa"));
  CHECK_THAT(with([](Safetensors& f) {
               f.tensors["head.bias"] = tensor_of({4}, {1, 2, 3, 4});
             }),
             StartsWith("w.safetensors: tensor 'head.bias': found [4]; allowed: [3], of head.bias"));
  CHECK_THAT(with([](Safetensors& f) {
               f.tensors["blocks.0.channel.fc1.weight"].shape = {6, 5};
             }),
             Contains("found [6,5] (transposed? 'blocks.0.channel.fc1.weight.T' in map turns it); allowed: [5,6]"));
  CHECK(with([](Safetensors& f) { f.tensors["embed.weight"].shape = {6, 32, 1}; }).empty());
  CHECK_THAT(with([](Safetensors& f) {
               f.tensors["embed.weight"].shape = {12, 16};
             }),
             Contains("allowed: [6,32], or [6,2,4,4] of a convolution"));
  CHECK_THAT(with([](Safetensors& f) {
               f.tensors["head.bias"] = {"I32", {3}, std::vector<char>(12)};
             }),
             Contains("tensor 'head.bias': found type I32"));
  CHECK_THAT(with([](Safetensors& f) {
               f.tensors["head.bias"] = tensor_of({3}, {1, NAN, 2});
             }),
             Contains("tensor 'head.bias': found nan at place 1"));
  CHECK_THAT(with([](Safetensors& f) {
               f.tensors["norm.running_var"] = tensor_of({6}, {1, 1, -2, 1, 1, 1});
             }),
             Contains("tensor 'norm.running_var': found -2, which is negative, at place 2"));
  CHECK_THAT(with([](Safetensors& f) { f.tensors["norm.mean"] = f.tensors["norm.running_mean"]; }),
             Contains("a second one for norm.mean, after 'norm.mean'"));
  CHECK_THAT(with([](Safetensors& f) { f.tensors.clear(); }), Contains("tensor 'embed.weight'") && Contains("others"));
}

TEST_CASE("a rule that does nothing is told") {
  const Safetensors good = state_dict(random_checkpoint(config_of("psa").recipe, 11));
  const auto error = [&](const std::string& lines) { return import_error(good, config_of("psa", lines)); };
  CHECK_THAT(error("map: {'hed.bias': head.bias}\n"),
             StartsWith("net.yaml:3: map.hed.bias: found a rule that no tensor matches (did you mean 'head.bias'?)"));
  CHECK_THAT(error("map: {head.bias: heads.bias}\n"),
             StartsWith("net.yaml:3: map.head.bias: found 'heads.bias' (did you mean 'head.bias'?)"));
  CHECK_THAT(error("fill: {'blocks.{i}.channel.scales': 1}\n"), Contains("did you mean 'blocks.{i}.channel.scale'?"));
  CHECK_THAT(error("fill: {'blocks.{i}.channel.scale': 1}\n"), Contains("a tensor that is there"));
  CHECK_THAT(error("ignore: [steps]\n"), Contains("'steps', which no tensor matches"));
  CHECK_THAT(error("prefix: module.\n"), Contains("net.yaml: prefix: found 'module.'"));
  const auto yaml_error = [](const std::string& lines) { return test::error_of([&] { config_of("psa", lines); }); };
  CHECK_THAT(yaml_error("map: [a]\n"), Contains("net.yaml:3: map: found no map"));
  CHECK_THAT(yaml_error("map: {'a.{i}': head.bias}\n"), Contains("{i} for a block's index in both or in none"));
  CHECK_THAT(yaml_error("ignore: head.bias\n"), Contains("ignore: found no list"));
  CHECK_THAT(yaml_error("fill: {head.bias: much}\n"), Contains("fill.head.bias: found 'much'"));
  CHECK_THAT(yaml_error("norm_epsilon: -1\n"), Contains("norm_epsilon"));
  CHECK_THAT(yaml_error("mapp: {a: b}\n"), Contains("unknown key 'mapp' (did you mean 'map'?)"));
  CHECK_THAT(test::error_of([] {
               parse_import_config("name: n\nnetwork: {activation: relu, image: [1, 28, 28], patch: 7}\n", "net.yaml");
             }),
             Contains("net.yaml:2: network.mean: found no such key") && Contains("byte / 255 - mean"));
}

TEST_CASE("a pattern's index is a number, the same everywhere") {
  const NamePattern pattern("a.{i}.b.{i}");
  CHECK(pattern.match("a.3.b.3") == "3");
  CHECK(pattern.match("a.12.b.12") == "12");
  for (const char* other : {"a.3.b.4", "a..b.", "a.03.b.03", "a.3.b.3.", "a.x.b.x", "a.3.b", ""}) {
    INFO(other);
    CHECK_FALSE(pattern.match(other));
  }
  CHECK(pattern.with("7") == "a.7.b.7");
  CHECK(NamePattern("head").match("head") == "");
  CHECK_FALSE(NamePattern("head").match("head.x"));
}

}  // namespace psaflow
