// The ONNX file computes what golden does, to the bit: by an interpreter of the tests' own, and by ONNX Runtime where
// node and its package are there.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "models/bench/workload.h"
#include "sw/base/rng.h"
#include "sw/data/cifar10.h"
#include "sw/data/process.h"
#include "sw/golden/arithmetic.h"
#include "sw/golden/random_model.h"
#include "sw/onnx/network_onnx.h"
#include "sw/onnx/protobuf.h"
#include "tests/onnx/interpreter.h"
#include "tests/scratch_folder.h"
#include "tests/support/networks.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

// Odd ResMLPs beside the networks that are none.
std::vector<Sample> samples() {
  std::vector<Sample> all = no_resmlps();
  all.push_back(classifier_of_pixels(ImageForm::kPlanar));
  uint64_t seed = 40;
  for (const Activation activation : {Activation::kRelu, Activation::kPsa, Activation::kFixed}) {
    for (int points : {3, 17, 129, 256}) {
      ModelConfig c;
      c.image_channels = points == 17 ? 1 : 3;
      c.image_height = points == 3 ? 8 : 16;
      c.image_width = 16;
      c.patch = points == 129 ? 8 : 4;
      c.embed = 5 + points % 7;
      c.hidden = 9;
      c.blocks = 1 + points % 2;
      c.classes = 7;
      c.activation = activation;
      c.mean.assign(static_cast<size_t>(c.image_channels), 0.5);
      c.std.assign(static_cast<size_t>(c.image_channels), 0.25);
      const IntModel model = random_model(c, points, ++seed);
      all.push_back({"resmlp " + std::to_string(seed), model.config, model.network});
    }
  }
  return all;
}

Workload random_workload(const Sample& sample, size_t images) {
  std::vector<uint8_t> bytes(images * sample.input.image_bytes());
  Rng rng(99);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(rng.below(256));
  return make_workload(sample.input, sample.network, bytes.data(), images);
}

OnnxTensor input_tensor(const Network& network, const Workload& w) {
  const Tensor& in = network.input();
  return {3, {static_cast<int64_t>(w.count), in.rows, in.cols}, {w.inputs.begin(), w.inputs.end()}};
}

// As node puts it out, or none when this fails.
std::vector<int8_t> runtime_output(const std::string& bytes, const Network& network, const Workload& w) {
  const ScratchFolder scratch;
  write_text(scratch / "model.onnx", bytes);
  write_text(scratch / "input", {w.inputs.begin(), w.inputs.end()});
  const Tensor& in = network.input();
  const ProcessResult run =
      run_process({"node", PSAFLOW_SOURCE_DIR "/tests/onnx/run_onnx.js", scratch / "model.onnx", scratch / "input",
                   std::to_string(w.count), std::to_string(in.rows), std::to_string(in.cols), scratch / "output"});
  INFO(run.messages);
  CHECK(run.ok());
  const std::string output = read_text(scratch / "output");
  return {output.begin(), output.end()};
}

}  // namespace

TEST_CASE("protobuf's wire format") {
  // The examples of its documentation: {a: 150}, {b: "testing"}, and a message in a field.
  CHECK(ProtoMessage().integer(1, 150).data() == "\x08\x96\x01");
  CHECK(ProtoMessage().bytes(2, "testing").data() == "\x12\x07testing");
  CHECK(ProtoMessage().message(3, ProtoMessage().integer(1, 150)).data() == "\x1a\x03\x08\x96\x01");
  CHECK(ProtoMessage().integer(1, -2).data() == "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  CHECK(ProtoMessage().integer(16, 0).data() == std::string("\x80\x01\x00", 3));
}

TEST_CASE("the ONNX of odd networks gives golden's logits") {
  for (const Sample& sample : samples()) {
    INFO(sample.name);
    const OnnxModel model = network_onnx(sample.network, sample.name);
    const OnnxFile file = read_onnx(model.bytes);
    CHECK(file.ir_version == 7);
    CHECK(file.opset == 13);
    CHECK(file.input == (sample.input.form == ImageForm::kPatches ? "patches" : "pixels"));
    CHECK(file.input_type == 3);
    const Tensor &in = sample.network.input(), &out = sample.network.logits();
    CHECK(file.input_dims == std::vector<int64_t>{-1, in.rows, in.cols});
    const bool is_class = sample.network.nodes.back().name == "class";
    CHECK(file.output == (is_class ? "class" : "logits"));
    CHECK(file.output_type == (is_class ? 2 : 3));
    CHECK(file.output_dims == std::vector<int64_t>{-1, out.cols});
    CHECK(static_cast<int>(file.nodes.size()) == model.nodes);
    const Workload w = random_workload(sample, 5);
    const OnnxTensor y = run_onnx(file, input_tensor(sample.network, w));
    CHECK(y.type == file.output_type);
    std::vector<int64_t> golden;
    for (int8_t v : w.golden) golden.push_back(y.type == 2 ? int64_t{static_cast<uint8_t>(v)} : int64_t{v});
    CHECK(y.values == golden);
  }
}

TEST_CASE("every shift and every sign: rounding and saturation by ONNX's operators") {
  // An affine node a shift: 127 and -128 times every weight, biases that saturate.
  for (int shift = 0; shift <= 31; ++shift) {
    Network n(1, 255);
    op::Affine affine;
    for (int w = -127; w <= 127; ++w) {
      affine.params.weight.push_back(static_cast<int8_t>(w));
      affine.params.bias.push_back(static_cast<int8_t>(w * 37));
      affine.params.shift.push_back(static_cast<uint8_t>(shift));
    }
    n.add("affine", affine, {0});
    OnnxTensor x{3, {3, 1, 255}, {}};
    for (int value : {127, -128, -3}) x.values.insert(x.values.end(), 255, value);
    const OnnxTensor y = run_onnx(read_onnx(network_onnx(n, "shifts").bytes), x);
    for (size_t i = 0; i < y.values.size(); ++i) {
      const size_t c = i % 255;
      CHECK(y.values[i] ==
            psaflow::affine(static_cast<int8_t>(x.values[i]), affine.params.weight[c], shift, affine.params.bias[c]));
    }
  }
}

TEST_CASE("ONNX Runtime gives golden's logits on odd networks", "[.runtime]") {
  for (const Sample& sample : samples()) {
    INFO(sample.name);
    const Workload w = random_workload(sample, 5);
    CHECK(runtime_output(network_onnx(sample.network, sample.name).bytes, sample.network, w) == w.golden);
  }
}

TEST_CASE("ONNX Runtime gives the trained networks' logits on all sample images", "[.runtime]") {
  const Dataset data = load_cifar10(PSAFLOW_SOURCE_DIR "/sw/data/samples", Split::kTest);
  REQUIRE(data.count() >= 256);
  for (const char* name : {"psa-h96", "relu-h96"}) {
    INFO(name);
    const IntModel model = load_int_model(std::string(PSAFLOW_SOURCE_DIR "/sw/zoo/") + name + "/model.safetensors");
    const Workload w = make_workload(model.config, model.network, data.images.data(), data.count());
    CHECK(runtime_output(network_onnx(model.network, name).bytes, model.network, w) == w.golden);
  }
}
