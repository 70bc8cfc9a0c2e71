// The zoo on the images that the repository holds.
#include <catch2/catch.hpp>
#include <cmath>

#include "sw/quant/card.h"
#include "tests/zoo/zoo.h"

namespace psaflow {

TEST_CASE("every network of the zoo answers the sample images about as well as its card says") {
  const Dataset samples = load_cifar10(PSAFLOW_SOURCE_DIR "/sw/data/samples", Split::kTest);
  const auto folders = test::zoo_folders();
  REQUIRE(!folders.empty());
  for (const std::string& folder : folders) {
    const nlohmann::json card = test::card(folder);
    const IntModel model = load_int_model(folder + "/model.safetensors");
    INFO(folder);
    CHECK(card.at("int8_parameters") == count_parameters(model.network));
    CHECK(card.at("macs_per_image") == count_macs(model.network));
    const double promised = card.at("test").at("int8_accuracy");
    const double deviation = std::sqrt(promised * (1 - promised) / static_cast<double>(samples.count()));
    CHECK(evaluate_int8(model, samples, 0, samples.count()) == Approx(promised).margin(4 * deviation));
  }
}

TEST_CASE("the float checkpoint of a network is the one its card tells of") {
  for (const std::string& folder : test::zoo_folders()) {
    INFO(folder);
    const Checkpoint checkpoint = load_checkpoint(folder + "/float.safetensors");
    const nlohmann::json card = test::card(folder);
    CHECK(card.at("epochs") == checkpoint.epochs_done);
    CHECK(card.at("recipe") == to_yaml(checkpoint.recipe));
    // Checkpoints keep the paths of other networks as seen from where the run was started, the repository's root.
    Recipe recipe = load_recipe(folder + "/recipe.yaml");
    for (std::string* named : {&recipe.distillation.teacher, &recipe.warm_start}) {
      if (named->empty()) continue;
      CHECK(std::filesystem::exists(*named));
      *named = std::filesystem::path(*named).lexically_relative(PSAFLOW_SOURCE_DIR).string();
    }
    CHECK(to_yaml(recipe) == to_yaml(checkpoint.recipe));
  }
}

}  // namespace psaflow
