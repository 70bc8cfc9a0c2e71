#include "rtl_gen/cosim/run_program.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "sw/base/error.h"
#include "sw/data/process.h"

namespace psaflow {
namespace {

[[noreturn]] void refuse(const RtlBuild& build, const OwnFolder& folder, const ProcessResult& result) {
  if (result.messages.find("No space left on device") != std::string::npos) {
    throw UserError(folder.path(), "cannot run in it", "no space left on the disk",
                    "room for the run: TMPDIR=DIR puts it elsewhere");
  }
  if (!result.found) {
    std::error_code ignored;
    const bool there = std::filesystem::exists(build.program, ignored);
    throw UserError(build.program, "the simulator", there ? "a program that cannot be started" : "gone from the cache",
                    there ? "a cache on a disk that programs may run from (not mounted noexec): set PSAFLOW_CACHE=DIR"
                          : "a cache that stays while it is used: start again");
  }
  throw std::runtime_error(fmt::format("{}: the simulation ended with status {}: {}", build.program, result.status,
                                       result.messages.substr(0, 2000)));
}

// Takes whole lines only.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  void read(const std::function<void(const std::string&)>& on_line) {
    std::ifstream file(path_, std::ios::binary);
    if (!file) return;
    file.seekg(static_cast<std::streamoff>(read_));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    text.resize(text.rfind('\n') + 1);  // npos + 1 is 0
    read_ += text.size();
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) on_line(line);
  }

 private:
  std::string path_;
  size_t read_ = 0;
};

}  // namespace

ProgramRun run_program(const RtlBuild& build, const OwnFolder& folder,
                       const std::function<void(const std::string& line)>& on_line) {
  Reader reader(folder / "results");
  ProcessOptions process;
  process.folder = folder.path();
  process.tick = [&] { reader.read(on_line); };
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = run_process({build.program, "run"}, process);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  reader.read(on_line);
  if (!result.ok()) refuse(build, folder, result);
  return {result.messages, seconds};
}

}  // namespace psaflow
