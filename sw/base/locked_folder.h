// Locks between processes, and folders whose owner can be told to live: what a killed process leaves behind is found
// and removed by the next one, and nothing else is.
#pragma once
#include <optional>
#include <string>

namespace psaflow {

// Why a lock was not had.
struct NoLock {
  enum class Why {
    kAbsent,      // the file is not there, or cannot be made or opened
    kHeld,        // somebody else has it
    kUnsupported  // the file system has no locks
  };
  Why why = Why::kAbsent;
  std::string reason;  // the system's word for it
};

// A lock on a file (flock): it goes with the process that holds it, however that ends, and is no business of programs
// that it starts.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  enum class Missing { kCreate, kGiveUp };

  // Empty when the file is not there (or, for kCreate, cannot be made), or its file system has no locks: *no_lock then
  // says which.
  static std::optional<FileLock> wait(const std::string& path, Mode mode, Missing missing = Missing::kCreate,
                                      NoLock* no_lock = nullptr);
  // Empty when somebody else holds it, too.
  static std::optional<FileLock> attempt(const std::string& path, Mode mode, Missing missing = Missing::kCreate,
                                         NoLock* no_lock = nullptr);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

  // From exclusive to shared. Another process may hold it exclusively in between.
  void share();
  // Whether the locked file still bears that name.
  bool is_at(const std::string& path) const;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  static std::optional<FileLock> lock(const std::string& path, int operation, Missing missing, NoLock* no_lock);
  int fd_;
};

// A new folder of this object's own, removed with it. While it lives, the file "lock" in the folder is locked.
class OwnFolder {
 public:
  // PARENT/PREFIXxxxxxx. UserError when it cannot be made.
  OwnFolder(const std::string& parent, const std::string& prefix);
  ~OwnFolder();
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // Whether it is still there under its name: somebody may have removed it.
  bool in_place() const { return lock_ && lock_->is_at(path_ + "/lock"); }
  // The folder stays, and the lock is the caller's; for once.
  FileLock keep();

 private:
  std::string path_;
  std::optional<FileLock> lock_;
};

// Removes a folder whose "lock" the caller holds.
void remove_locked_folder(const std::string& path);

// Removes the folders PARENT/PREFIX* whose "lock" nobody holds. Errors are no matter.
void remove_dead_folders(const std::string& parent, const std::string& prefix);

}  // namespace psaflow
