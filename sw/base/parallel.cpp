#include "sw/base/parallel.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace psaflow {

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable start, finish;
  const std::function<void(size_t, int)>* body = nullptr;
  size_t items = 0;
  std::atomic<size_t> next{0};
  int running = 0;
  uint64_t round = 0;
  bool quit = false;
  std::exception_ptr error;
  std::vector<std::thread> threads;

  void work(int worker) {
    try {
      for (size_t item; (item = next.fetch_add(1)) < items;) (*body)(item, worker);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!error) error = std::current_exception();
      next = items;
    }
  }

  void loop(int worker) {
    uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex);
        start.wait(lock, [&] { return quit || round != seen; });
        if (quit) return;
        seen = round;
      }
      work(worker);
      const std::lock_guard<std::mutex> lock(mutex);
      if (--running == 0) finish.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  state_->threads.reserve(static_cast<size_t>(threads));
  try {
    for (int worker = 1; worker < threads; ++worker)
      state_->threads.emplace_back([this, worker] { state_->loop(worker); });
  } catch (const std::system_error&) {  // as many as the machine grants: results do not depend on their number
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->quit = true;
  }
  state_->start.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

int ThreadPool::size() const {
  return static_cast<int>(state_->threads.size()) + 1;
}

void ThreadPool::run(size_t items, const std::function<void(size_t, int)>& body) {
  State& s = *state_;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.body = &body;
    s.items = items;
    s.next = 0;
    s.error = nullptr;
    s.running = static_cast<int>(s.threads.size());
    ++s.round;
  }
  s.start.notify_all();
  s.work(0);
  std::unique_lock<std::mutex> lock(s.mutex);
  s.finish.wait(lock, [&] { return s.running == 0; });
  if (s.error) std::rethrow_exception(s.error);
}

}  // namespace psaflow
