// The cache of builds: the least recently used goes first, what is in use stays, and any number of processes at once
// see whole entries only.
#include "rtl_gen/cosim/cache.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "sw/base/rng.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

constexpr size_t kEntryBytes = 64 << 10;

void write_program(const std::string& path, const std::string& text) {
  write_text(path, text);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

// An entry of 64 KiB and a little whose content tells its key.
RtlCache::Entry make_entry(const RtlCache& cache, const std::string& key) {
  auto folder = cache.begin();
  write_text(*folder / "data", std::string(kEntryBytes, key[0]));
  write_program(*folder / "program", key);
  return cache.publish(std::move(folder), key);
}

void use_long_ago(const RtlCache::Entry& entry, int64_t seconds) {
  const timespec then[2] = {{::time(nullptr) - seconds, 0}, {::time(nullptr) - seconds, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (entry.folder + "/lock").c_str(), then, 0) == 0);
}

}  // namespace

TEST_CASE("the least recently used entries go first, those in use never") {
  const ScratchFolder scratch;
  const RtlCache cache(scratch / "cache");
  const auto here = [&](const std::string& key) { return std::filesystem::exists(scratch / ("cache/rtl-" + key)); };
  CHECK_FALSE(cache.find("a").has_value());
  std::vector<RtlCache::Entry> entries;
  for (const char* key : {"a", "b", "c", "d", "e"}) entries.push_back(make_entry(cache, key));
  for (size_t i = 0; i < 5; ++i) use_long_ago(entries[i], 1000 - 100 * static_cast<int64_t>(i));
  cache.prune(0);
  for (const char* key : {"a", "b", "c", "d", "e"}) CHECK(here(key));  // all of them are in use
  const RtlCache::Entry b = entries[1];
  entries.clear();
  CHECK(cache.find("c").has_value());  // used again, just now
  cache.prune(3 * (kEntryBytes + 16384));
  CHECK_FALSE(here("a"));
  CHECK(here("b"));  // the next oldest, but in use
  CHECK(here("c"));
  CHECK_FALSE(here("d"));
  CHECK(here("e"));
  cache.prune(int64_t{1} << 40);
  CHECK(here("e"));
  cache.prune(0);
  CHECK(scratch.names() == std::set<std::string>{"cache"});
  CHECK(here("b"));
  CHECK_FALSE(here("c"));
  CHECK_FALSE(here("e"));
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "cache"))
    CHECK(entry.path().filename().string().rfind("aside-", 0) != 0);
}

TEST_CASE("who is faster publishes, the other takes that one") {
  const ScratchFolder scratch;
  const RtlCache cache(scratch / "cache");
  auto slow = cache.begin();
  write_program(*slow / "program", "slow");
  const std::string aside = slow->path();
  make_entry(cache, "k");
  const RtlCache::Entry entry = cache.publish(std::move(slow), "k");
  CHECK(read_text(entry.folder + "/program") == "k");
  CHECK(entry.in_use != nullptr);
  CHECK_FALSE(std::filesystem::exists(aside));
}

TEST_CASE("a program that is not what was put there is none, and is built anew") {
  const ScratchFolder scratch;
  const RtlCache cache(scratch / "cache");
  const std::string program = make_entry(cache, "k").folder + "/program";
  REQUIRE(cache.find("k").has_value());
  SECTION("empty") {
    write_text(program, "");
  }
  SECTION("changed") {
    write_text(program, "x");
  }
  SECTION("gone") {
    std::filesystem::remove(program);
  }
  SECTION("not executable, unless all is to root") {
    std::filesystem::permissions(program, std::filesystem::perms::owner_read);
  }
  SECTION("without its seal") {
    std::filesystem::remove(std::filesystem::path(program).parent_path() / "seal");
  }
  CHECK_FALSE(cache.find("k").has_value());
  make_entry(cache, "k");
  REQUIRE(cache.find("k").has_value());
  CHECK(read_text(program) == "k");
}

TEST_CASE("one process has the turn to build an entry") {
  const ScratchFolder scratch;
  const RtlCache cache(scratch / "cache");
  const auto aside = cache.begin();
  auto turn = cache.take_turn("k");
  REQUIRE(turn != nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(RtlCache(scratch / "cache").take_turn("k") == nullptr ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(cache.take_turn("other") != nullptr);
  turn.reset();
  CHECK(cache.take_turn("k") != nullptr);
}

TEST_CASE("many processes make, use, prune and are killed at once") {
  const ScratchFolder scratch;
  const RtlCache cache(scratch / "cache");
  const uint64_t seed = 1000;
  INFO("seed " << seed);
  // Each for half a second: what is found is whole, and stays so while it is in use. Exit status 1: it did not.
  const auto work = [&](uint64_t process) {
    Rng rng = Rng::stream(seed, process);
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (std::chrono::steady_clock::now() < end) {
      const std::string key(1, static_cast<char>('a' + rng.below(6)));
      auto entry = cache.find(key);
      if (!entry) entry = make_entry(cache, key);
      if (rng.below(2) == 0) cache.prune(static_cast<int64_t>(rng.below(4) * kEntryBytes));
      if (read_text(entry->folder + "/program") != key) ::_exit(1);
      if (read_text(entry->folder + "/data") != std::string(kEntryBytes, key[0])) ::_exit(1);
    }
    ::_exit(0);
  };
  std::vector<pid_t> children;
  for (uint64_t i = 0; i < 6; ++i) {
    children.push_back(::fork());
    REQUIRE(children.back() >= 0);
    if (children.back() == 0) work(i);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ::kill(children[0], SIGKILL);
  ::kill(children[1], SIGKILL);
  for (size_t i = 0; i < children.size(); ++i) {
    int status = 0;
    REQUIRE(::waitpid(children[i], &status, 0) == children[i]);
    if (i >= 2) CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
  cache.begin();  // sweeps
  cache.prune(0);
  CHECK(std::filesystem::exists(scratch / "cache/lock"));
  size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "cache")) {
    INFO(entry.path());
    CHECK(entry.path().filename() == "lock");
    ++left;
  }
  CHECK(left == 1);
}

TEST_CASE("the folder comes from the environment, and is absolute") {
  const std::string here = std::filesystem::current_path().string();
  ::setenv("XDG_CACHE_HOME", "caches", 1);
  ::setenv("PSAFLOW_CACHE", "some/cache", 1);
  CHECK(rtl_cache_dir() == here + "/some/cache");
  ::setenv("PSAFLOW_CACHE", "/some/cache", 1);
  CHECK(rtl_cache_dir() == "/some/cache");
  ::unsetenv("PSAFLOW_CACHE");
  CHECK(rtl_cache_dir() == here + "/caches/psaflow");
  ::unsetenv("XDG_CACHE_HOME");
  CHECK(std::filesystem::path(rtl_cache_dir()).is_absolute());
}

TEST_CASE("the limit comes from the environment") {
  const char* name = "PSAFLOW_CACHE_MAX_MB";
  ::unsetenv(name);
  CHECK(rtl_cache_limit_bytes() == int64_t{2048} << 20);
  ::setenv(name, "0", 1);
  CHECK(rtl_cache_limit_bytes() == 0);
  ::setenv(name, "100", 1);
  CHECK(rtl_cache_limit_bytes() == 100 << 20);
  for (const char* bad : {"-1", "x", "1.5", "10 ", "9999999999999"}) {
    ::setenv(name, bad, 1);
    CHECK_THAT(error_of([] { rtl_cache_limit_bytes(); }), Contains(name) && Contains(bad));
  }
  ::unsetenv(name);
}
