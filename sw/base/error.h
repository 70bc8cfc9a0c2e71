// The two kinds of failure: what the user can mend (UserError, exit status 2) and what only we can (PSAFLOW_CHECK, a
// bug).
#pragma once
#include <stdexcept>
#include <string>

namespace psaflow {

// Bad input. what() is one line: "FILE: KEY: found VALUE; allowed: ALLOWED" (empty parts are left out).
class UserError : public std::runtime_error {
 public:
  UserError(const std::string& file, const std::string& key, const std::string& value, const std::string& allowed);

  // The parts as given, for who can say more about them (the line of a key, say) and throws again.
  const std::string& file() const { return file_; }
  const std::string& key() const { return key_; }
  const std::string& value() const { return value_; }
  const std::string& allowed() const { return allowed_; }

 private:
  std::string file_, key_, value_, allowed_;
};

// Runs body(); a UserError of it that names no file, nor an option of the command line, is told to be of `file`.
template <typename Body>
auto naming(const std::string& file, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const UserError& error) {
    if (!error.file().empty() || error.key().rfind("--", 0) == 0) throw;
    throw UserError(file, error.key(), error.value(), error.allowed());
  }
}

namespace detail {
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& message);
}

}  // namespace psaflow

// An invariant of ours: std::logic_error when it does not hold, in every build type.
#define PSAFLOW_CHECK(condition, message) \
  ((condition) ? (void)0 : ::psaflow::detail::check_failed(__FILE__, __LINE__, #condition, (message)))
