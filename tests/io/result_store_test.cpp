// Results that survive being killed: torn lines, other work's files, parts of several processes.
#include "sw/io/result_store.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

std::string text_of(const std::string& path) {
  const std::vector<char> bytes = read_file(path);
  return {bytes.begin(), bytes.end()};
}

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

TEST_CASE("Results are there again, those of all parts of the same work") {
  const test::ScratchFolder scratch;
  const std::string folder = scratch.path().string();
  {
    ResultStore one(folder, "done", "1-of-2", "work"), two(folder, "done", "2-of-2", "work");
    CHECK_FALSE(one.find("a"));
    one.add("a", "1 2 3");
    one.add("a", "4");
    two.add("b", "value with blanks");
    CHECK(one.find("a") == "4");
    CHECK_FALSE(one.find("b"));
  }
  ResultStore all(folder, "done", "", "work");
  CHECK(all.find("a") == "4");
  CHECK(all.find("b") == "value with blanks");
  CHECK_FALSE(all.find("c"));
  all.add("c", "");
  ResultStore other(folder, "done", "3-of-3", "other work");
  CHECK_FALSE(other.find("a"));
}

TEST_CASE("A line that was cut off by a kill is no line") {
  const test::ScratchFolder scratch;
  const std::string folder = scratch.path().string(), file = folder + "/done.txt";
  {
    ResultStore store(folder, "done", "", "work");
    store.add("a", "1");
    store.add("b", "123456");
  }
  const std::string whole = text_of(file);
  for (size_t cut = whole.find('\n') + 1; cut <= whole.size(); ++cut) {
    write_file_atomic(file, whole.substr(0, cut));
    {
      ResultStore store(folder, "done", "", "work");
      store.add("c", "3");
    }
    ResultStore store(folder, "done", "", "work");
    INFO(cut);
    CHECK(store.find("c") == "3");
    CHECK((!store.find("b") || store.find("b") == "123456"));
    CHECK(store.find("b").has_value() == (cut == whole.size()));
  }
}

TEST_CASE("A file of somebody else is not written to") {
  const test::ScratchFolder scratch;
  const std::string file = scratch / "done.txt";
  append(file, "my notes\n");
  CHECK_THROWS_AS(ResultStore(scratch.path().string(), "done", "", "work"), UserError);
  CHECK(text_of(file) == "my notes\n");
  CHECK_THROWS_AS(ResultStore(scratch / "none", "done", "", "work"), UserError);
}

}  // namespace
}  // namespace psaflow
