#include "sw/base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <climits>
#include <set>
#include <string>

#include "sw/base/descriptor.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

using Catch::Contains;
using test::error_of;
using test::read_text;
using test::ScratchFolder;
using test::write_text;

std::string whole(const std::string& path) {
  const std::vector<char> bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("A file is read whole, whatever its bytes") {
  const ScratchFolder folder;
  std::string text(100'000, '\0');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7);
  write_text(folder / "a", text);
  CHECK(whole(folder / "a") == text);
  write_text(folder / "empty", "");
  CHECK(read_file(folder / "empty").empty());
}

TEST_CASE("What cannot be read is an error that names the file") {
  const ScratchFolder folder;
  CHECK_THAT(error_of([&] { read_file(folder / "none"); }), Contains("/none: cannot open: No such file"));
  CHECK_THAT(error_of([&] { read_file(folder.path().string()); }), Contains("found a directory"));
  CHECK_THAT(error_of([&] { read_file("/dev/null"); }), Contains("not a regular file"));
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);  // would wait for a writer for ever
  CHECK_THAT(error_of([&] { read_file(folder / "pipe"); }), Contains("not a regular file"));
  write_text(folder / "long", "12345");
  CHECK_THAT(error_of([&] { read_file(folder / "long", 4); }), Contains("found 5 bytes; allowed: at most 4"));
  CHECK(read_file(folder / "long", 5).size() == 5);
}

TEST_CASE("A write replaces the file and leaves nothing beside it") {
  const ScratchFolder folder;
  write_file_atomic(folder / "a", "first");
  write_file_atomic(folder / "a", "the second");
  CHECK(read_text(folder / "a") == "the second");
  write_file_atomic(folder / "a", nullptr, 0);
  CHECK(read_text(folder / "a").empty());
  CHECK(folder.names() == std::set<std::string>{"a"});
}

TEST_CASE("A reader that has the old file open keeps reading the old file") {
  const ScratchFolder folder;
  write_file_atomic(folder / "a", "old");
  std::ifstream open(folder / "a");
  write_file_atomic(folder / "a", "new");
  std::string text;
  open >> text;
  CHECK(text == "old");
}

TEST_CASE("A failed write leaves the old file and no other") {
  const ScratchFolder folder;
  write_file_atomic(folder / "a", "old");
  // A limit on file sizes makes the write itself fail half-way; it holds for the process, so a child bears it.
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string error = error_of([&] { write_file_atomic(folder / "a", std::string(5000, 'x')); });
    _exit(error.find("/a: cannot write: ") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(read_text(folder / "a") == "old");
  CHECK(folder.names() == std::set<std::string>{"a"});
}

TEST_CASE("What cannot be written is an error that names the file") {
  const ScratchFolder folder;
  make_folder(folder / "sub");
  CHECK_THAT(error_of([&] { write_file_atomic(folder / "sub", "x"); }), Contains("/sub: file type: found a directory"));
  CHECK_THAT(error_of([&] { write_file_atomic(folder / "none/a", "x"); }),
             Contains("/none/a: cannot create: No such file"));
  CHECK(folder.names() == std::set<std::string>{"sub"});
}

TEST_CASE("What a process that is no more left aside is removed, and nothing else") {
  const ScratchFolder folder;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  const std::string dead = ".tmp." + std::to_string(child), alive = ".tmp." + std::to_string(getpid());
  std::set<std::string> kept;
  for (const std::string& name :
       {"log" + alive, std::string("log"), "other" + dead, "log" + dead + "x", std::string("log.tmp."),
        std::string("log.tmp.-1"), std::string("log.tmp.0"), std::string("log.tmp.99999999999999999999")}) {
    write_text(folder / name, "x");
    kept.insert(name);
  }
  make_folder(folder / ("folder" + dead));
  kept.insert("folder" + dead);
  write_text(folder / ("log" + dead), "x");
  const auto ours = [](const std::string& name) { return name == "log" || name == "folder"; };
  CHECK(remove_dead_asides(folder.path().string(), ours, 3600) == 0);  // just written
  CHECK(remove_dead_asides(folder.path().string(), ours) == 1);
  CHECK(folder.names() == kept);
  CHECK(remove_dead_asides(folder / "none", ours) == 0);
}

TEST_CASE("A device is written in place, never replaced") {
  write_file_atomic("/dev/null", "gone");
  struct stat info {};
  REQUIRE(stat("/dev/null", &info) == 0);
  CHECK(S_ISCHR(info.st_mode));
}

TEST_CASE("A link is written through, and stays a link") {
  const ScratchFolder folder;
  const std::string file = folder / "real", link = folder / "link";
  write_file_atomic(file, "old");
  std::filesystem::create_symlink(file, link);
  write_file_atomic(link, "new");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(whole(file) == "new");
}

TEST_CASE("Folders are made with their parents; a file in the way is an error") {
  const ScratchFolder folder;
  make_folder(folder / "a/b/c");
  make_folder(folder / "a/b/c");
  CHECK(std::filesystem::is_directory(folder / "a/b/c"));
  write_text(folder / "file", "");
  CHECK_THAT(error_of([&] { make_folder(folder / "file"); }), Contains("/file: cannot create the folder"));
  CHECK_THAT(error_of([&] { make_folder(folder / "file/sub"); }), Contains("/file/sub: cannot create the folder"));
}

// The whole of a name that has `bytes` bytes, of letters of two bytes.
std::string name_of(size_t bytes) {
  std::string name(bytes % 2, 'a');
  while (name.size() < bytes) name += "\xc3\xa9";
  return name;
}

TEST_CASE("Every name that the file system takes can be written, and nothing is left beside it") {
  const ScratchFolder folder;
  const size_t most = max_name_bytes(folder.path().string());
  REQUIRE(most >= 200);
  std::set<std::string> names;
  for (size_t bytes = most - 30; bytes <= most; ++bytes) {
    const std::string name = name_of(bytes);
    write_file_atomic(folder / name, "x" + std::to_string(bytes));
    CHECK(read_text(folder / name) == "x" + std::to_string(bytes));
    names.insert(name);
    for (const char* ending : {"", ".vcd"}) {
      const std::string aside = aside_path(folder / name, ending);
      write_text(aside, "y");
      CHECK(std::filesystem::exists(aside));
      publish_file(aside, folder / name);
      CHECK(read_text(folder / name) == "y");
    }
  }
  CHECK(folder.names() == names);
  CHECK_THAT(error_of([&] { write_file_atomic(folder / name_of(most + 1), "x"); }), Contains("File name too long"));
  // Names that differ where they are cut off must not meet.
  CHECK(path_beside(folder / (name_of(most - 1) + "a")) != path_beside(folder / (name_of(most - 1) + "b")));
}

TEST_CASE("A path as long as the system takes can be written") {
  const ScratchFolder folder;
  std::string path = folder.path().string();
  while (path.size() < PATH_MAX - 1 - 120) path += "/" + std::string(100, 'd');
  make_folder(path);
  path += "/" + std::string(PATH_MAX - 2 - path.size(), 'f');
  REQUIRE(path.size() == PATH_MAX - 1);
  write_file_atomic(path, "x");
  CHECK(whole(path) == "x");
}

TEST_CASE("What a dead process left of one output is found, whatever its name and ending") {
  const ScratchFolder folder;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  const std::vector<std::string> targets = {"wave", std::string(max_name_bytes(folder.path().string()), 'w')};
  if (child == 0) {
    for (const std::string& name : targets) {
      for (const char* ending : {"", ".vcd"}) write_text(aside_path(folder / name, ending), "x");
    }
    _exit(0);
  }
  REQUIRE(waitpid(child, nullptr, 0) == child);
  REQUIRE(folder.names().size() == 4);
  CHECK(remove_dead_beside(folder / "other", 0) == 0);
  CHECK(remove_dead_beside(folder / targets[0], 3600) == 0);  // just written
  for (const std::string& name : targets) CHECK(remove_dead_beside(folder / name, 0) == 2);
  CHECK(folder.names().empty());
}

TEST_CASE("A path that means a descriptor is written where that descriptor stands") {
  const ScratchFolder folder;
  const int fd = ::open((folder / "shared").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  const std::string number = std::to_string(fd);
  std::filesystem::create_symlink("/dev/fd/" + number, folder / "link");
  std::filesystem::create_symlink("link", folder / "linklink");
  std::string expected;
  for (const std::string& path : {"/dev/fd/" + number, "/proc/self/fd/" + number, folder / "link", folder / "linklink",
                                  "/proc/thread-self/fd/" + number}) {
    INFO(path);
    CHECK(own_descriptor(path) == fd);
    write_file_atomic(path, "json\n");
    REQUIRE(::write(fd, "text\n", 5) == 5);
    const std::string aside = aside_path(path);
    write_text(aside, "wave\n");
    publish_file(aside, path);
    CHECK_FALSE(std::filesystem::exists(aside));
    expected += "json\ntext\nwave\n";
  }
  CHECK(read_text(folder / "shared") == expected);
  ::close(fd);
  CHECK(own_descriptor("/dev/stdout") == STDOUT_FILENO);
  for (const std::string& path : {std::string("/dev/null"), folder / "shared", folder / "none", std::string("/dev/fd"),
                                  std::string("/dev/fd/x"), std::string("/proc/1/fd/1"), std::string("")})
    CHECK_FALSE(own_descriptor(path));
  std::filesystem::create_symlink("round", folder / "round");
  CHECK_FALSE(own_descriptor(folder / "round"));
}

TEST_CASE("A socket takes what is written to its descriptor") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  write_file_atomic("/dev/fd/" + std::to_string(ends[0]), "hello");
  char text[8] = {};
  CHECK(::read(ends[1], text, sizeof text) == 5);
  CHECK(std::string(text) == "hello");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("A pipe that nobody reads is an error, not a wait for ever") {
  const ScratchFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THAT(error_of([&] { write_file_atomic(folder / "pipe", "x"); }), Contains("/pipe: found a pipe that nobody"));
  const int reader = ::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  write_file_atomic(folder / "pipe", "x");
  char text[2] = {};
  CHECK(::read(reader, text, sizeof text) == 1);
  ::close(reader);
}

}  // namespace
}  // namespace psaflow
