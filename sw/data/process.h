// Runs another program without a shell between, so that no file name is ever read as a command.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace psaflow {

struct ProcessResult {
  bool found = true;     // false: no such program on the PATH, or not executable
  int status = 0;        // exit status; 128 + signal when a signal ended it
  std::string messages;  // what it wrote on stdout and stderr, the first 64 KiB
  bool ok() const { return found && status == 0; }
  // The first line of the messages that contains one of `marks`, else the last that is not empty: what went wrong.
  std::string telling_line(const std::vector<std::string>& marks) const;
};

struct ProcessOptions {
  std::string folder;               // working folder; empty: ours
  std::string input;                // file to be its stdin; empty: /dev/null
  std::function<void()> tick = {};  // called about five times a second while it runs
};

// argv[0] is looked up on the PATH. The program ends when we do, even when we are killed: nothing goes on writing
// behind a run that is gone. UserError when the input or folder cannot be opened, std::system_error when the system
// refuses a process.
ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {});

}  // namespace psaflow
