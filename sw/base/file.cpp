#include "sw/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "sw/base/descriptor.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

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

int remove_dead_asides(const std::string& folder, const std::function<bool(const std::string& name)>& ours,
                       int seconds) {
  namespace fs = std::filesystem;
  const std::string mark = ".tmp.", ending = ".vcd";
  std::vector<fs::path> dead;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    std::string name = entry.path().filename().string();
    if (name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0)
      name.resize(name.size() - ending.size());
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
