// Runs the program as a user does: a process of its own, its exit status and what it wrote.
#pragma once
#include <string>
#include <vector>

namespace psaflow::test {

struct Outcome {
  int status = -1;  // 128 + signal when a signal ended it
  std::string out, err;
};

// `psaflow args...`, run in the repository's root or in `folder`, stdin empty, killed after `seconds`.
Outcome run_psaflow(const std::vector<std::string>& args, unsigned seconds = 120,
                    const std::string& folder = PSAFLOW_SOURCE_DIR);

// `psaflow args...` in the repository's root, its standard streams as the shell's `redirections` make them: ">&-".
Outcome run_psaflow_in_shell(const std::string& redirections, const std::vector<std::string>& args);

// A shell script in the repository's root, killed after `seconds`; `psaflow args...` is its "$@".
Outcome run_script(const std::string& script, const std::vector<std::string>& args, unsigned seconds = 120);

// Checks what every usage error must be: status 2, nothing but one line on stderr, which starts with "psaflow: " and
// holds each of `parts`.
void check_user_error(const Outcome& outcome, const std::vector<std::string>& parts);

}  // namespace psaflow::test
