#include "sw/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace psaflow {
namespace {

TEST_CASE("Every item runs exactly once, whatever the number of threads and items") {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    CHECK(pool.size() == threads);
    for (const size_t items : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(items);
      std::atomic<bool> worker_in_range{true};
      pool.run(items, [&](size_t item, int worker) {
        ++runs[item];
        if (worker < 0 || worker >= threads) worker_in_range = false;
      });
      CHECK(worker_in_range);
      for (const auto& count : runs) CHECK(count == 1);
    }
  }
}

TEST_CASE("A pool is used again and again") {
  ThreadPool pool(4);
  std::atomic<size_t> sum{0};
  for (int round = 0; round < 2000; ++round) pool.run(5, [&](size_t item, int) { sum += item; });
  CHECK(sum == 2000 * 10);
}

TEST_CASE("No worker index is shared by two threads at a time") {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> shared{false};
  pool.run(200, [&](size_t, int worker) {
    if (busy[static_cast<size_t>(worker)].fetch_add(1) != 0) shared = true;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    --busy[static_cast<size_t>(worker)];
  });
  CHECK_FALSE(shared);
}

TEST_CASE("The work is spread over the threads") {
  ThreadPool pool(2);
  std::atomic<int> arrived{0};
  // Each of the two items waits for the other: one thread alone would not come through.
  pool.run(2, [&](size_t, int) {
    ++arrived;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (arrived < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  });
  CHECK(arrived == 2);
}

TEST_CASE("An exception reaches the caller, and the pool still works") {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (const size_t bad : {0, 5, 99}) {
      CHECK_THROWS_WITH(pool.run(100,
                                 [&](size_t item, int) {
                                   if (item == bad) throw std::runtime_error("item " + std::to_string(item));
                                 }),
                        "item " + std::to_string(bad));
    }
    std::atomic<int> runs{0};
    pool.run(10, [&](size_t, int) { ++runs; });
    CHECK(runs == 10);
  }
}

TEST_CASE("Zero threads means one for each core") {
  const ThreadPool pool;
  CHECK(pool.size() == static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

}  // namespace
}  // namespace psaflow
