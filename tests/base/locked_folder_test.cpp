// Locks and owned folders between processes: what a killed process leaves is swept, what lives is not.
#include "sw/base/locked_folder.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

#include "tests/error_text.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

int flock_error = 0;  // what flock fails with; 0: it works

}  // namespace

// In place of the C library's: a file system that has no locks.
extern "C" int flock(int fd, int operation) {
  if (flock_error == 0) return static_cast<int>(::syscall(SYS_flock, fd, operation));
  errno = flock_error;
  return -1;
}

namespace {

// A process that does something, says so, and stays until it is killed.
class Other {
 public:
  template <typename Action>
  explicit Other(Action action) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::alarm(60);
      auto kept = action();
      (void)!::write(ends[1], "x", 1);
      for (;;) ::pause();
    }
    char said = 0;
    REQUIRE(::read(ends[0], &said, 1) == 1);
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~Other() { kill(); }
  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }

 private:
  pid_t child_ = 0;
};

}  // namespace

TEST_CASE("a lock keeps other processes out, and goes with its holder") {
  const ScratchFolder scratch;
  const std::string path = scratch / "lock";
  using Mode = FileLock::Mode;
  {
    Other other([&] { return FileLock::wait(path, Mode::kShared); });
    CHECK_FALSE(FileLock::attempt(path, Mode::kExclusive).has_value());
    CHECK(FileLock::attempt(path, Mode::kShared).has_value());
  }
  auto mine = FileLock::attempt(path, Mode::kExclusive);
  REQUIRE(mine.has_value());
  CHECK(mine->is_at(path));
  CHECK_FALSE(FileLock::attempt(path, Mode::kShared).has_value());  // another descriptor is another holder
  mine->share();
  CHECK(FileLock::attempt(path, Mode::kShared).has_value());
  std::filesystem::remove(path);
  CHECK_FALSE(mine->is_at(path));
  CHECK_FALSE(FileLock::attempt(path, Mode::kShared, FileLock::Missing::kGiveUp).has_value());
  CHECK(scratch.names().empty());
}

TEST_CASE("an owned folder goes with its owner, or with the next sweep") {
  const ScratchFolder scratch;
  const std::string parent = scratch.path().string();
  {
    const OwnFolder folder(parent, "own-");
    write_text(folder / "a", "a");
    remove_dead_folders(parent, "own-");
    CHECK(read_text(folder / "a") == "a");
  }
  CHECK(scratch.names().empty());
  Other other([&] {
    auto folder = std::make_unique<OwnFolder>(parent, "own-");
    std::filesystem::create_directory(*folder / "deep");
    write_text(*folder / "deep/file", "x");
    return folder;
  });
  std::filesystem::create_directory(scratch / "mine");
  std::filesystem::create_directory(scratch / "own-empty");  // its owner was killed before it could lock it
  std::filesystem::create_directory(scratch / "own-full");   // none of ours: there is something in it, and no lock
  write_text(scratch / "own-full/file", "x");
  write_text(scratch / "own-file", "x");
  remove_dead_folders(parent, "own-");
  CHECK(scratch.names().size() == 4);
  CHECK(scratch.names().count("own-empty") == 0);
  other.kill();
  remove_dead_folders(parent, "own-");
  CHECK(scratch.names() == std::set<std::string>{"mine", "own-file", "own-full"});
}

TEST_CASE("a kept folder stays; one that cannot be made is a user error") {
  const ScratchFolder scratch;
  std::string path;
  {
    OwnFolder folder(scratch.path().string(), "own-");
    path = folder.path();
    const FileLock lock = folder.keep();
    CHECK(lock.is_at(path + "/lock"));
  }
  CHECK(std::filesystem::exists(path));
  CHECK_FALSE(error_of([&] { OwnFolder(scratch / "none", "own-"); }).empty());
}

TEST_CASE("a file system without locks is told from a lock that is held and a file that is not there") {
  const ScratchFolder scratch;
  const std::string path = scratch / "lock";
  NoLock no_lock;
  const auto attempt = [&](FileLock::Missing missing) {
    return FileLock::attempt(path, FileLock::Mode::kExclusive, missing, &no_lock);
  };
  CHECK_FALSE(attempt(FileLock::Missing::kGiveUp));
  CHECK(no_lock.why == NoLock::Why::kAbsent);
  CHECK(no_lock.reason == "No such file or directory");
  {
    const auto mine = attempt(FileLock::Missing::kCreate);
    REQUIRE(mine);
    CHECK_FALSE(attempt(FileLock::Missing::kCreate));
    CHECK(no_lock.why == NoLock::Why::kHeld);
  }
  for (const int error : {ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL, EBADF}) {
    flock_error = error;
    CHECK_FALSE(attempt(FileLock::Missing::kCreate));
    CHECK(no_lock.why == NoLock::Why::kUnsupported);
    CHECK(no_lock.reason == std::strerror(error));
    CHECK_FALSE(FileLock::wait(path, FileLock::Mode::kShared, FileLock::Missing::kCreate, &no_lock));
    CHECK(no_lock.why == NoLock::Why::kUnsupported);
    const std::string told = error_of([&] { OwnFolder(scratch.path().string(), "own-"); });
    flock_error = 0;
    CHECK_THAT(told, Catch::Contains(std::strerror(error)) && Catch::Contains("file locks"));
  }
  size_t left = 0;  // the lock file alone
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) left += entry.exists() ? 1 : 0;
  CHECK(left == 1);
  CHECK(attempt(FileLock::Missing::kCreate));
}
