#include "rtl_gen/cosim/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDefaultLimitMb = 2048;
constexpr const char* kAside = "aside-";
constexpr const char* kTurn = "turn-";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// An entry's state, as far as pruning goes.
struct Kept {
  std::string folder;
  int64_t bytes = 0;
  struct timespec used {};
};

std::optional<Kept> look_at(const fs::path& folder) {
  std::error_code error;
  Kept kept;
  kept.folder = folder.string();
  for (const auto& file : fs::recursive_directory_iterator(folder, error)) {
    struct stat info {};
    if (::lstat(file.path().c_str(), &info) == 0) kept.bytes += int64_t{info.st_blocks} * 512;
  }
  struct stat info {};
  if (::stat((folder / "lock").c_str(), &info) != 0 && ::stat(folder.c_str(), &info) != 0) return {};
  kept.used = info.st_mtim;
  return kept;
}

bool used_before(const Kept& a, const Kept& b) {
  return a.used.tv_sec != b.used.tv_sec ? a.used.tv_sec < b.used.tv_sec : a.used.tv_nsec < b.used.tv_nsec;
}

void sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

std::string sum_of(const std::string& path) {
  const std::vector<char> bytes = read_file(path);
  return sha256_hex(bytes.data(), bytes.size());
}

// Whether the program is the one that was put there: a disk may have been full, a copy cut short, a right taken away.
bool is_sound(const std::string& entry) {
  try {
    const std::vector<char> seal = read_file(entry + "/seal", 100);
    return sum_of(entry + "/program") == std::string(seal.begin(), seal.end()) &&
           ::access((entry + "/program").c_str(), X_OK) == 0;
  } catch (const UserError&) {
    return false;
  }
}

// Removes the turns of builders that ended without.
void remove_dead_turns(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().compare(0, std::strlen(kTurn), kTurn) != 0) continue;
    const auto lock = FileLock::attempt(entry.path().string(), FileLock::Mode::kExclusive, FileLock::Missing::kGiveUp);
    if (lock && lock->is_at(entry.path().string())) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

std::string rtl_cache_dir() {
  const auto absolute = [](const std::string& dir) { return fs::absolute(dir).string(); };
  if (const std::string dir = variable("PSAFLOW_CACHE"); !dir.empty()) return absolute(dir);
  if (const std::string dir = variable("XDG_CACHE_HOME"); !dir.empty()) return absolute(dir + "/psaflow");
  if (const std::string dir = variable("HOME"); !dir.empty()) return absolute(dir + "/.cache/psaflow");
  return absolute((fs::temp_directory_path() / fmt::format("psaflow-{}", ::getuid())).string());
}

int64_t rtl_cache_limit_bytes() {
  const std::string text = variable("PSAFLOW_CACHE_MAX_MB");
  int64_t megabytes = kDefaultLimitMb;
  if (!text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), megabytes);
    if (error != std::errc() || end != text.data() + text.size() || megabytes < 0 || megabytes > 1000000000)
      throw UserError("", "PSAFLOW_CACHE_MAX_MB", fmt::format("'{}'", text), "MiB to keep, 0..1000000000");
  }
  return megabytes << 20;
}

std::optional<RtlCache::Entry> RtlCache::take(const std::string& key) const {
  const std::string entry = path(key);
  if (!is_sound(entry)) return {};
  auto in_use = FileLock::wait(entry + "/lock", FileLock::Mode::kShared);
  ::utimensat(AT_FDCWD, (entry + "/lock").c_str(), nullptr, 0);  // now
  if (!in_use) return Entry{entry, nullptr};
  return Entry{entry, std::make_shared<const FileLock>(std::move(*in_use))};
}

std::optional<RtlCache::Entry> RtlCache::find(const std::string& key) const {
  std::error_code ignored;
  if (!fs::is_directory(folder_, ignored)) return {};
  const auto all = lock();  // without: it can only be read, so nobody removes anything either
  return take(key);
}

std::unique_ptr<OwnFolder> RtlCache::begin() const {
  try {
    make_folder(folder_);
    if (const auto all = lock()) {
      remove_dead_folders(folder_, kAside);
      remove_dead_turns(folder_);
    }
    return std::make_unique<OwnFolder>(folder_, kAside);
  } catch (const UserError& error) {
    throw UserError(error.file(), error.key(), error.value(),
                    "a folder for builds that can be written: set PSAFLOW_CACHE=DIR");
  }
}

std::unique_ptr<RtlCache::Turn> RtlCache::take_turn(const std::string& key) const {
  const std::string file = folder_ + "/" + kTurn + key;
  auto lock = FileLock::attempt(file, FileLock::Mode::kExclusive);
  if (!lock || !lock->is_at(file)) return nullptr;  // its name is gone: it was that of a turn that has just ended
  return std::make_unique<Turn>(file, std::move(*lock));
}

RtlCache::Turn::~Turn() {
  std::error_code ignored;
  if (lock_.is_at(file_)) fs::remove(file_, ignored);
}

RtlCache::Entry RtlCache::publish(std::unique_ptr<OwnFolder> built, const std::string& key) const {
  if (!built->in_place())
    throw UserError(folder_, "the cache", "removed while a build went on in it", "a folder that stays: start again");
  write_file_atomic((*built) / "seal", sum_of((*built) / "program"));
  sync((*built) / "program");
  const auto all = lock();
  if (auto theirs = take(key)) return *theirs;
  const std::string from = built->path(), to = path(key);
  FileLock in_use = built->keep();
  in_use.share();  // nobody can come between: who removes, holds the cache's lock
  std::error_code error;
  fs::remove_all(to, error);  // without a sound program it is nothing
  fs::rename(from, to, error);
  if (error) throw UserError(to, "cannot be renamed to from " + from, error.message(), "");
  return {to, std::make_shared<const FileLock>(std::move(in_use))};
}

void RtlCache::prune(int64_t max_bytes) const {
  std::vector<std::pair<std::string, FileLock>> going;
  {
    const auto all = lock();
    if (!all) return;
    std::vector<Kept> entries;
    int64_t bytes = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
      if (entry.path().filename().string().compare(0, 4, "rtl-") != 0) continue;
      if (const auto kept = look_at(entry.path())) {
        entries.push_back(*kept);
        bytes += kept->bytes;
      }
    }
    std::sort(entries.begin(), entries.end(), used_before);
    for (const Kept& entry : entries) {
      if (bytes <= max_bytes) break;
      auto lock = FileLock::attempt(entry.folder + "/lock", FileLock::Mode::kExclusive);
      if (!lock) continue;  // in use
      const std::string aside =
          fmt::format("{}/{}{}-{}", folder_, kAside, ::getpid(), fs::path(entry.folder).filename().string());
      fs::rename(entry.folder, aside, ignored);
      if (ignored) continue;
      bytes -= entry.bytes;
      going.emplace_back(aside, std::move(*lock));
    }
  }
  for (const auto& [folder, lock] : going) remove_locked_folder(folder);
}

}  // namespace psaflow
