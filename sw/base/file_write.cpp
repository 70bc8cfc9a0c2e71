// The writing half of file.h.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>

#include "sw/base/descriptor.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

using GiveUp = std::function<void(const char* what)>;  // errno says why

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  if (errno == ENXIO) throw UserError(path, "", "a pipe that nobody reads", "a pipe whose reader runs already");
  throw UserError(path, fmt::format("cannot {}: {}", what, std::strerror(errno)), "", "");
}

// Where a file of some name is really written. All that is a file is replaced, through links; a pipe or device is
// written, never replaced, and so is what a path such as /dev/stdout means: a file that somebody opened for us.
struct Target {
  bool in_place = false;
  std::optional<int> descriptor;  // open already; in place
  std::string path;
};

Target target_of(const std::string& path) {
  if (const auto descriptor = own_descriptor(path)) return {true, descriptor, path};
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) throw UserError(path, "file type", "a directory", "a file to write");
  if (!exists) return {false, {}, path};
  if (!S_ISREG(info.st_mode) || path.rfind("/proc/", 0) == 0) return {true, {}, path};
  std::error_code error;
  return {false, {}, std::filesystem::canonical(path, error).string()};
}

// What is written in place. A descriptor is shared, its place in the file with it; a pipe without a reader is an error
// rather than a wait for one.
int open_in_place(const Target& target) {
  if (target.descriptor) {
    std::fflush(*target.descriptor == STDOUT_FILENO ? stdout : nullptr);  // what was printed before comes before
    return ::fcntl(*target.descriptor, F_DUPFD_CLOEXEC, 0);
  }
  const int fd = ::open(target.path.c_str(), O_WRONLY | O_CLOEXEC | O_APPEND | O_NONBLOCK | O_NOCTTY);
  if (fd >= 0) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

void write_all(const Descriptor& file, const char* bytes, size_t size, const GiveUp& give_up) {
  for (size_t done = 0; done < size;) {
    const ssize_t put = ::write(file.get(), bytes + done, size - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {  // a descriptor that came to us as one that does not wait
      pollfd ready{file.get(), POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (put < 0) give_up("write");
    done += static_cast<size_t>(put);
  }
}

void sync_and_close(Descriptor& file, const GiveUp& give_up) {
  // What has no disk below it, or is not ours to sync, says so.
  if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) give_up("sync");
  if (file.close() != 0) give_up("close");
}

uint64_t fnv1a(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

size_t max_name_bytes(const std::string& folder) {
  const long said = ::pathconf(folder.empty() ? "." : folder.c_str(), _PC_NAME_MAX);
  return said > 0 ? static_cast<size_t>(said) : NAME_MAX;
}

namespace {

// The same for every process and ending, so that what dead processes left is found.
std::string stem_beside(const std::string& path) {
  constexpr size_t kEndBytes = 20;  // ".tmp.", ten digits, an ending
  const std::filesystem::path file(path);
  const std::string name = file.filename().string();
  const size_t before = path.size() - name.size();
  const size_t room =
      std::min(max_name_bytes(file.parent_path().string()), PATH_MAX - 1 - std::min<size_t>(before, PATH_MAX - 1));
  if (name.size() + kEndBytes <= room) return path;
  const std::string hash = fmt::format("~{:016x}", fnv1a(name));
  return path.substr(0, before) + name.substr(0, room - std::min(room, hash.size() + kEndBytes)) + hash;
}

// Where what is written in place lies until it is whole.
std::string temporary_stem() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) folder = "/tmp";
  return (folder / "psaflow").string();
}

}  // namespace

std::string path_beside(const std::string& path, const std::string& ending) {
  return fmt::format("{}.tmp.{}{}", stem_beside(path), ::getpid(), ending);
}

void write_file_atomic(const std::string& path, const void* data, size_t size) {
  const Target target = target_of(path);
  const std::string aside = target.in_place ? "" : path_beside(target.path);
  Descriptor file(target.in_place ? open_in_place(target)
                                  : ::open(aside.c_str(), O_WRONLY | O_CLOEXEC | O_CREAT | O_TRUNC, 0644));
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

void write_file_atomic(const std::string& path, const std::string& text) {
  write_file_atomic(path, text.data(), text.size());
}

std::string aside_path(const std::string& path, const std::string& ending) {
  const Target target = target_of(path);
  return path_beside(target.in_place ? temporary_stem() : target.path, ending);
}

int remove_dead_beside(const std::string& path, int seconds) {
  const Target target = target_of(path);
  const std::filesystem::path stem = target.in_place ? temporary_stem() : stem_beside(target.path);
  const std::string folder = stem.parent_path().string(), name = stem.filename().string();
  return remove_dead_asides(
      folder.empty() ? "." : folder, [&name](const std::string& other) { return other == name; }, seconds);
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
  Target target;
  try {
    target = target_of(path);
  } catch (...) {
    ::unlink(aside.c_str());
    throw;
  }
  if (!target.in_place) {
    if (::rename(aside.c_str(), target.path.c_str()) != 0) give_up("rename onto");
    return;
  }
  Descriptor to(open_in_place(target));
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

}  // namespace psaflow
