// A persistent pool for loops whose iterations are independent. Results must not depend on which worker runs which
// item.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace psaflow {

class ThreadPool {
 public:
  // threads 0: one per core of this machine. The calling thread is worker 0, so threads = 1 starts none. A machine that
  // grants fewer gives a smaller pool.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const;
  // Calls body(item, worker) for item in 0..items-1, items handed out in order; worker in 0..size()-1.
  // Returns when all are done; the first exception thrown by a body is rethrown here.
  void run(size_t items, const std::function<void(size_t item, int worker)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace psaflow
