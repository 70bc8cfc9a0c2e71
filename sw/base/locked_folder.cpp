#include "sw/base/locked_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "sw/base/error.h"

namespace psaflow {

namespace fs = std::filesystem;

std::optional<FileLock> FileLock::lock(const std::string& path, int operation, Missing missing, NoLock* no_lock) {
  const auto refuse = [no_lock](NoLock::Why why, int error) -> std::optional<FileLock> {
    if (no_lock != nullptr) *no_lock = {why, std::strerror(error)};
    return {};
  };
  int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (missing == Missing::kCreate ? O_CREAT : 0), 0644);
  if (fd < 0) fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);  // a lock on what one may only read is one, too
  if (fd < 0) return refuse(NoLock::Why::kAbsent, errno);
  int result = 0;
  while ((result = ::flock(fd, operation)) != 0 && errno == EINTR) {
  }
  if (result == 0) return FileLock(fd);
  const int error = errno;  // closing may change it
  ::close(fd);
  return refuse(error == EWOULDBLOCK ? NoLock::Why::kHeld : NoLock::Why::kUnsupported, error);
}

std::optional<FileLock> FileLock::wait(const std::string& path, Mode mode, Missing missing, NoLock* no_lock) {
  return lock(path, mode == Mode::kShared ? LOCK_SH : LOCK_EX, missing, no_lock);
}

std::optional<FileLock> FileLock::attempt(const std::string& path, Mode mode, Missing missing, NoLock* no_lock) {
  return lock(path, (mode == Mode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB, missing, no_lock);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

void FileLock::share() {
  while (::flock(fd_, LOCK_SH) != 0 && errno == EINTR) {
  }
}

bool FileLock::is_at(const std::string& path) const {
  struct stat held {
  }, there{};
  return ::fstat(fd_, &held) == 0 && ::stat(path.c_str(), &there) == 0 && held.st_dev == there.st_dev &&
         held.st_ino == there.st_ino;
}

// The lock goes last: a folder half removed (somebody may still write into it) has it, and so is found again.
void remove_locked_folder(const std::string& path) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path, ignored)) {
    std::error_code error;
    if (entry.path().filename() != "lock") fs::remove_all(entry.path(), error);
    if (error) return;
  }
  fs::remove(path + "/lock", ignored);
  fs::remove(path, ignored);
}

OwnFolder::OwnFolder(const std::string& parent, const std::string& prefix) {
  for (;;) {
    path_ = (fs::path(parent) / (prefix + "XXXXXX")).string();
    if (::mkdtemp(path_.data()) == nullptr) {
      throw UserError(parent, "cannot create a folder in it", std::strerror(errno), "");
    }
    NoLock no_lock;
    lock_ = FileLock::wait(path_ + "/lock", FileLock::Mode::kExclusive, FileLock::Missing::kCreate, &no_lock);
    if (lock_ && lock_->is_at(path_ + "/lock")) return;
    // Another process has just taken it for dead: the next one. Else it is an error.
    std::error_code ignored;
    if (lock_ || !fs::exists(path_, ignored)) continue;
    const bool unsupported = no_lock.why == NoLock::Why::kUnsupported;
    if (unsupported) fs::remove_all(path_, ignored);  // nobody could ever tell that it is dead
    throw UserError(path_ + "/lock", "cannot lock it", no_lock.reason,
                    unsupported ? "a folder on a file system that has file locks (flock)" : "");
  }
}

OwnFolder::~OwnFolder() {
  if (lock_) remove_locked_folder(path_);
}

FileLock OwnFolder::keep() {
  PSAFLOW_CHECK(lock_.has_value(), "the folder is still owned");
  FileLock lock = std::move(*lock_);
  lock_.reset();
  return lock;
}

void remove_dead_folders(const std::string& parent, const std::string& prefix) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename();
    if (name.compare(0, prefix.size(), prefix) != 0 || !entry.is_directory(ignored)) continue;
    struct stat info {};
    if (::lstat(entry.path().c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) continue;
    const std::string path = entry.path().string();
    const auto lock = FileLock::attempt(path + "/lock", FileLock::Mode::kExclusive, FileLock::Missing::kGiveUp);
    if (lock) {
      remove_locked_folder(path);
    } else {
      fs::remove(path, ignored);  // an empty one only: its owner ended before the lock, or after it
    }
  }
}

}  // namespace psaflow
