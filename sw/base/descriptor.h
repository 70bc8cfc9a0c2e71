// An open file of ours, and paths that mean one: /dev/stdout is a link to /proc/self/fd/1.
#pragma once
#include <optional>
#include <string>

namespace psaflow {

// Closes it on every path out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int close();  // 0, or -1 and errno

 private:
  int fd_;
};

// The number of the descriptor of this process that the path means, whatever links lead there: 1 for /dev/stdout,
// /dev/fd/1, and a link to either. Such a path is written through that descriptor: opened anew, a file would be written
// from its beginning, over what others who share it wrote, and a socket not at all.
std::optional<int> own_descriptor(const std::string& path);

}  // namespace psaflow
