#include "rtl_gen/cosim/build.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "rtl_gen/embedded.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/process.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

// Verilator's own list of waivers would be global; these are all, each with its reason.
const std::vector<std::string> kLint = {
    "-Wall",
    "-Wno-DECLFILENAME",  // none of our business: the file names are ours to choose
};

std::vector<std::string> verilator_command(const Design& design, const RtlBuildOptions& options) {
  std::vector<std::string> argv = {"verilator",
                                   "--cc",
                                   "--exe",
                                   "--build",
                                   "-j",
                                   "2",
                                   "--no-timing",
                                   "--prefix",
                                   "Vdut",
                                   "--top-module",
                                   design.top,
                                   "-O3",
                                   "--x-assign",
                                   "unique",
                                   "--x-initial",
                                   "unique",
                                   "--output-split",
                                   "4000",
                                   "--output-split-cfuncs",
                                   "400",
                                   "--Mdir",
                                   "obj",
                                   "-o",
                                   "../program"};
  argv.insert(argv.end(), kLint.begin(), kLint.end());
  if (options.assertions) argv.push_back("--assert");
  if (options.trace == RtlBuildOptions::Trace::kVcd) argv.push_back("--trace");
  if (options.trace == RtlBuildOptions::Trace::kFst) argv.push_back("--trace-fst");
  argv.insert(argv.end(), {"-CFLAGS", fmt::format("-std=c++17 -DPSAFLOW_TAPS={}", options.taps ? 1 : 0), "-MAKEFLAGS",
                           "OPT_FAST=-O1"});
  for (const TextFile& file : design.rtl) argv.push_back(file.name);
  for (const EmbeddedFile& file : embedded_harness()) argv.push_back(file.name);
  return argv;
}

std::string build_key(const Design& design, const std::vector<std::string>& command, const std::string& version) {
  std::string all = version + "\n";
  const auto add = [&all](const std::string& part) { all += fmt::format("{} ", part.size()) + part; };
  for (const std::string& argument : command) add(argument);
  for (const TextFile& file : design.rtl) add(file.text);
  for (const EmbeddedFile& file : embedded_harness()) add(file.text);
  return sha256_hex(all.data(), all.size());
}

// The first line that says what is wrong, else the last one.
std::string first_error(const std::string& messages) {
  std::string last;
  for (size_t at = 0; at < messages.size();) {
    const size_t end = std::min(messages.find('\n', at), messages.size());
    const std::string line = messages.substr(at, end - at);
    if (line.find("rror") != std::string::npos || line.find("%Warning") != std::string::npos) return line;
    if (!line.empty()) last = line;
    at = end + 1;
  }
  return last;
}

// Builds under way bear their process's number; those of processes that are gone are left-overs.
void remove_leftovers(const fs::path& cache) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(cache, ignored)) {
    const std::string name = entry.path().filename();
    const size_t at = name.find(".tmp.");
    if (at == std::string::npos) continue;
    const long pid = std::strtol(name.c_str() + at + 5, nullptr, 10);
    if (pid > 0 && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

void write_sources(const Design& design, const fs::path& folder) {
  for (const TextFile& file : design.rtl) write_file_atomic(folder / file.name, file.text);
}

}  // namespace

std::string verilator_version() {
  const ProcessResult result = run_process({"verilator", "--version"});
  if (!result.ok()) return "";
  return result.messages.substr(0, result.messages.find('\n'));
}

std::string rtl_cache_dir() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string dir = variable("PSAFLOW_CACHE"); !dir.empty()) return dir;
  if (const std::string dir = variable("XDG_CACHE_HOME"); !dir.empty()) return dir + "/psaflow";
  if (const std::string dir = variable("HOME"); !dir.empty()) return dir + "/.cache/psaflow";
  return (fs::temp_directory_path() / fmt::format("psaflow-{}", ::getuid())).string();
}

std::string lint_rtl(const Design& design, const std::string& folder) {
  make_folder(folder);
  write_sources(design, folder);
  std::vector<std::string> argv = {"verilator", "--lint-only", "--no-timing", "--top-module", design.top};
  argv.insert(argv.end(), kLint.begin(), kLint.end());
  for (const TextFile& file : design.rtl) argv.push_back(file.name);
  ProcessOptions options;
  options.folder = folder;
  const ProcessResult result = run_process(argv, options);
  return result.ok() ? result.messages : result.messages.empty() ? "verilator failed" : result.messages;
}

RtlBuild build_rtl(const Design& design, const RtlBuildOptions& options) {
  const std::string version = verilator_version();
  if (version.empty()) {
    throw UserError("", "verilator", "no such program on the PATH",
                    "Verilator 5.006 or newer (Debian: apt install verilator g++ make)");
  }
  const std::vector<std::string> command = verilator_command(design, options);
  const std::string cache = options.cache_dir.empty() ? rtl_cache_dir() : options.cache_dir;
  make_folder(cache);
  RtlBuild build;
  build.key = build_key(design, command, version);
  const fs::path final_folder = fs::path(cache) / ("rtl-" + build.key.substr(0, 32));
  build.program = (final_folder / "program").string();
  std::error_code error;
  if (fs::exists(build.program, error)) {
    const std::vector<char> seconds = read_file((final_folder / "build_seconds").string());
    build.cached = true;
    build.build_s = std::strtod(std::string(seconds.begin(), seconds.end()).c_str(), nullptr);
    return build;
  }
  remove_leftovers(cache);
  const fs::path aside = fmt::format("{}.tmp.{}", final_folder.string(), ::getpid());
  fs::remove_all(aside, error);
  make_folder(aside.string());
  write_sources(design, aside);
  for (const EmbeddedFile& file : embedded_harness()) write_file_atomic(aside / file.name, file.text);
  ProcessOptions process;
  process.folder = aside.string();
  process.tick = options.tick;
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = run_process(command, process);
  build.build_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!result.ok()) {
    write_file_atomic(cache + "/failed-build.log", result.messages);
    fs::remove_all(aside, error);
    throw std::runtime_error(
        fmt::format("{}: Verilator or its C++ compiler failed: {} (the log: {}/failed-build.log; Debian: apt install "
                    "verilator g++ make)",
                    design.top, first_error(result.messages), cache));
  }
  fs::remove_all(aside / "obj", error);  // two orders of magnitude larger than the program
  write_file_atomic(aside / "build_seconds", fmt::format("{:.2f}\n", build.build_s));
  fs::rename(aside, final_folder, error);
  if (error) {  // another process was faster
    fs::remove_all(aside, error);
    if (!fs::exists(build.program))
      throw UserError(final_folder.string(), "cannot be renamed to from " + aside.string(), "", "");
  }
  return build;
}

}  // namespace psaflow
