// The files through which the harness and psaflow talk: settings and data in, a line an event out.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "harness: %s\n", what.c_str());
  std::exit(3);
}

inline std::vector<uint8_t> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Lines "key value".
class Settings {
 public:
  explicit Settings(const std::string& path) {
    std::ifstream file(path);
    if (!file) fail("cannot read " + path);
    for (std::string line; std::getline(file, line);) {
      const size_t blank = line.find(' ');
      values_[line.substr(0, blank)] = blank == std::string::npos ? "" : line.substr(blank + 1);
    }
  }
  bool has(const std::string& key) const { return values_.count(key) != 0; }
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) fail("no setting " + key);
    return found->second;
  }
  int64_t number(const std::string& key) const { return std::atoll(text(key).c_str()); }

 private:
  std::map<std::string, std::string> values_;
};

// Cycles to wait before each beat (32-bit little-endian numbers), or none ever.
class Pauses {
 public:
  explicit Pauses(const std::string& path) {
    if (path.empty()) return;
    const std::vector<uint8_t> bytes = read_bytes(path);
    cycles_.resize(bytes.size() / 4);
    std::memcpy(cycles_.data(), bytes.data(), cycles_.size() * 4);
  }
  uint32_t next() { return cycles_.empty() ? 0 : cycles_[at_++ % cycles_.size()]; }
  void restart() { at_ = 0; }

 private:
  std::vector<uint32_t> cycles_;
  size_t at_ = 0;
};

// Lines that appear at once and whole. Muted: none.
class Results {
 public:
  explicit Results(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "w")) {
    if (file_ == nullptr) fail("cannot write " + path_);
  }
  ~Results() { std::fclose(file_); }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  void mute(bool muted) { muted_ = muted; }
  bool muted() const { return muted_; }
  template <typename... Args>
  void report(const char* format, Args... args) {
    if (muted_) return;
    std::fprintf(file_, format, args...);
    if (std::fflush(file_) != 0) fail("cannot write " + path_ + ": " + std::strerror(errno));
  }

 private:
  std::string path_;
  FILE* file_;
  bool muted_ = false;
};
