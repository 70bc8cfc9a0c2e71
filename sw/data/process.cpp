#include "sw/data/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <system_error>

#include "sw/base/error.h"

namespace psaflow {
namespace {

constexpr int kTickMs = 200;
constexpr int kClosedTickMs = 20;  // its output closed: it is about to end
constexpr size_t kMaxMessageBytes = 64 << 10;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

[[noreturn]] void refuse(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void make_pipe(Fd& read_end, Fd& write_end) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) refuse("pipe");
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
}

constexpr rlim_t kStackBytes = rlim_t{1} << 30;

// The child, between fork and exec: only async-signal-safe calls. What fails is reported through `report` as an errno.
[[noreturn]] void become(char* const* argv, int input, int folder, int output, int report, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Verilated designs keep words as wide as their weights on the stack: of thousands of inputs more than the usual 8 MiB.
  rlimit stack{};
  if (::getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < kStackBytes) {
    stack.rlim_cur = std::min<rlim_t>(kStackBytes, stack.rlim_max);
    ::setrlimit(RLIMIT_STACK, &stack);
  }
  if (::getppid() != parent) ::_exit(127);  // it died before that call
  const bool ready = ::dup2(input, STDIN_FILENO) >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 &&
                     ::dup2(output, STDERR_FILENO) >= 0 && (folder < 0 || ::fchdir(folder) == 0);
  if (ready) ::execvp(argv[0], argv);
  const int error = errno;
  (void)!::write(report, &error, sizeof error);
  ::_exit(127);
}

// Reads what is there into `messages`; false at the end of the stream.
bool drain(int fd, std::string& messages) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    messages.append(buffer.data(), std::min(static_cast<size_t>(got), kMaxMessageBytes - messages.size()));
  }
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options) {
  PSAFLOW_CHECK(!argv.empty(), "a program to run");
  const std::string input_path = options.input.empty() ? "/dev/null" : options.input;
  Fd input(::open(input_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (input.get() < 0) throw UserError(input_path, "cannot open: " + std::string(std::strerror(errno)), "", "");
  Fd folder(options.folder.empty() ? -1 : ::open(options.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!options.folder.empty() && folder.get() < 0) {
    throw UserError(options.folder, "cannot open the folder: " + std::string(std::strerror(errno)), "", "");
  }
  Fd output, output_end, report, report_end;
  make_pipe(output, output_end);
  make_pipe(report, report_end);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);

  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::signal(SIGCHLD, SIG_DFL);  // inherited as ignored, children would go without telling how they ended
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) refuse("fork");
  if (child == 0) become(arguments.data(), input.get(), folder.get(), output_end.get(), report_end.get(), self);
  output_end.reset();
  report_end.reset();

  ProcessResult result;
  int exec_error = 0;
  ssize_t got = 0;
  while ((got = ::read(report.get(), &exec_error, sizeof exec_error)) < 0 && errno == EINTR) {
  }
  result.found = got <= 0;  // the report pipe closes on a successful exec
  // The program's end decides, not the stream's: a grandchild may hold the pipe open.
  for (bool open = true;;) {
    pollfd wait{open ? output.get() : -1, POLLIN, 0};
    ::poll(&wait, 1, open ? kTickMs : kClosedTickMs);
    if (open) open = drain(output.get(), result.messages);
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) refuse("waitpid");
    if (ended == child) {
      result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      break;
    }
    if (options.tick) options.tick();
  }
  drain(output.get(), result.messages);
  return result;
}

std::string ProcessResult::telling_line(const std::vector<std::string>& marks) const {
  std::string line, last;
  for (std::istringstream lines(messages); std::getline(lines, line);) {
    const auto stands = [&line](const std::string& mark) { return line.find(mark) != std::string::npos; };
    if (std::any_of(marks.begin(), marks.end(), stands)) return line;
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace psaflow
