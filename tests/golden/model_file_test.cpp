// Model files: what is written is read back whole, and every hostile file is an error that names its tensor or key.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sw/base/error.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/random_model.h"
#include "sw/io/safetensors.h"

using namespace psaflow;
using Catch::Matchers::Contains;

namespace {

ModelConfig small_config(Activation activation) {
  ModelConfig c;
  c.image_height = c.image_width = 8;
  c.patch = 4;  // T = 4, F = 48
  c.embed = 6;
  c.hidden = 5;
  c.blocks = 2;
  c.classes = 3;
  c.activation = activation;
  return c;
}

// A folder of this process, gone at the end of the test.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("psaflow_model_file_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  size_t entries() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_), {})); }

 private:
  std::filesystem::path path_;
};

// A valid file to spoil, of 9-point tables.
const Safetensors& valid(Activation activation = Activation::kPsa) {
  static std::map<Activation, Safetensors> files;  // written once: saving syncs the disk
  const auto [place, fresh] = files.try_emplace(activation);
  if (fresh) {
    const Folder folder;
    save_int_model(random_model(small_config(activation), 9, 42), folder.file("m"));
    place->second = Safetensors::load(folder.file("m"));
  }
  return place->second;
}

std::string error_of(const Safetensors& file) {
  try {
    parse_int_model(file.serialize(), "m.safetensors");
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

std::string shape_of(const StoredTensor& t) {
  return t.dtype + " " + shape_text(t.shape);
}

void set_shape(StoredTensor& t, const std::vector<int64_t>& shape) {
  t.shape = shape;
  t.bytes.resize(static_cast<size_t>(t.elements()));
}

bool same(const LinearParams& a, const LinearParams& b) {
  return a.in == b.in && a.out == b.out && a.weight == b.weight && a.bias == b.bias && a.shift == b.shift;
}
bool same(const AffineParams& a, const AffineParams& b) {
  return a.weight == b.weight && a.bias == b.bias && a.shift == b.shift;
}
bool same(const TableParams& a, const TableParams& b) {
  return a.channels == b.channels && a.points == b.points && a.values == b.values;
}

}  // namespace

TEST_CASE("a model survives the file", "[model_file]") {
  const Folder folder;
  for (const int points : {0, 3, 5, 9, 17, 33, 65, 129, 256}) {
    IntModel model = random_model(small_config(points == 0 ? Activation::kRelu : Activation::kBspline), points, 7);
    if (points == 9) {
      Rng rng(1);
      model.network.get<op::Lookup>("blocks.1.channel.psa2").params =
          random_table(5, 256, rng);  // point counts may differ from table to table
    }
    save_int_model(model, folder.file("m.safetensors"));
    CHECK(folder.entries() == 1);
    const IntModel back = load_int_model(folder.file("m.safetensors"));
    CHECK(config_to_json(back.config) == config_to_json(model.config));
    REQUIRE(back.network.nodes.size() == model.network.nodes.size());
    for (size_t n = 0; n < model.network.nodes.size(); ++n) {
      const Node& expected = model.network.nodes[n];
      INFO(expected.name);
      visit_constants(
          expected.op,
          Overloaded{
              [&](const LinearParams& p) { CHECK(same(back.network.get<op::Linear>(expected.name).params, p)); },
              [&](const AffineParams& p) { CHECK(same(back.network.get<op::Affine>(expected.name).params, p)); },
              [&](const TableParams& p) { CHECK(same(back.network.get<op::Lookup>(expected.name).params, p)); }});
    }
  }
}

TEST_CASE("tensor names, types and shapes are the contract's", "[model_file]") {
  const Safetensors file = valid();
  const std::map<std::string, std::string> expected = {
      {"embed.weight", "I8 [6,48]"},
      {"embed.bias", "I8 [6]"},
      {"embed.shift", "U8 [6]"},
      {"blocks.1.token.residual.weight", "I8 [6]"},
      {"blocks.1.token.pre.bias", "I8 [6]"},
      {"blocks.0.token.post.shift", "U8 [6]"},
      {"blocks.0.token.mix.weight", "I8 [4,4]"},
      {"blocks.0.token.mix.bias", "I8 [4]"},
      {"blocks.0.channel.residual.shift", "U8 [6]"},
      {"blocks.0.channel.psa1.table", "I8 [6,9]"},
      {"blocks.1.channel.fc1.weight", "I8 [5,6]"},
      {"blocks.1.channel.fc1.shift", "U8 [5]"},
      {"blocks.1.channel.psa2.table", "I8 [5,9]"},
      {"blocks.0.channel.fc2.weight", "I8 [6,5]"},
      {"head.weight", "I8 [3,6]"},
      {"head.shift", "U8 [3]"},
  };
  for (const auto& [name, shape] : expected) {
    INFO(name);
    REQUIRE(file.tensors.count(name) == 1);
    CHECK(shape_of(file.tensors.at(name)) == shape);
  }
  CHECK(file.tensors.size() == 6 + 2 * (4 * 3 + 3 * 3 + 2));
  CHECK(file.metadata.at("format") == "psaflow.int8/1");
  CHECK(valid(Activation::kRelu).tensors.size() == 6 + 2 * (4 * 3 + 3 * 3));
}

TEST_CASE("every tensor: missing, of another type, rank or shape", "[model_file]") {
  const Safetensors good = valid();
  for (const auto& entry : good.tensors) {
    const std::string& name = entry.first;
    INFO(name);
    Safetensors bad = good;
    bad.tensors.erase(name);
    CHECK_THAT(error_of(bad),
               Contains("m.safetensors: tensor '" + name + "'") && Contains("allowed: " + entry.second.dtype));

    bad = good;
    bad.tensors[name].dtype = entry.second.dtype == "I8" ? "U8" : "I8";
    CHECK_THAT(error_of(bad), Contains("tensor '" + name + "'") && Contains("found " + shape_of(bad.tensors[name])));

    bad = good;
    bad.tensors[name].shape.push_back(1);
    CHECK_THAT(error_of(bad), Contains("tensor '" + name + "'") && Contains("found " + shape_of(bad.tensors[name])));

    bad = good;
    bad.tensors[name].shape.insert(bad.tensors[name].shape.begin(), 1);
    CHECK_THAT(error_of(bad), Contains("tensor '" + name + "'") && Contains("found " + shape_of(bad.tensors[name])));

    std::vector<int64_t> shape = entry.second.shape;
    ++shape[0];
    bad = good;
    set_shape(bad.tensors[name], shape);
    CHECK_THAT(error_of(bad), Contains("tensor '" + name + "'") && Contains("found " + shape_of(bad.tensors[name])));

    bad = good;
    set_shape(bad.tensors[name], {});
    CHECK_THAT(error_of(bad), Contains("tensor '" + name + "'"));

    shape[0] = 0;
    bad = good;
    set_shape(bad.tensors[name], shape);
    CHECK_THAT(error_of(bad), Contains("tensor '" + name + "'"));

    if (entry.second.dtype == "U8") {
      for (const int value : {32, 128, 255}) {
        bad = good;
        bad.tensors[name].bytes[1] = static_cast<char>(value);
        CHECK_THAT(error_of(bad),
                   Contains("tensor '" + name + "'[1]: found " + std::to_string(value) + "; allowed: 0..31"));
      }
    }
  }
}

TEST_CASE("a weight transposed by mistake is named", "[model_file]") {
  Safetensors bad = valid();
  set_shape(bad.tensors["embed.weight"], {48, 6});
  CHECK_THAT(error_of(bad), Contains("tensor 'embed.weight': found I8 [48,6]; allowed: I8 [6,48]"));
}

TEST_CASE("table points: 256 or 2^k + 1, nothing else", "[model_file]") {
  for (const char* const name : {"blocks.0.channel.psa1.table", "blocks.1.channel.psa2.table"}) {
    for (int64_t points = 0; points <= 300; ++points) {
      Safetensors file = valid();
      StoredTensor& tensor = file.tensors[name];
      set_shape(tensor, {tensor.shape[0], points});
      bool legal = points == 256;
      for (int k = 1; k <= 7; ++k) legal = legal || points == (1 << k) + 1;
      INFO(name << " points " << points);
      if (legal) {
        REQUIRE(error_of(file) == "accepted");
      } else {
        REQUIRE_THAT(error_of(file), Contains(std::string("tensor '") + name + "'") &&
                                         Contains("," + std::to_string(points) + "]") && Contains("2^k + 1"));
      }
    }
  }
}

TEST_CASE("a tensor that the config does not call for is an error; further metadata is ignored", "[model_file]") {
  // Tables beside relu: the network would run, and answer something else.
  for (const Activation activation : {Activation::kPsa, Activation::kBspline, Activation::kFixed}) {
    Safetensors file = valid(activation);
    auto json = nlohmann::json::parse(file.metadata["config"]);
    json["activation"] = "relu";
    file.metadata["config"] = json.dump();
    CHECK_THAT(error_of(file),
               Contains("m.safetensors: tensor 'blocks.0.channel.psa1.table': found a table; allowed: none, as "
                        "config.activation is \"relu\""));
  }
  for (const char* name :
       {"note", "", "embed.scale", "head", "blocks.", "blocks.x.table", "blocks.7", "blocks.99999999999999999999.x",
        "blocks.-1.x", "blocks.1.other", "blocks.01.channel.fc1.bias", "blocks.0.channel.psa3.table"}) {
    for (const Activation activation : {Activation::kPsa, Activation::kRelu}) {
      Safetensors file = valid(activation);
      file.tensors[name] = {"F32", {1}, std::vector<char>(4)};
      INFO(name);
      CHECK_THAT(error_of(file), Contains(std::string("m.safetensors: tensor '") + name + "': found a t"));
    }
  }
  Safetensors file = valid();
  file.metadata["author"] = "someone";
  auto json = nlohmann::json::parse(file.metadata["config"]);
  json["comment"] = {{"of", "the future"}};
  file.metadata["config"] = json.dump();
  CHECK(error_of(file) == "accepted");

  Safetensors relu = valid(Activation::kRelu);
  json["activation"] = "bspline";
  relu.metadata["config"] = json.dump();
  CHECK_THAT(error_of(relu), Contains("tensor 'blocks.0.channel.psa1.table': found no tensor of that name"));
}

TEST_CASE("metadata: format and config", "[model_file]") {
  const Safetensors good = valid();
  Safetensors bad = good;
  bad.metadata.erase("format");
  CHECK_THAT(error_of(bad), Contains("metadata 'format': found no such key; allowed: \"psaflow.int8/1\""));
  bad.metadata["format"] = "psaflow.int8/2";
  CHECK_THAT(error_of(bad), Contains("metadata 'format': found \"psaflow.int8/2\"; allowed: \"psaflow.int8/1\""));
  bad.metadata["format"] = "psaflow.float/1";
  CHECK_THAT(error_of(bad), Contains("psaflow quantize"));
  bad = good;
  bad.metadata.erase("config");
  CHECK_THAT(error_of(bad), Contains("metadata 'config': found no such key"));
  bad.metadata["config"] = "{]";
  CHECK_THAT(error_of(bad), Contains("config: found no JSON"));
  bad.metadata.clear();
  CHECK_THAT(error_of(bad), Contains("metadata 'format'"));
}

TEST_CASE("a config of giants fails at its first missing tensor, without their memory", "[model_file]") {
  const Safetensors good = valid();
  const auto with = [&good](const char* key, const nlohmann::json& value) {
    Safetensors file = good;
    auto json = nlohmann::json::parse(file.metadata["config"]);
    json[key] = value;
    file.metadata["config"] = json.dump();
    return error_of(file);
  };
  CHECK_THAT(with("embed", 131071), Contains("tensor 'embed.weight'") && Contains("allowed: I8 [131071,48]"));
  CHECK_THAT(with("embed", 131072), Contains("config.embed"));
  CHECK_THAT(with("hidden", 131071), Contains("tensor 'blocks.0.channel.fc1.weight'") && Contains("[131071,6]"));
  CHECK_THAT(with("blocks", 4096), Contains("tensor 'blocks.2.token.residual.weight'"));
  CHECK_THAT(with("blocks", 2000000000), Contains("config.blocks"));
  CHECK_THAT(with("classes", 131071), Contains("tensor 'head.weight'"));
  CHECK_THAT(with("patch", 1), Contains("tensor 'embed.weight'") && Contains("allowed: I8 [6,3]"));
  // Tensors of a block that the config does not count: one of the two is wrong.
  CHECK_THAT(with("blocks", 1),
             Contains("m.safetensors: tensor 'blocks.1.channel.fc1.bias': found a tensor of block 1; "
                      "allowed: blocks 0..0, as config.blocks is 1"));
}

TEST_CASE("damaged bytes are an error or a model, never a crash", "[model_file]") {
  const std::vector<char> good = valid().serialize();
  const auto survives = [](const std::vector<char>& bytes) {
    try {
      const IntModel model = parse_int_model(bytes, "m.safetensors");
      const std::vector<uint8_t> images(
          static_cast<size_t>(model.config.image_channels) * model.config.image_height * model.config.image_width, 200);
      std::vector<int8_t> logits(static_cast<size_t>(model.config.classes));
      Evaluator(model, 1).logits(images.data(), 1, logits.data());  // what loads must run
    } catch (const UserError&) {
    }
  };
  for (size_t size = 0; size < good.size(); size += size < 64 ? 1 : 97)
    survives({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
  const uint64_t seed = 77;
  INFO("seed " << seed);
  Rng rng(seed);
  uint64_t header = 0;
  std::memcpy(&header, good.data(), sizeof header);
  for (int round = 0; round < 4000; ++round) {
    std::vector<char> bad = good;
    const uint64_t changes = 1 + rng.below(3);
    for (uint64_t i = 0; i < changes; ++i)
      bad[rng.below(8 + header)] = static_cast<char>(rng.below(4) == 0 ? rng.below(256) : '0' + rng.below(10));
    survives(bad);
  }
}

TEST_CASE("an illegal model is not saved", "[model_file]") {
  const Folder folder;
  IntModel model = random_model(small_config(Activation::kPsa), 9, 1);
  model.network.get<op::Lookup>("blocks.0.channel.psa1").params = {};
  CHECK_THROWS_AS(save_int_model(model, folder.file("m")), std::logic_error);
  model = random_model(small_config(Activation::kPsa), 9, 1);
  model.network.get<op::Linear>("head").params.shift[0] = 32;
  CHECK_THROWS_AS(save_int_model(model, folder.file("m")), std::logic_error);
  model = random_model(small_config(Activation::kPsa), 9, 1);
  model.config.input_scale = -1;
  CHECK_THROWS_AS(save_int_model(model, folder.file("m")), UserError);
  CHECK(folder.entries() == 0);
}

TEST_CASE("a file that is not there is named", "[model_file]") {
  CHECK_THROWS_WITH(load_int_model("no/such.safetensors"), Contains("no/such.safetensors"));
}
