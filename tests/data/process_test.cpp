#include "sw/data/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

using Catch::Contains;
using test::error_of;
using test::read_text;
using test::ScratchFolder;
using test::write_text;

ProcessResult shell(const std::string& script, const ProcessOptions& options = {}) {
  return run_process({"sh", "-c", script}, options);
}

TEST_CASE("Exit status and messages") {
  CHECK(run_process({"true"}).ok());
  CHECK(run_process({"false"}).status == 1);
  const ProcessResult result = shell("echo out; echo err >&2; exit 7");
  CHECK(result.found);
  CHECK(result.status == 7);
  CHECK(result.messages == "out\nerr\n");
  CHECK(shell("kill -9 $$").status == 128 + 9);
}

TEST_CASE("A program has a stack of a gigabyte, or as much as may be") {
  const std::string size = shell("ulimit -s").messages, most = shell("ulimit -H -s").messages;
  CHECK((size == "unlimited\n" || std::stoll(size) >= int64_t{1} << 20 || size == most));
}

TEST_CASE("How a program ended is known even where SIGCHLD came ignored") {
  ::signal(SIGCHLD, SIG_IGN);
  CHECK(run_process({"false"}).status == 1);
  CHECK(run_process({"true"}).ok());
}

TEST_CASE("A program that is not there, or not executable, is not found") {
  const ScratchFolder folder;
  write_text(folder / "text", "no program");
  for (const std::string& program :
       {std::string("psaflow-no-such-program"), folder / "none", folder / "text", folder.path().string()}) {
    INFO(program);
    const ProcessResult result = run_process({program});
    CHECK_FALSE(result.found);
    CHECK_FALSE(result.ok());
  }
}

TEST_CASE("Arguments reach the program as they are: no shell reads them") {
  const std::string hostile = "$(echo x); `id` * \"'\\ \n -rf";
  CHECK(run_process({"printf", "%s", hostile}).messages == hostile);
}

TEST_CASE("Working folder and standard input") {
  const ScratchFolder folder;
  write_text(folder / "in", "from the file");
  ProcessOptions options;
  options.folder = folder.path();
  options.input = folder / "in";
  CHECK(shell("pwd; cat", options).messages == std::filesystem::canonical(folder.path()).string() + "\nfrom the file");
  CHECK(shell("cat").messages.empty());  // /dev/null
  options.input = folder / "none";
  CHECK_THAT(error_of([&] { shell("true", options); }), Contains("/none: cannot open"));
  options = {};
  options.folder = folder / "in";
  CHECK_THAT(error_of([&] { shell("true", options); }), Contains("/in: cannot open the folder"));
}

TEST_CASE("The line that tells: the first with a mark, else the last") {
  const ProcessResult result = shell("echo first; echo %Warning: a; echo an error; echo last; echo");
  CHECK(result.telling_line({"rror", "%Warning"}) == "%Warning: a");
  CHECK(result.telling_line({"error"}) == "an error");
  CHECK(result.telling_line({"no such"}) == "last");
  CHECK(ProcessResult().telling_line({"x"}).empty());
}

TEST_CASE("Much output neither blocks the program nor fills memory") {
  const ProcessResult result = shell("head -c 3000000 /dev/zero | tr '\\0' x; exit 3");
  CHECK(result.status == 3);
  CHECK(result.messages == std::string(64 << 10, 'x'));
}

TEST_CASE("A program that leaves another behind, its output open, is not waited for beyond its end") {
  const auto start = std::chrono::steady_clock::now();
  const ProcessResult result = shell("sleep 20 & echo $!");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  kill(std::stoi(result.messages), SIGKILL);
}

TEST_CASE("Ticks come while it runs") {
  int ticks = 0;
  ProcessOptions options;
  options.tick = [&] { ++ticks; };
  shell("sleep 1", options);
  CHECK(ticks >= 2);
}

bool runs(pid_t pid) {
  const std::string stat = read_text("/proc/" + std::to_string(pid) + "/stat");
  const size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.at(name_end + 2) != 'Z';  // a zombie nobody reaps has ended
}

TEST_CASE("When we are killed the program ends too") {
  const ScratchFolder folder;
  const pid_t parent = fork();
  if (parent == 0) {
    ProcessOptions options;
    options.folder = folder.path();
    shell("echo $$ > pid.part; mv pid.part pid; exec sleep 60", options);
    _exit(0);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto wait_while = [&](const auto& condition) {
    while (condition() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  wait_while([&] { return !std::filesystem::exists(folder.path() / "pid"); });
  const pid_t program = std::stoi(read_text(folder / "pid"));
  CHECK(runs(program));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  wait_while([&] { return runs(program); });
  CHECK_FALSE(runs(program));
}

}  // namespace
}  // namespace psaflow
