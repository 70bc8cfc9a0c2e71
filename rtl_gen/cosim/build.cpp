#include "rtl_gen/cosim/build.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "rtl_gen/embedded.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/process.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoom = "about 200 MB for a build: make room, or set PSAFLOW_CACHE=DIR (and TMPDIR=DIR)";

constexpr const char* kPackages = "Debian: apt install verilator g++ make zlib1g-dev";

constexpr std::chrono::milliseconds kTurnTick{200};

constexpr uintmax_t kLeastSpaceBytes = uintmax_t{20} << 20;  // less, and a failed build failed for want of it

// Verilator's own list of waivers would be global; these are all, each with its reason.
const std::vector<std::string> kLint = {
    "-Wall",
    "-Wno-DECLFILENAME",  // none of our business: the file names are ours to choose
};

// The files of a harness, its program first.
std::vector<EmbeddedFile> harness_files(Harness harness) {
  const auto named = [](std::initializer_list<const char*> names) {
    std::vector<EmbeddedFile> files;
    for (const char* name : names) {
      for (const EmbeddedFile& file : embedded_harness()) {
        if (file.name == name) files.push_back(file);
      }
    }
    PSAFLOW_CHECK(files.size() == names.size(), "every file of a harness is embedded");
    return files;
  };
  switch (harness) {
    case Harness::kStreams:
      return named({"streams.cpp", "files.h", "taps.h"});
    case Harness::kAxi:
      return named({"axi.cpp", "axi_memory.h", "files.h"});
  }
  throw std::logic_error("no such harness");
}

std::vector<std::string> verilator_command(const Design& design, const RtlBuildOptions& options) {
  std::vector<std::string> argv = {"verilator",
                                   "--cc",
                                   "--exe",
                                   "--build",
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
                                   "16000",
                                   "--output-split-cfuncs",
                                   "400",
                                   "--unroll-count",  // of generate loops, which are all that there are
                                   "1024",
                                   "--Mdir",
                                   "obj",
                                   "-o",
                                   "../program"};
  argv.insert(argv.end(), kLint.begin(), kLint.end());
  if (options.assertions) argv.push_back("--assert");
  if (options.trace == RtlBuildOptions::Trace::kVcd) argv.push_back("--trace");
  if (options.trace == RtlBuildOptions::Trace::kFst) argv.push_back("--trace-fst");
  // -O3: loops of dot_cascade become vector instructions. CURDIR: Verilator's makefile refuses one with a blank in it, and has no other use for it.
  argv.insert(argv.end(), {"-CFLAGS", fmt::format("-std=c++17 -DPSAFLOW_TAPS={}", options.taps ? 1 : 0), "-MAKEFLAGS",
                           "OPT_FAST=-O3", "-MAKEFLAGS", "CURDIR=."});
  for (const TextFile& file : design.rtl) argv.push_back(file.name);
  argv.push_back(harness_files(design.harness).front().name);
  return argv;
}

std::string build_key(const Design& design, const std::vector<std::string>& command, const std::string& version) {
  std::string all = version + "\n";
  const auto add = [&all](const std::string& part) { all += fmt::format("{} ", part.size()) + part; };
  for (const std::string& argument : command) add(argument);
  for (const TextFile& file : design.rtl) add(file.text);
  for (const EmbeddedFile& file : harness_files(design.harness)) add(file.text);
  return sha256_hex(all.data(), all.size());
}

void write_sources(const Design& design, const fs::path& folder) {
  for (const TextFile& file : design.rtl) write_file_atomic(folder / file.name, file.text);
}

[[noreturn]] void removed(const std::string& cache) {
  throw UserError(cache, "the cache", "removed while a build went on in it", "a folder that stays: start again");
}

// A failed build: what the user can mend, by name, else the first error of the sources.
[[noreturn]] void refuse(const Design& design, const ProcessResult& failed, const std::string& cache) {
  const auto says = [&failed](const char* text) { return failed.messages.find(text) != std::string::npos; };
  std::error_code unknown;
  const fs::space_info space = fs::space(cache, unknown);  // not every tool says why it could not write
  if (says("No space left on device") || (!unknown && space.available < kLeastSpaceBytes)) {
    throw UserError(cache, "cannot build in it", "no space left on the disk", kRoom);
  }
  if (says("zlib.h: No such file") || says("cannot find -lz"))
    throw UserError("", "zlib", "no such library", fmt::format("what FST waveforms need ({})", kPackages));
  if (says("Killed signal terminated") || says("virtual memory exhausted") || says("cannot allocate memory") ||
      says("std::bad_alloc")) {
    throw UserError("", design.top, "too little memory to compile it",
                    "a machine with more, or a design that is folded more (target_ii_cycles, target_fps)");
  }
  for (const char* tool : {"make", "g++", "ar"}) {
    if (says(fmt::format("{}: not found", tool).c_str()) || says(fmt::format("{}: No such file", tool).c_str())) {
      throw UserError("", tool, "no such program on the PATH",
                      fmt::format("what Verilator needs to compile ({})", kPackages));
    }
  }
  const std::string log = cache + "/failed-build.log";
  write_file_atomic(log, failed.messages);
  throw std::runtime_error(fmt::format("{}: Verilator or its C++ compiler failed: {} (the log: {})", design.top,
                                       failed.telling_line({"rror", "%Warning"}), log));
}

// "Verilator 5.006 ...": 5 or newer, older ones know neither the options nor the language.
bool is_recent(const std::string& version) {
  const size_t digit = version.find_first_of("0123456789");
  return digit != std::string::npos && std::strtod(version.c_str() + digit, nullptr) >= 5.006;
}

// As many compilers at once as there are processors for us; no part of the build's key.
std::vector<std::string> with_jobs(std::vector<std::string> command) {
  command.insert(command.end(), {"-j", std::to_string(std::max(1U, std::thread::hardware_concurrency()))});
  return command;
}

// Fills the folder; the seconds it took.
double compile(const Design& design, const RtlBuildOptions& options, const std::vector<std::string>& command,
               const OwnFolder& folder, const std::string& cache) {
  try {
    write_sources(design, folder.path());
    for (const EmbeddedFile& file : harness_files(design.harness)) write_file_atomic(folder / file.name, file.text);
  } catch (const UserError& error) {
    throw UserError(error.file(), error.key(), error.value(), kRoom);
  }
  ProcessOptions process;
  process.folder = folder.path();
  process.tick = options.tick;
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = run_process(with_jobs(command), process);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!result.ok() && !folder.in_place()) removed(cache);
  if (!result.ok()) refuse(design, result, cache);
  std::error_code ignored;
  fs::remove_all(folder / "obj", ignored);  // two orders of magnitude larger than the program
  write_file_atomic(folder / "build_seconds", fmt::format("{:.2f}\n", seconds));
  return seconds;
}

// Builds by one process at a time: when another one has the turn, until it has built or gives up.
std::unique_ptr<RtlCache::Turn> wait_for_turn(const RtlCache& cache, const std::string& key, const OwnFolder& aside,
                                              const RtlBuildOptions& options, const std::string& folder) {
  for (bool first = true;; first = false) {
    if (auto turn = cache.take_turn(key)) return turn;
    if (!aside.in_place()) removed(folder);
    if (first && options.on_wait) options.on_wait();
    if (options.tick) options.tick();
    std::this_thread::sleep_for(kTurnTick);
  }
}

double earlier_seconds(const RtlCache::Entry& entry) {
  try {
    const std::vector<char> seconds = read_file(entry.folder + "/build_seconds", 100);
    return std::strtod(std::string(seconds.begin(), seconds.end()).c_str(), nullptr);
  } catch (const UserError&) {
    return 0;  // no reason to build it again
  }
}

}  // namespace

std::string verilator_version() {
  const ProcessResult result = run_process({"verilator", "--version"});
  if (!result.ok()) return "";
  return result.messages.substr(0, result.messages.find('\n'));
}

std::string lint_rtl(const Design& design, const std::string& folder) {
  make_folder(folder);
  write_sources(design, folder);
  std::vector<std::string> argv = {"verilator", "--lint-only",  "--no-timing", "--unroll-count",
                                   "1024",      "--top-module", design.top};
  argv.insert(argv.end(), kLint.begin(), kLint.end());
  for (const TextFile& file : design.rtl) argv.push_back(file.name);
  ProcessOptions options;
  options.folder = folder;
  const ProcessResult result = run_process(argv, options);
  return result.ok() ? result.messages : result.messages.empty() ? "verilator failed" : result.messages;
}

RtlBuild build_rtl(const Design& design, const RtlBuildOptions& options) {
  const std::string version = verilator_version();
  if (!is_recent(version)) {
    throw UserError("", "verilator", version.empty() ? "no such program on the PATH" : version,
                    fmt::format("Verilator 5.006 or newer ({})", kPackages));
  }
  const int64_t limit = options.cache_limit_bytes >= 0 ? options.cache_limit_bytes : rtl_cache_limit_bytes();
  const std::vector<std::string> command = verilator_command(design, options);
  const std::string folder = options.cache_dir.empty() ? rtl_cache_dir() : fs::absolute(options.cache_dir).string();
  const RtlCache cache(folder);
  RtlBuild build;
  build.cached = true;
  build.key = build_key(design, command, version);
  const std::string entry_key = build.key.substr(0, 32);
  std::optional<RtlCache::Entry> entry = cache.find(entry_key);
  if (!entry) {
    std::unique_ptr<OwnFolder> aside = cache.begin();
    const auto turn = wait_for_turn(cache, entry_key, *aside, options, folder);
    entry = cache.find(entry_key);  // by now another process may have built it
    if (!entry) {
      build.cached = false;
      build.build_s = compile(design, options, command, *aside, folder);
      entry = cache.publish(std::move(aside), entry_key);
    }
    cache.prune(limit);
  }
  build.program = entry->folder + "/program";
  build.in_use = entry->in_use;
  if (build.cached) build.build_s = earlier_seconds(*entry);
  return build;
}

}  // namespace psaflow
