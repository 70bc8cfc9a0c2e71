#include "sim/data_options.h"

#include <filesystem>

#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/data/split.h"

namespace psaflow {

namespace po = boost::program_options;

void add_data_options(po::options_description& options, const std::string& folder, const std::string& arrays) {
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("data", text(), (folder + ", or ...").c_str())(
      "images", text(), ("... images of one's own, a uint8 [N, C, H, W] NumPy array, " + arrays).c_str())(
      "labels", text(), "their labels, integers [N], a NumPy array");
}

ImageSource data_source(const po::variables_map& values, const std::string& verb, Labels labels) {
  const auto text = [&values](const char* name) {
    return values.count(name) == 0 ? "" : values[name].as<std::string>();
  };
  ImageSource source;
  source.test_split = false;
  source.dir = text("data");
  source.images_path = text("images");
  source.labels_path = text("labels");
  if (source.dir.empty() == source.images_path.empty())
    throw UserError("", verb, source.dir.empty() ? "neither --data nor --images" : "both --data and --images",
                    "one of them");
  if (!source.is_own()) without_effect(values, "labels", "--data, whose files hold labels", "--images beside it");
  if (source.is_own() && source.labels_path.empty() && labels == Labels::kNeeded)
    throw UserError("", verb, "--images without --labels", "a label an image: --labels Y.npy beside it");
  return source;
}

void check_test_option(const po::variables_map& values, const ImageSource& source) {
  if (source.is_own())
    without_effect(values, "test", "--images, which has no test split", "--data beside it, or psaflow eval afterwards");
}

std::string data_words(const ImageSource& source) {
  if (!source.is_own()) return "--data " + source.dir;
  return "--images " + source.images_path + (source.labels_path.empty() ? "" : " --labels " + source.labels_path);
}

std::vector<std::string> data_files(const ImageSource& source) {
  std::vector<std::string> files = source.paths();
  if (source.is_own()) return files;
  for (const std::string& path : split_paths(source.dir, source.test_split ? Split::kTrain : Split::kTest))
    files.push_back(path);
  return files;
}

std::string default_teacher_cache(const ImageSource& source) {
  const std::filesystem::path folder =
      source.is_own() ? std::filesystem::path(source.images_path).parent_path() : std::filesystem::path(source.dir);
  return (folder / "teacher-views").string();
}

}  // namespace psaflow
