// What the surroundings can do to `psaflow cosim`: kill it while it builds or runs, take its tools away, fill its disk,
// make its cache read-only. Nothing half-written stays, and one line says what to do.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include "rtl_gen/cosim/build.h"
#include "sw/data/process.h"
#include "tests/cosim/cli_scenario.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

// An environment variable for the length of a scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    const char* old = std::getenv(name);
    had_ = old != nullptr;
    if (had_) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (had_) {
      ::setenv(name_, old_.c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  bool had_ = false;
  std::string old_;
};

// Starts `psaflow args`, kills it as soon as `when` holds. False: it ended by itself.
bool kill_psaflow(const std::vector<std::string>& args, const std::function<bool()>& when) {
  std::vector<const char*> argv = {PSAFLOW_PROGRAM};
  for (const std::string& arg : args) argv.push_back(arg.c_str());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr || std::freopen("/dev/null", "w", stderr) == nullptr)
      ::_exit(127);
    ::alarm(900);
    ::execv(argv[0], const_cast<char**>(argv.data()));
    ::_exit(127);
  }
  int status = 0;
  while (!when()) {
    if (::waitpid(child, &status, WNOHANG) == child) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ::kill(child, SIGKILL);
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status);
}

// Folders in `parent` whose names begin so.
std::vector<std::string> folders(const std::string& parent, const std::string& prefix) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (entry.path().filename().string().rfind(prefix, 0) == 0) found.push_back(entry.path().string());
  }
  return found;
}

bool has(const std::vector<std::string>& in, const std::string& file) {
  return !in.empty() && fs::exists(in.front() + "/" + file);
}

// A folder with links to the programs of these names only.
void link_tools(const std::string& folder, const std::vector<std::string>& names) {
  fs::create_directory(folder);
  for (const std::string& name : names) {
    for (const char* dir : {"/usr/local/bin", "/usr/bin", "/bin"}) {
      std::error_code ignored;
      if (fs::exists(fs::path(dir) / name)) {
        fs::create_symlink(fs::path(dir) / name, folder + "/" + name, ignored);
        break;
      }
    }
  }
}

}  // namespace

TEST_CASE("without Verilator, or with an old one, cosim names the package") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), cache = scratch / "cache";
  const Variable own_cache("PSAFLOW_CACHE", cache);
  {
    const Variable path("PATH", scratch.path().string());
    const Outcome outcome = run_psaflow({"cosim", scenario});
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains("verilator") && Contains("apt install verilator"));
    CHECK_FALSE(fs::exists(cache));
  }
  {
    link_tools(scratch / "old", {"sh"});
    write_text(scratch / "old/verilator", "#!/bin/sh\necho 'Verilator 4.038 2020-07-11 rev v4.036'\n");
    fs::permissions(scratch / "old/verilator", fs::perms::owner_all);
    const Variable path("PATH", scratch / "old");
    const Outcome outcome = run_psaflow({"cosim", scenario});
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains("Verilator 4.038") && Contains("5.006 or newer"));
  }
  CHECK_FALSE(fs::exists(cache));
}

TEST_CASE("without make or a compiler, cosim names the package", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), cache = scratch / "cache";
  const Variable own_cache("PSAFLOW_CACHE", cache);
  std::vector<std::string> tools = {"verilator", "verilator_bin", "perl", "sh", "python3", "uname", "echo", "env"};
  for (const char* missing : {"make", "g++"}) {
    INFO(missing);
    const std::string folder = scratch / (std::string("without-") + missing);
    link_tools(folder, tools);
    const Variable path("PATH", folder);
    const Outcome outcome = run_psaflow({"cosim", scenario}, 300);
    INFO(outcome.err);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains(missing) && Contains("apt install verilator g++ make"));
    tools.emplace_back("make");
  }
  CHECK(folders(cache, "aside-").empty());
  CHECK(folders(cache, "rtl-").empty());
}

TEST_CASE("killed while it builds, nothing is taken for a build", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), cache = scratch / "cache", json = scratch / "c.json";
  const Variable own_cache("PSAFLOW_CACHE", cache);
  REQUIRE(kill_psaflow({"cosim", scenario, "--json", json}, [&] { return has(folders(cache, "aside-"), "obj"); }));
  CHECK(folders(cache, "rtl-").empty());
  CHECK_FALSE(fs::exists(json));
  REQUIRE(folders(cache, "aside-").size() == 1);
  // The next ones sweep it, as soon as what the killed one had started has found out and ended.
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  while (!folders(cache, "aside-").empty() && std::chrono::steady_clock::now() < end) {
    RtlCache(cache).begin();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(folders(cache, "aside-").empty());
}

TEST_CASE("killed while it runs, no file is there in part, and the next one cleans up", "[.verilator]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch, 256), json = scratch / "c.json", wave = scratch / "w.fst";
  REQUIRE(cosim({scenario, "--images", "1", "--taps", "--wave", scratch / "built.fst"}).status == 0);
  const std::string temporary = scratch / "tmp";
  fs::create_directory(temporary);
  const Variable tmpdir("TMPDIR", temporary);
  REQUIRE(kill_psaflow({"cosim", scenario, "--taps", "--json", json, "--wave", wave, "--wave-cycles", "0:100000"},
                       [&] { return has(folders(temporary, "psaflow-cosim-"), "wave"); }));
  CHECK(scratch.names() == std::set<std::string>{"built.fst", "cosim-cli.yaml", "tmp"});
  REQUIRE(folders(temporary, "psaflow-cosim-").size() == 1);
  CHECK(cosim({scenario, "--images", "1", "--taps", "--wave", wave}).status == 0);
  CHECK(folders(temporary, "psaflow-cosim-").empty());
  CHECK(scratch.names() == std::set<std::string>{"built.fst", "cosim-cli.yaml", "tmp", "w.fst"});
}

TEST_CASE("a full disk and a read-only cache", "[.mount]") {
  const ScratchFolder scratch;
  const std::string scenario = save_scenario(scratch), disk = scratch / "disk";
  fs::create_directory(disk);
  REQUIRE(cosim({scenario}).status == 0);  // built, in the cache that the tests share
  // In a world of its own, where anybody may mount.
  const auto with_disk = [&](const std::string& mounts, const std::string& variables) {
    return run_process(
        {"unshare", "-rm", "sh", "-c", mounts + " && " + variables + " " PSAFLOW_PROGRAM " cosim " + scenario});
  };
  const auto tiny = [&](const std::string& size) { return "mount -t tmpfs -o size=" + size + " none " + disk; };
  if (!run_process({"unshare", "-rm", "sh", "-c", tiny("1m")}).ok()) {
    WARN("no right to mount: not checked");  // by which CTest knows that it is skipped
    return;
  }
  const auto check = [](const ProcessResult& result, const std::string& advice) {
    INFO(result.messages);
    CHECK(result.status == 2);
    const size_t error = result.messages.find("psaflow: ");
    REQUIRE(error != std::string::npos);
    CHECK_THAT(result.messages.substr(error),
               Contains("No space left") || Contains("no space left") || Contains("ead-only"));
    CHECK_THAT(result.messages.substr(error), Contains(advice));
    CHECK(std::count(result.messages.begin() + static_cast<std::ptrdiff_t>(error), result.messages.end(), '\n') == 1);
  };
  for (const char* size : {"16k", "200k", "2m"})
    check(with_disk(tiny(size), "PSAFLOW_CACHE=" + disk), "PSAFLOW_CACHE=DIR");
  check(with_disk(tiny("16k"), "TMPDIR=" + disk), "TMPDIR=DIR");
  check(with_disk("mount -t tmpfs -o ro none " + disk, "PSAFLOW_CACHE=" + disk), "PSAFLOW_CACHE=DIR");
  const std::string shared = std::getenv("PSAFLOW_CACHE");
  const ProcessResult reading = with_disk(
      "mount --bind " + shared + " " + disk + " && mount -o remount,ro,bind " + disk, "PSAFLOW_CACHE=" + disk);
  INFO(reading.messages);
  CHECK(reading.status == 0);
  CHECK_THAT(reading.messages, Contains("taken from the cache"));
}
