#include "sw/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

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

void write_file_atomic(const std::string& path, const void* data, size_t size) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) throw UserError(path, "file type", "a directory", "a file to write");
  // A pipe or device is written, never replaced; nor is /dev/stdout, a link to whatever the shell opened for us.
  const bool in_place =
      exists && (!S_ISREG(info.st_mode) || path.rfind("/dev/", 0) == 0 || path.rfind("/proc/", 0) == 0);
  std::error_code error;
  const std::string target =
      exists && !in_place ? std::filesystem::canonical(path, error).string() : path;  // through links
  const std::string aside = in_place ? path : fmt::format("{}.tmp.{}", target, ::getpid());
  Descriptor file(::open(aside.c_str(), O_WRONLY | O_CLOEXEC | (in_place ? O_APPEND : O_CREAT | O_TRUNC), 0644));
  if (file.get() < 0) fail(path, "create");
  const auto give_up = [&](const char* what) {
    const int saved = errno;
    if (!in_place) ::unlink(aside.c_str());
    errno = saved;
    fail(path, what);
  };
  const char* bytes = static_cast<const char*>(data);
  for (size_t done = 0; done < size;) {
    const ssize_t put = ::write(file.get(), bytes + done, size - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) give_up("write");
    done += static_cast<size_t>(put);
  }
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) give_up("sync");
  if (file.close() != 0) give_up("close");
  if (!in_place && ::rename(aside.c_str(), target.c_str()) != 0) give_up("rename onto");
}

void write_file_atomic(const std::string& path, const std::string& text) {
  write_file_atomic(path, text.data(), text.size());
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path, error)) {
    throw UserError(path, "cannot create the folder", error ? error.message() : "something else bears that name", "");
  }
}

}  // namespace psaflow
