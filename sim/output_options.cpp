// Options that name files to write: judged before the work, for nobody wants to learn afterwards that it is lost.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>

#include "sim/verb.h"
#include "sw/base/descriptor.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

namespace po = boost::program_options;

namespace psaflow {
namespace {

namespace fs = std::filesystem;

constexpr int kDeadAfter_s = 60;  // a file aside that was not written to for so long, by a process not to be seen

bool is_standard_output(const std::string& path) {
  return path == "-" || own_descriptor(path) == STDOUT_FILENO;
}

std::string path_of(int descriptor) {
  return fmt::format("/dev/fd/{}", descriptor);
}

// What was standard output before an option took it: others print there no more, but its file is still written.
int taken_output = -1;

// Standard output is the file of one option: what is printed goes to standard error from now on. The path of what was
// standard output.
std::string take_standard_output(const std::string& key) {
  static std::string owner;
  if (!owner.empty()) throw UserError("-", key, "standard output, which " + owner + " writes to", "another file");
  std::fflush(stdout);
  taken_output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (taken_output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    throw UserError("-", key, std::strerror(errno), "a standard output that can be written");
  owner = key;
  return path_of(taken_output);
}

// The standard stream whose file the shell has opened under that path: replaced, it would lose what is printed.
const char* stream_that_goes_to(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return nullptr;
  for (const auto& [stream, name] : {std::pair{STDOUT_FILENO, "standard output"},
                                     {taken_output, "standard output"},
                                     {STDERR_FILENO, "standard error"}}) {
    struct stat printed {};
    if (::fstat(stream, &printed) == 0 && file.st_dev == printed.st_dev && file.st_ino == printed.st_ino) return name;
  }
  return nullptr;
}

// Opened now and kept open, so that its reader waits for us; a pipe that nobody reads would make us wait for ever.
std::string opened_pipe(const std::string& path, const std::string& key) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno == ENXIO)
    throw UserError(path, key, "a pipe that nobody reads", "a pipe whose reader runs already, or a file to write");
  if (fd < 0) throw UserError(path, key, std::strerror(errno), "a pipe that can be written");
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  return path_of(fd);
}

std::string checked_descriptor(const std::string& path, const std::string& key, int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags == -1) throw UserError(path, key, "a descriptor that is not open", "an open one, or a file to write");
  if ((flags & O_ACCMODE) == O_RDONLY)
    throw UserError(path, key, "a descriptor open for reading alone", "one that can be written, or a file to write");
  return path;
}

// In the file system's own words: what it does not take.
void check_length(const std::string& path, const std::string& key) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 || errno != ENAMETOOLONG) return;
  const size_t name = fs::path(path).filename().string().size();
  const size_t most = max_name_bytes(fs::path(path).parent_path().string());
  if (name > most)
    throw UserError(path, key, fmt::format("a name of {} bytes", name),
                    fmt::format("a name of at most {} bytes", most));
  throw UserError(path, key, fmt::format("a path of {} bytes, or a folder's name too long", path.size()),
                  fmt::format("a path of at most {} bytes, each name of at most {}", PATH_MAX - 1, most));
}

void check_folder(const std::string& path, const std::string& key) {
  std::error_code error;
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const fs::file_status status = fs::status(folder, error);
  if (!fs::is_directory(status)) {
    throw UserError(path, key,
                    fs::status_known(status) ? fmt::format("no folder {}", folder.string())
                                             : fmt::format("{}: {}", folder.string(), error.message()),
                    "a file in a folder that exists");
  }
  const bool special = fs::exists(path, error) && !fs::is_regular_file(path, error);  // /dev/null, say
  if (::access(special ? path.c_str() : folder.c_str(), W_OK) != 0)
    throw UserError(path, key, fmt::format("no right to write {}", special ? path : folder.string()),
                    "a file that can be written");
}

}  // namespace

std::string output_option(const po::variables_map& values, const std::string& name) {
  if (values.count(name) == 0) return "";
  const auto path = values[name].as<std::string>();
  const std::string key = "--" + name;
  if (is_standard_output(path)) return take_standard_output(key);
  if (const auto descriptor = own_descriptor(path)) return checked_descriptor(path, key, *descriptor);
  if (const char* const stream = stream_that_goes_to(path)) {
    throw UserError(path, key, fmt::format("the file that {} goes to", stream),
                    "another file, or '-' for standard output");
  }
  check_length(path, key);
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::directory) throw UserError(path, key, "a directory", "a file to write");
  if (type == fs::file_type::socket) throw UserError(path, key, "a socket", "a file to write");
  check_folder(path, key);
  if (type == fs::file_type::fifo) return opened_pipe(path, key);
  remove_dead_beside(path, kDeadAfter_s);
  return path;
}

void distinct_files(const po::variables_map& values, const std::vector<std::string>& names,
                    const std::vector<std::string>& read, const std::vector<std::string>& written) {
  const auto target_of = [](const std::string& path) {
    std::error_code error;
    fs::path target = fs::weakly_canonical(fs::absolute(path, error), error);
    return error ? fs::path(path) : target;
  };
  std::map<fs::path, std::string> owners;
  for (const std::string& path : read) owners.emplace(target_of(path), "a file that is read");
  for (const std::string& path : written) owners.emplace(target_of(path), "a file that is written anyhow");
  for (const std::string& name : names) {
    if (values.count(name) == 0) continue;
    const auto path = values[name].as<std::string>();
    if (is_standard_output(path)) continue;  // output_option() gives it to one
    const bool device = path.rfind("/dev/", 0) == 0 && path.rfind("/dev/shm/", 0) != 0 && !own_descriptor(path);
    if (device) continue;  // /dev/null takes everything
    const auto [owner, fresh] = owners.emplace(target_of(path), "the file of --" + name);
    if (!fresh) throw UserError(path, "--" + name, owner->second, "another file");
  }
}

}  // namespace psaflow
