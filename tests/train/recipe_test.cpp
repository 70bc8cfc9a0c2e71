#include <algorithm>
#include <catch2/catch.hpp>

#include "sw/base/error.h"
#include "sw/io/yaml_tree.h"
#include "sw/train/recipe.h"
#include "sw/train/recipe_difference.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

const char* const kRecipe =
    "name: tiny\n"
    "network: {activation: bspline, embed: 24, hidden: 12, blocks: 2, patch: 8, grid_points: 32}\n"
    "augmentation: {crop_pad: 3, flip: false, cutout: 5, random_operations: 2, mixup: 0.25, cutmix: 0.5}\n"
    "distillation: {teacher: t.safetensors, weight: 0.6, temperature: 2, views: 9}\n"
    "optimizer: muon\nschedule: trapezoid\ndecay_fraction: 0.5\nema: 0.99\n"
    "epochs: 7\nbatch_size: 64\nshard_size: 16\nprecision: bfloat16\nlearning_rate: 0.004\nseed: 99\n";

std::string error_of(const std::string& yaml) {
  try {
    parse_recipe(yaml, "r.yaml");
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a recipe reads what it says, and survives the way through YAML") {
  const Recipe r = parse_recipe(kRecipe, "r.yaml");
  CHECK(r.name == "tiny");
  CHECK(r.net.model.activation == Activation::kBspline);
  CHECK(r.net.model.embed == 24);
  CHECK(r.net.model.patch == 8);
  CHECK(r.augmentation.crop_pad == 3);
  CHECK_FALSE(r.augmentation.flip);
  CHECK(r.augmentation.cutout == 5);
  CHECK(r.augmentation.random_operations == 2);
  CHECK(r.augmentation.cutmix == 0.5);
  CHECK(r.distillation.teacher == "t.safetensors");
  CHECK(r.distillation.weight == 0.6);
  CHECK(r.distillation.views == 9);
  CHECK(r.optimizer == OptimizerKind::kMuon);
  CHECK(r.schedule == Schedule::kTrapezoid);
  CHECK(r.ema == 0.99);
  CHECK(r.batch_size == 64);
  CHECK(r.precision == Precision::kBfloat16);
  CHECK(r.learning_rate == 0.004);
  CHECK(r.seed == 99);
  const std::string shares = "name: n\nnetwork: {activation: relu}\naugmentation: {mixup: 0.9, cutmix: 0.1}\n";
  CHECK(parse_recipe(shares, "r.yaml").augmentation.cutmix == 0.1);
  CHECK(to_yaml(parse_recipe(to_yaml(r), "again")) == to_yaml(r));
}

TEST_CASE("names and paths survive the way through YAML, whatever they hold") {
  Recipe r = parse_recipe(kRecipe, "r.yaml");
  for (const std::string& text :
       std::vector<std::string>{"psa: h96", "psa #2", "null", "~", "a \"quoted\" name", "it's", "back\\slash\\", "- a",
                                "true", "12", "h\xc3\xa9llo", "{a, b}: [c]", "&a *b !c %d @e `f"}) {
    INFO(text);
    r.name = text;
    r.distillation.teacher = "teachers/" + text + ", the {second}.safetensors";
    const Recipe back = parse_recipe(to_yaml(r), "again");
    CHECK(back.name == r.name);
    CHECK(back.distillation.teacher == r.distillation.teacher);
    CHECK(to_yaml(back) == to_yaml(r));
  }
  CHECK(parse_recipe("name: 'psa: h96'\nnetwork: {activation: relu}\n", "r.yaml").name == "psa: h96");
}

TEST_CASE("the page of recipes has every key, with its default") {
  const std::string page = test::read_text(PSAFLOW_SOURCE_DIR "/sw/train/README.md"), fence = "```yaml\n";
  const size_t begin = page.find(fence) + fence.size();
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  const std::string head =
      "name: my-net\nnetwork: {activation: psa}\n"
      "distillation: {teacher: sw/zoo/teacher-conv/float.safetensors}\n";
  const std::string least = head + "block_transfer: {teacher: sw/zoo/relu-h192/float.safetensors}\n";
  CHECK(to_yaml(parse_recipe(example, "example")) == to_yaml(parse_recipe(least, "least")));
  // One of two starts is behind a comment sign.
  const size_t transfer = example.find("block_transfer:"), sign = example.find("# warm_start:");
  REQUIRE((transfer < sign && sign != std::string::npos));
  const std::string warm = example.substr(0, transfer) + example.substr(sign + 2);
  CHECK(to_yaml(parse_recipe(warm, "warm")) ==
        to_yaml(parse_recipe(head + "warm_start: sw/zoo/psa-h96/float.safetensors\n", "least")));
  // Written where it is not the default alone.
  const Recipe complete = parse_recipe(least + "precision: bfloat16\n", "complete");
  const YamlNode told = parse_yaml(example, "example"), all = parse_yaml(to_yaml(complete), "all");
  CHECK(told.keys == all.keys);
  for (const char* map : {"augmentation", "distillation", "block_transfer"})
    CHECK(told.find(map)->keys == all.find(map)->keys);
  std::vector<std::string> network = told.find("network")->keys;
  for (const char* goes_without_saying : {"image", "classes", "mean", "std"}) {  // of CIFAR-10
    const auto at = std::find(network.begin(), network.end(), goes_without_saying);
    REQUIRE(at != network.end());
    network.erase(at);
  }
  CHECK(network == all.find("network")->keys);
}

TEST_CASE("a recipe may be of any images that its patch divides") {
  const std::string yaml =
      "name: n\nnetwork: {activation: relu, image: [1, 28, 28], patch: 7, classes: 300, mean: [0.13], std: [0.31]}\n";
  const Recipe r = parse_recipe(yaml, "r.yaml");
  const ModelConfig& m = r.net.model;
  CHECK((m.image_channels == 1 && m.image_height == 28 && m.image_width == 28 && m.classes == 300));
  CHECK(m.mean == std::vector<double>{0.13});
  CHECK(to_yaml(parse_recipe(to_yaml(r), "again")) == to_yaml(r));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = yaml;
    changed.replace(changed.find(from), from.size(), to);
    return error_of(changed);
  };
  CHECK_THAT(with("patch: 7", "patch: 4"), Catch::Contains("r.yaml:2: network.patch: found 4") &&
                                               Catch::Contains("the image's 28 x 28") &&
                                               Catch::Contains(": 7, 14, 28"));
  CHECK_THAT(with("[1, 28, 28], patch: 7", "[1, 12, 8]"),
             Catch::Contains("found 4") && Catch::Contains("another image"));
  CHECK_THAT(with("[1, 28, 28]", "[1, 28]"), Catch::Contains("network.image: found a list of 2"));
  CHECK_THAT(with("[1, 28, 28]", "[1, 28, 0]"), Catch::Contains("network.image: found '0'"));
  CHECK_THAT(with("[1, 28, 28]", "[4096, 4096, 4096]"), Catch::Contains("16777216"));
  CHECK_THAT(with("mean: [0.13], ", ""), Catch::Contains("network.mean") && Catch::Contains("both of mean and std"));
  CHECK_THAT(with("std: [0.31]", "std: [0]"), Catch::Contains("network.std"));
  CHECK_THAT(with("classes: 300", "classes: 70000"), Catch::Contains("network.classes") && Catch::Contains("65536"));
  CHECK(
      parse_recipe("name: n\nnetwork: {activation: relu, image: [1, 28, 28], patch: 7}\n", "r").net.model.mean.empty());
}

TEST_CASE("another precision is another recipe, as which a run may go on; the default one is not written") {
  const std::string yaml = kRecipe;
  const Recipe bf16 = parse_recipe(yaml, "r.yaml");
  Recipe plain = bf16;
  plain.precision = Precision::kFloat32;
  CHECK(may_continue(bf16, bf16, 1));
  CHECK(may_continue(bf16, plain, 1));
  CHECK(may_continue(plain, bf16, 1));
  Recipe other = plain;
  other.seed = 100;
  CHECK_FALSE(may_continue(bf16, other, 1));
  const auto differences = recipe_differences(to_yaml(bf16), to_yaml(plain));
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].key == "precision");
  CHECK(differences[0].was == "bfloat16");
}

TEST_CASE("a wrong recipe names the key, the value and what is allowed") {
  const std::string yaml = kRecipe;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = yaml;
    changed.replace(changed.find(from), from.size(), to);
    return error_of(changed);
  };
  CHECK_THAT(with("bspline", "swish"),
             Catch::Contains("activation") && Catch::Contains("swish") && Catch::Contains("relu"));
  CHECK_THAT(with("shard_size: 16", "shard_size: 24"),
             Catch::Contains("shard_size") && Catch::Contains("24") && Catch::Contains("64"));
  CHECK_THAT(with("patch: 8", "patch: 5"), Catch::Contains("patch") && Catch::Contains("divisor"));
  CHECK_THAT(with("cutmix: 0.5", "cutmix: 0.8"), Catch::Contains("cutmix") && Catch::Contains("0.75"));
  CHECK_THAT(with("precision: bfloat16", "precision: float16"),
             Catch::Contains("precision") && Catch::Contains("float16") && Catch::Contains("float32, bfloat16"));
  CHECK_THAT(with("epochs: 7", "epochs: 0"), Catch::Contains("epochs") && Catch::Contains("0"));
  CHECK_THAT(with("epochs: 7", "epoch: 7"), Catch::Contains("epoch") && Catch::Contains("epochs"));
  CHECK_THAT(with("learning_rate: 0.004", "learning_rate: fast"),
             Catch::Contains("learning_rate") && Catch::Contains("fast"));
  CHECK_THAT(error_of(""), Catch::Contains("r.yaml"));
}

}  // namespace psaflow
