// The folder of finished builds, shared by any number of processes: an entry appears whole, stays while anybody uses
// it, and the ones unused for longest go when there is too much.
//
//   CACHE/lock         held for the moments in which entries appear, are found, or go
//   CACHE/rtl-KEY/     an entry: "program", "seal" (its SHA-256, by which damage shows), and "lock", which its users
//   hold
//                      shared and which is as old as the last use
//   CACHE/turn-KEY     held by who builds that entry, so that others wait instead of building it as well
//   CACHE/aside-xxxxxx an entry being made, or being removed; its "lock" is held by who does
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sw/base/locked_folder.h"

namespace psaflow {

// PSAFLOW_CACHE, else XDG_CACHE_HOME/psaflow, else HOME/.cache/psaflow, else psaflow-UID in the folder for temporary
// files. Absolute: what lies in it is run from other folders.
std::string rtl_cache_dir();

// PSAFLOW_CACHE_MAX_MB, else 2048 MiB. UserError when it is no number in 0..1000000000.
int64_t rtl_cache_limit_bytes();

class RtlCache {
 public:
  explicit RtlCache(std::string folder) : folder_(std::move(folder)) {}

  struct Entry {
    std::string folder;
    std::shared_ptr<const FileLock> in_use;  // null: the cache can only be read
  };

  // Empty when there is none, and when its program is not what was put there: truncated, say, or not executable. Marks
  // it as used now.
  std::optional<Entry> find(const std::string& key) const;

  // A folder to build in. UserError (with the way out) when the cache cannot be written. Removes what killed builds
  // left.
  std::unique_ptr<OwnFolder> begin() const;

  // The turn to build an entry: one process has it at a time, until this object goes.
  class Turn {
   public:
    Turn(std::string file, FileLock lock) : file_(std::move(file)), lock_(std::move(lock)) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    std::string file_;
    FileLock lock_;
  };
  // Null: another process has it. To be asked for after begin(), which fails where nothing can be locked.
  std::unique_ptr<Turn> take_turn(const std::string& key) const;

  // What was built under its key; when another process was faster, that one's. UserError when the folder is gone.
  Entry publish(std::unique_ptr<OwnFolder> built, const std::string& key) const;

  // Removes entries that nobody uses, the one unused for longest first, until the others take at most max_bytes.
  void prune(int64_t max_bytes) const;

 private:
  std::string path(const std::string& key) const { return folder_ + "/rtl-" + key; }
  std::optional<FileLock> lock() const { return FileLock::wait(folder_ + "/lock", FileLock::Mode::kExclusive); }
  std::optional<Entry> take(const std::string& key) const;

  std::string folder_;
};

}  // namespace psaflow
