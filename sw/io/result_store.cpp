#include "sw/io/result_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

std::string hash_of(const std::string& text) {
  return sha256_hex(text.data(), text.size()).substr(0, 32);
}

void append(int fd, const std::string& text, const std::string& path) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw UserError(path, "", std::strerror(errno), "a file that can be written");
    done += static_cast<size_t>(n);
  }
}

}  // namespace

ResultStore::ResultStore(const std::string& folder, const std::string& stem, const std::string& part,
                         const std::string& work) {
  PSAFLOW_CHECK(work.find('\n') == std::string::npos, "a store's work is one line");
  const std::string first = "psaflow results of " + hash_of(work);
  path_ = (fs::path(folder) / (stem + (part.empty() ? "" : "-" + part) + ".txt")).string();
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name == stem + ".txt" || (name.rfind(stem + "-", 0) == 0 && entry.path().extension() == ".txt");
    if (ours && entry.is_regular_file(ignored)) read(entry.path().string(), first);
  }
  // What is there goes on where it is of this work; other work's is replaced.
  bool go_on = false;
  if (fs::exists(path_, ignored)) {
    const std::vector<char> bytes = read_file(path_);
    const std::string text(bytes.begin(), bytes.end());
    go_on = text.rfind(first + "\n", 0) == 0;
    if (!go_on && text.rfind("psaflow results of ", 0) != 0)
      throw UserError(path_, "", "a file that is not of psaflow", "another folder, or no such file");
    if (go_on && text.back() != '\n') write_file_atomic(path_, text.substr(0, text.rfind('\n') + 1));
  }
  if (!go_on) write_file_atomic(path_, first + "\n");
  file_.emplace(open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (file_->get() < 0) throw UserError(path_, "", std::strerror(errno), "a file that can be written");
}

void ResultStore::read(const std::string& path, const std::string& first) {
  const std::vector<char> bytes = read_file(path);
  const std::string text(bytes.begin(), bytes.end());
  size_t end = text.find('\n');
  if (end == std::string::npos || text.substr(0, end) != first) return;
  for (size_t begin = end + 1; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    constexpr size_t kKey = 32;
    if (line.size() > kKey && line[kKey] == ' ') values_[line.substr(0, kKey)] = line.substr(kKey + 1);
  }
}

std::optional<std::string> ResultStore::find(const std::string& key) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = values_.find(hash_of(key));
  return found == values_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

void ResultStore::add(const std::string& key, const std::string& value) {
  PSAFLOW_CHECK(value.find('\n') == std::string::npos, "a result is one line");
  const std::string hash = hash_of(key);
  const std::lock_guard<std::mutex> lock(mutex_);
  append(file_->get(), hash + " " + value + "\n", path_);
  values_[hash] = value;
}

}  // namespace psaflow
