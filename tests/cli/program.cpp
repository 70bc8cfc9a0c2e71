#include "tests/cli/program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/scratch_folder.h"

namespace psaflow::test {
namespace {

Outcome run(const std::vector<std::string>& command, unsigned seconds, const std::string& folder) {
  const ScratchFolder scratch;
  const std::string out = scratch / "out", err = scratch / "err";
  std::vector<const char*> argv;
  for (const std::string& arg : command) argv.push_back(arg.c_str());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    const auto redirect = [](const char* path, int flags, int to) {
      const int fd = ::open(path, flags, 0600);
      if (fd < 0 || ::dup2(fd, to) < 0) ::_exit(126);
    };
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect(out.c_str(), O_WRONLY | O_CREAT, STDOUT_FILENO);
    redirect(err.c_str(), O_WRONLY | O_CREAT, STDERR_FILENO);
    ::alarm(seconds);
    if (::chdir(folder.c_str()) == 0) ::execv(argv[0], const_cast<char**>(argv.data()));
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("cannot wait for the program");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(out), read_text(err)};
}

}  // namespace

Outcome run_psaflow(const std::vector<std::string>& args, unsigned seconds, const std::string& folder) {
  std::vector<std::string> command = {PSAFLOW_PROGRAM};
  command.insert(command.end(), args.begin(), args.end());
  return run(command, seconds, folder);
}

Outcome run_psaflow_in_shell(const std::string& redirections, const std::vector<std::string>& args) {
  return run_script("exec \"$@\" " + redirections, args);
}

Outcome run_script(const std::string& script, const std::vector<std::string>& args, unsigned seconds) {
  std::vector<std::string> command = {"/bin/sh", "-c", script, "sh", PSAFLOW_PROGRAM};
  command.insert(command.end(), args.begin(), args.end());
  return run(command, seconds, PSAFLOW_SOURCE_DIR);
}

void check_user_error(const Outcome& outcome, const std::vector<std::string>& parts) {
  INFO("stderr: " << outcome.err);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Catch::Matchers::StartsWith("psaflow: "));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK_THAT(outcome.err, Catch::Matchers::EndsWith("\n"));
  for (const std::string& part : parts) CHECK_THAT(outcome.err, Catch::Matchers::Contains(part));
}

}  // namespace psaflow::test
