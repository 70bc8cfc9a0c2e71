#include "sw/base/descriptor.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>

namespace psaflow {
namespace {

namespace fs = std::filesystem;

// A number and nothing else.
std::optional<int> number(const std::string& text) {
  int value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || value < 0) return {};
  return value;
}

// Where the system shows this process's descriptors, once all links are followed: /proc/PID/fd, and the same a thread.
bool shows_our_descriptors(const fs::path& folder) {
  static const std::string kOurs = "/proc/" + std::to_string(::getpid());
  const std::string text = folder.string();
  return text == kOurs + "/fd" || (text.rfind(kOurs + "/task/", 0) == 0 && folder.filename() == "fd");
}

}  // namespace

int Descriptor::close() {
  const int fd = fd_;
  fd_ = -1;
  return fd >= 0 ? ::close(fd) : 0;
}

std::optional<int> own_descriptor(const std::string& path) {
  constexpr int kMaxLinks = 40;  // as the kernel's
  std::error_code error;
  fs::path at = fs::absolute(path, error);
  for (int links = 0; !error && links < kMaxLinks; ++links) {
    const fs::path folder = fs::canonical(at.parent_path(), error);
    if (error) return {};
    if (shows_our_descriptors(folder)) return number(at.filename().string());
    const fs::path next = fs::read_symlink(folder / at.filename(), error);  // an error for what is no link
    at = folder / next;                                                     // an absolute path stays as it is
  }
  return {};
}

}  // namespace psaflow
