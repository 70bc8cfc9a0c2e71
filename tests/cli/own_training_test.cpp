// Images of one's own from training to the accelerator: a small random task of two channels, 16 x 8, in every form that
// a data folder has.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sw/base/rng.h"
#include "sw/train/checkpoint.h"
#include "tests/cli/program.h"
#include "tests/data/record_png.h"
#include "tests/scratch_folder.h"
#include "tests/support/npy_text.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

constexpr size_t kTrain = 320, kTest = 40, kBytes = 2 * 16 * 8;

struct OwnData {
  ScratchFolder scratch;
  std::string pixels[2], labels[2];  // of the training and the test split

  OwnData() {
    Rng rng(21);
    for (int s = 0; s < 2; ++s) {
      for (size_t i = 0; i < (s == 0 ? kTrain : kTest); ++i) {
        const auto label = rng.below(3);  // which third of the rows is bright, in the second channel
        for (size_t b = 0; b < kBytes; ++b) {
          const size_t channel = b / 128, row = b % 128 / 8;
          pixels[s] += static_cast<char>((channel == 1 && row / 6 == label ? 120 : 60) + rng.below(80));
        }
        labels[s] += static_cast<char>(label);
      }
    }
    std::filesystem::create_directories(scratch.path() / "npy");
    for (int s = 0; s < 2; ++s) {
      const std::string stem = scratch / (s == 0 ? "npy/train-" : "npy/test-"),
                        count = std::to_string(labels[s].size());
      write_text(stem + "images.npy", npy_text("|u1", "(" + count + ", 2, 16, 8)", pixels[s]));
      write_text(stem + "labels.npy", npy_text("|u1", "(" + count + ",)", labels[s]));
    }
    write_text(scratch / "r.yaml", recipe());
  }
  static std::string recipe(const std::string& network = "", const std::string& more = "") {
    return "name: own\nnetwork: {activation: psa, image: [2, 16, 8], patch: 4, classes: 3, embed: 8, hidden: 8, "
           "blocks: 1, "
           "experts: 2" +
           network +
           "}\naugmentation: {crop_pad: 1, flip: true, cutout: 3, random_operations: 1, mixup: 0.2, cutmix: 0.2}\n"
           "epochs: 2\nbatch_size: 32\nshard_size: 8\nlearning_rate: 0.02\nholdout: 40\n" +
           more;
  }
  // The same images as PNGs, grey and alpha.
  void write_pngs() const {
    for (int s = 0; s < 2; ++s) {
      for (size_t i = 0; i < labels[s].size(); ++i) {
        const std::string folder =
            std::string(s == 0 ? "png/train/" : "png/test/") + static_cast<char>('a' + labels[s][i]);
        std::filesystem::create_directories(scratch.path() / folder);
        std::vector<uint8_t> interleaved;
        for (size_t p = 0; p < 128; ++p) {
          for (size_t c = 0; c < 2; ++c)
            interleaved.push_back(static_cast<uint8_t>(pixels[s][i * kBytes + c * 128 + p]));
        }
        write_png(scratch / (folder + "/" + std::to_string(i) + ".png"), interleaved, 16, 8, PNG_FORMAT_GA);
      }
    }
  }
  Outcome run(const std::vector<std::string>& args) const { return run_psaflow(args, 120, scratch.path().string()); }
  Outcome done(const std::vector<std::string>& args) const {
    Outcome outcome = run(args);
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.status == 0);
    return outcome;
  }
};

double accuracy_of(const std::string& json) {
  return nlohmann::json::parse(read_text(json)).at("accuracy");
}

}  // namespace

TEST_CASE("own images: trained, quantised, fine-tuned, evaluated, simulated") {
  const OwnData own;
  const Outcome trained = own.done({"train", "r.yaml", "--data", "npy", "--out", "run"});
  CHECK_THAT(trained.out, Contains("measured on the images to train on") && Contains("held out, 40 images"));
  const Checkpoint checkpoint = load_checkpoint(own.scratch / "run/float.safetensors");
  const ModelConfig& m = checkpoint.recipe.net.model;
  REQUIRE(m.mean.size() == 2);
  CHECK(m.mean[0] == Approx((60 + 39.5) / 255).margin(0.005));
  CHECK(m.mean[1] == Approx((60 + 39.5 + 60 / 3.2) / 255).margin(0.02));
  CHECK(m.image_height == 16);

  own.done({"quantize", "run/float.safetensors", "--data", "npy", "--out", "m.safetensors", "--calibration-images",
            "64", "--test", "--json", "q.json", "--card", "card.json"});
  const auto report = nlohmann::json::parse(read_text(own.scratch / "q.json"));
  CHECK(report.at("test").at("images") == kTest);
  own.done({"eval", "--model", "m.safetensors", "--data", "npy", "--json", "e.json"});
  CHECK(accuracy_of(own.scratch / "e.json") == report.at("test").at("int8_accuracy").get<double>());
  own.done({"eval", "--model", "run/float.safetensors", "--data", "npy", "--json", "f.json"});
  CHECK(accuracy_of(own.scratch / "f.json") == report.at("test").at("float_accuracy").get<double>());
  CHECK(accuracy_of(own.scratch / "f.json") > 0.6);  // of three classes
  own.done({"inspect", "run/float.safetensors", "--data", "npy", "--images", "8"});

  own.done({"finetune", "run/float.safetensors", "--data", "npy", "--out", "qat", "--epochs", "1",
            "--calibration-images", "64", "--test"});
  own.done({"eval", "--model", "qat/model.safetensors", "--images", "npy/test-images.npy", "--labels",
            "npy/test-labels.npy"});

  write_text(own.scratch / "s.yaml",
             "name: own\nmodel: m.safetensors\ndata: {dir: npy, images: 12}\naccelerator: {kind: streaming}\n");
  own.done({"simulate", "s.yaml", "--json", "s.json"});
  const auto simulated = nlohmann::json::parse(read_text(own.scratch / "s.json"));
  CHECK(simulated.at("images") == 12);
  CHECK(simulated.at("mismatches") == 0);
  CHECK(simulated.at("correct").get<int>() >= 0);
}

TEST_CASE("own images: PNGs in folders are the same images, in their own order") {
  const OwnData own;
  own.write_pngs();
  own.done({"train", "r.yaml", "--data", "png", "--out", "run", "--threads", "1"});
  own.done(
      {"quantize", "run/float.safetensors", "--data", "png", "--out", "m.safetensors", "--calibration-images", "64"});
  own.done({"eval", "--model", "m.safetensors", "--data", "png", "--json", "p.json"});
  own.done({"eval", "--model", "m.safetensors", "--data", "npy", "--json", "n.json"});
  CHECK(accuracy_of(own.scratch / "p.json") == accuracy_of(own.scratch / "n.json"));
}

TEST_CASE("own images: arrays named one by one are what the folder of them is") {
  const OwnData own;
  const std::vector<std::string> arrays = {"--images", "npy/train-images.npy", "--labels", "npy/train-labels.npy"};
  const auto with = [](std::vector<std::string> args, const std::vector<std::string>& more) {
    args.insert(args.end(), more.begin(), more.end());
    return args;
  };
  own.done({"train", "r.yaml", "--data", "npy", "--out", "of-folder"});
  const Outcome trained = own.done(with({"train", "r.yaml", "--out", "of-arrays"}, arrays));
  CHECK_THAT(trained.out,
             Contains("psaflow quantize of-arrays/float.safetensors --images npy/train-images.npy --labels "
                      "npy/train-labels.npy --out MODEL"));
  own.done({"quantize", "of-folder/float.safetensors", "--data", "npy", "--out", "folder.safetensors",
            "--calibration-images", "64"});
  own.done(
      with({"quantize", "of-arrays/float.safetensors", "--out", "arrays.safetensors", "--calibration-images", "64"},
           arrays));
  CHECK(read_text(own.scratch / "arrays.safetensors") == read_text(own.scratch / "folder.safetensors"));
  // A run goes on whichever way the same images are named.
  const std::vector<std::string> finetune = {
      "finetune", "of-arrays/float.safetensors", "--out", "qat", "--epochs", "2", "--limit",
      "64",       "--calibration-images",        "64"};
  own.done(with(finetune, with(arrays, {"--stop-after", "1"})));
  own.done(with(finetune, {"--data", "npy"}));
  own.done(with({"eval", "--model", "qat/model.safetensors"}, arrays));
}

TEST_CASE("own images: options that do not go together, one wording for all verbs") {
  const OwnData own;
  const std::vector<std::vector<std::string>> verbs = {{"train", "r.yaml", "--out", "run"},
                                                       {"quantize", "none.safetensors", "--out", "m.safetensors"},
                                                       {"finetune", "none.safetensors", "--out", "run"},
                                                       {"eval", "--model", "none.safetensors"}};
  for (const std::vector<std::string>& verb : verbs) {
    INFO(verb[0]);
    const auto refused = [&](const std::vector<std::string>& more, const std::vector<std::string>& parts) {
      std::vector<std::string> args = verb;
      args.insert(args.end(), more.begin(), more.end());
      check_user_error(own.run(args), parts);
    };
    refused({}, {verb[0] + ": found neither --data nor --images; allowed: one of them"});
    refused({"--data", "npy", "--images", "npy/train-images.npy"}, {verb[0] + ": found both --data and --images"});
    refused({"--data", "npy", "--labels", "npy/train-labels.npy"}, {"--labels", "--images beside it"});
    if (verb[0] == "eval") continue;  // which has an answer without labels
    refused({"--images", "npy/train-images.npy"}, {verb[0] + ": found --images without --labels", "--labels Y.npy"});
    if (verb[0] == "train") continue;  // which never looks at test images
    refused({"--images", "npy/train-images.npy", "--labels", "npy/train-labels.npy", "--test"},
            {"--test", "no test split", "--data beside it"});
  }
  const auto train = [&](const std::string& images, const std::string& labels) {
    return own.run({"train", "r.yaml", "--images", images, "--labels", labels, "--out", "run"});
  };
  check_user_error(train("npy/train-images.npy", "npy/test-labels.npy"), {"npy/test-labels.npy: shape", "[320]"});
  check_user_error(train("npy/train-labels.npy", "npy/train-labels.npy"),
                   {"npy/train-labels.npy: shape", "[N,2,16,8]"});
  check_user_error(train("npy/none.npy", "npy/train-labels.npy"), {"npy/none.npy"});
  CHECK_FALSE(std::filesystem::exists(own.scratch.path() / "run"));
}

TEST_CASE("own images: what does not belong together is told") {
  const OwnData own;
  const auto train = [&](const std::string& network, const std::string& more, const std::string& data) {
    write_text(own.scratch / "w.yaml", OwnData::recipe(network, more));
    return own.run({"train", "w.yaml", "--data", data, "--out", "run"});
  };
  check_user_error(own.run({"train", "r.yaml", "--data", PSAFLOW_SOURCE_DIR "/sw/data/samples", "--out", "run"}),
                   {"data_batch_1.bin", "psaflow fetch-data"});
  check_user_error(train("", "distillation: {teacher: t.safetensors}\n", "npy"),
                   {"w.yaml: distillation.teacher: found a teacher beside images [2,16,8]", "or no distillation"});
  write_text(own.scratch / "w.yaml", "name: n\nnetwork: {activation: relu, image: [2, 8, 16], patch: 4}\n");
  check_user_error(own.run({"train", "w.yaml", "--data", "npy", "--out", "run"}),
                   {"npy/train-images.npy", "[320,2,16,8]", "[N,2,8,16]"});
  write_text(own.scratch / "w.yaml", "name: n\nnetwork: {activation: relu, image: [2, 16, 8], patch: 4, classes: 2}\n");
  check_user_error(own.run({"train", "w.yaml", "--data", "npy", "--out", "run"}),
                   {"npy/train-labels.npy", "found 2", "0..1"});
  check_user_error(train("", "holdout: 5\n", "npy"), {"holdout"});  // given twice
  CHECK_FALSE(std::filesystem::exists(own.scratch.path() / "run"));
}

TEST_CASE("MNIST's scenario: the pipeline takes a pixel a cycle and gives golden's classes") {
  const ScratchFolder scratch;
  const Outcome outcome = run_psaflow({"simulate", "scenarios/mnist/mnist.yaml", "--json", scratch / "s.json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto report = nlohmann::json::parse(read_text(scratch / "s.json"));
  CHECK(report.at("images") == 64);
  CHECK(report.at("mismatches") == 0);
  CHECK(report.at("ii_cycles") == 784);
  CHECK(report.at("latency_cycles") == 3286);  // as the page says
  CHECK(report.at("correct") == 64);
}
