#include "sw/base/file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>
#include <string>

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

}  // namespace
}  // namespace psaflow
