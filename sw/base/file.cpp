#include "sw/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>

#include "sw/base/error.h"

namespace psaflow {
namespace {

// Closes a descriptor on every path out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int close() {
    const int fd = fd_;
    fd_ = -1;
    return fd >= 0 ? ::close(fd) : 0;
  }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw UserError(path, fmt::format("cannot {}: {}", what, std::strerror(errno)), "", "");
}

}  // namespace

std::vector<char> read_file(const std::string& path, size_t max_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) fail(path, "open");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail(path, "stat");
  if (!S_ISREG(info.st_mode))
    throw UserError(path, "file type", S_ISDIR(info.st_mode) ? "a directory" : "not a regular file", "a regular file");
  const auto size = static_cast<size_t>(info.st_size);
  if (size > max_bytes)
    throw UserError(path, "size", fmt::format("{} bytes", size), fmt::format("at most {} bytes", max_bytes));
  std::vector<char> bytes(size);
  for (size_t done = 0; done < size;) {
    const ssize_t got = ::read(file.get(), bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "read");
    if (got == 0) throw UserError(path, "size", "the file shrank while it was read", "");
    done += static_cast<size_t>(got);
  }
  return bytes;
}

namespace {

// Where a file of some name is really written: a pipe or device is written, never replaced; nor is /dev/stdout, a link
// to whatever the shell opened for us. All else is replaced, through links.
struct Target {
  bool in_place = false;
  std::string path;
};

Target target_of(const std::string& path) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) throw UserError(path, "file type", "a directory", "a file to write");
  if (!exists) return {false, path};
  if (!S_ISREG(info.st_mode) || path.rfind("/dev/", 0) == 0 || path.rfind("/proc/", 0) == 0) return {true, path};
  std::error_code error;
  return {false, std::filesystem::canonical(path, error).string()};
}

void write_all(Descriptor& file, const char* bytes, size_t size, const std::function<void(const char*)>& give_up) {
  for (size_t done = 0; done < size;) {
    const ssize_t put = ::write(file.get(), bytes + done, size - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) give_up("write");
    done += static_cast<size_t>(put);
  }
}

void sync_and_close(Descriptor& file, const std::function<void(const char*)>& give_up) {
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) give_up("sync");
  if (file.close() != 0) give_up("close");
}

}  // namespace

void write_file_atomic(const std::string& path, const void* data, size_t size) {
  const Target target = target_of(path);
  const std::string aside = target.in_place ? path : fmt::format("{}.tmp.{}", target.path, ::getpid());
  Descriptor file(::open(aside.c_str(), O_WRONLY | O_CLOEXEC | (target.in_place ? O_APPEND : O_CREAT | O_TRUNC), 0644));
  if (file.get() < 0) fail(path, "create");
  const auto give_up = [&](const char* what) {
    const int saved = errno;
    if (!target.in_place) ::unlink(aside.c_str());
    errno = saved;
    fail(path, what);
  };
  write_all(file, static_cast<const char*>(data), size, give_up);
  sync_and_close(file, give_up);
  if (!target.in_place && ::rename(aside.c_str(), target.path.c_str()) != 0) give_up("rename onto");
}

std::string aside_path(const std::string& path) {
  const Target target = target_of(path);
  if (!target.in_place) return fmt::format("{}.tmp.{}", target.path, ::getpid());
  std::error_code error;
  std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) folder = "/tmp";
  return (folder / fmt::format("psaflow.tmp.{}", ::getpid())).string();
}

void publish_file(const std::string& aside, const std::string& path) {
  const auto give_up = [&](const char* what) {
    const int saved = errno;
    ::unlink(aside.c_str());
    errno = saved;
    fail(path, what);
  };
  Descriptor from(::open(aside.c_str(), O_RDONLY | O_CLOEXEC));
  if (from.get() < 0) give_up("open what was written for it");
  if (::fsync(from.get()) != 0 && errno != EINVAL && errno != EROFS) give_up("sync");
  try {
    const Target target = target_of(path);
    if (!target.in_place) {
      if (::rename(aside.c_str(), target.path.c_str()) != 0) give_up("rename onto");
      return;
    }
  } catch (...) {
    ::unlink(aside.c_str());
    throw;
  }
  Descriptor to(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_APPEND));
  if (to.get() < 0) give_up("open");
  std::vector<char> part(size_t{1} << 20);
  for (;;) {
    const ssize_t got = ::read(from.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) give_up("read what was written for it");
    if (got == 0) break;
    write_all(to, part.data(), static_cast<size_t>(got), give_up);
  }
  sync_and_close(to, give_up);
  ::unlink(aside.c_str());
}

void write_file_atomic(const std::string& path, const std::string& text) {
  write_file_atomic(path, text.data(), text.size());
}

int remove_dead_asides(const std::string& folder, const std::function<bool(const std::string& name)>& ours,
                       int seconds) {
  namespace fs = std::filesystem;
  const std::string mark = ".tmp.";
  std::vector<fs::path> dead;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const size_t at = name.rfind(mark);
    if (at == std::string::npos || !ours(name.substr(0, at))) continue;
    pid_t pid = 0;
    const char *const first = name.data() + at + mark.size(), *const last = name.data() + name.size();
    const auto [stop, error] = std::from_chars(first, last, pid);
    if (error != std::errc() || stop != last || pid <= 0) continue;
    if (::kill(pid, 0) == 0 || errno != ESRCH) continue;  // signal 0: is there such a process?
    struct stat info {};
    if (::lstat(entry.path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (::time(nullptr) - info.st_mtime >= seconds) dead.push_back(entry.path());
  }
  int removed = 0;
  for (const fs::path& path : dead) removed += fs::remove(path, ignored) ? 1 : 0;
  return removed;
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path, error)) {
    throw UserError(path, "cannot create the folder", error ? error.message() : "something else bears that name", "");
  }
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
    throw UserError(path, "folder", std::strerror(errno), "a folder that can be read and written");
}

}  // namespace psaflow
