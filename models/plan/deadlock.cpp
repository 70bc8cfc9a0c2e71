#include "models/plan/deadlock.h"

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {
namespace {

class Explainer {
 public:
  Explainer(const Pipeline& pipeline, const Standstill& standstill) : pipeline_(pipeline), seen_(standstill) {
    PSAFLOW_CHECK(
        standstill.beats.size() == pipeline.streams.size() && standstill.blocked.size() == pipeline.stages.size(),
        "every FIFO and every stage was looked at");
  }

  Deadlock explain() {
    deadlock_.cycle = seen_.cycle;
    int begin = pipeline_.streams.back().producer;
    for (const Stage& s : pipeline_.stages) {
      if (s.kind != StageKind::kAdd || !full(s.inputs[1]) || !empty(s.inputs[0])) continue;
      begin = fork_before(s);
      deadlock_.stage = stage(begin).name;
      deadlock_.fifo = stream(s.inputs[1]).name;
      deadlock_.depth = stream(s.inputs[1]).fifo_depth;
      break;
    }
    follow(begin);
    return std::move(deadlock_);
  }

 private:
  const Stage& stage(int index) const { return pipeline_.stages[static_cast<size_t>(index)]; }
  const Stream& stream(int index) const { return pipeline_.streams[static_cast<size_t>(index)]; }
  bool full(int s) const { return seen_.beats[static_cast<size_t>(s)] >= stream(s).fifo_depth; }
  bool empty(int s) const { return seen_.beats[static_cast<size_t>(s)] == 0; }

  // The last fork that both inputs of an add come from.
  int fork_before(const Stage& add) const {
    std::vector<bool> behind_long(pipeline_.stages.size(), false);  // stages that the long way's beats came through
    const auto mark = [&](int s) {
      if (stream(s).producer >= 0) behind_long[static_cast<size_t>(stream(s).producer)] = true;
    };
    const auto walk_back = [&](const std::vector<bool>& seen, const auto& visit) {
      for (size_t i = pipeline_.stages.size(); i-- > 0;) {
        if (!seen[i]) continue;
        for (int s : pipeline_.stages[i].inputs) visit(s);
      }
    };
    mark(add.inputs[0]);
    walk_back(behind_long, mark);
    std::vector<bool> behind_short(pipeline_.stages.size(), false);
    int fork = -1;
    const auto meet = [&](int s) {
      const int producer = stream(s).producer;
      if (producer < 0) return;
      behind_short[static_cast<size_t>(producer)] = true;
      if (behind_long[static_cast<size_t>(producer)] && stage(producer).kind == StageKind::kFork)
        fork = std::max(fork, producer);
    };
    meet(add.inputs[1]);
    walk_back(behind_short, meet);
    PSAFLOW_CHECK(fork >= 0, "every residual begins at a fork");
    return fork;
  }

  // From a stage to the one that it waits for, until one comes again; what led to it is then no part of the circle.
  void follow(int at) {
    std::vector<int> order;
    while (at >= 0) {
      const auto again = std::find(order.begin(), order.end(), at);
      if (again != order.end()) {
        deadlock_.waits.erase(deadlock_.waits.begin(), deadlock_.waits.begin() + (again - order.begin()));
        return;
      }
      order.push_back(at);
      const Stage& s = stage(at);
      // A fork offers nothing of its own: it waits as soon as either way is full.
      const bool blocked = seen_.blocked[static_cast<size_t>(at)] || s.kind == StageKind::kFork;
      const auto space = std::find_if(s.outputs.begin(), s.outputs.end(), [&](int o) { return blocked && full(o); });
      const auto beat = std::find_if(s.inputs.begin(), s.inputs.end(), [&](int i) { return empty(i); });
      if (space != s.outputs.end()) {
        add(s, *space, true);
        at = stream(*space).consumer;
      } else if (beat != s.inputs.end()) {
        add(s, *beat, false);
        at = stream(*beat).producer;
      } else {
        return;  // it has all it needs: it is itself at fault
      }
    }
  }

  void add(const Stage& s, int i, bool for_space) {
    deadlock_.waits.push_back(
        {s.name, stream(i).name, for_space, seen_.beats[static_cast<size_t>(i)], stream(i).fifo_depth});
  }

  const Pipeline& pipeline_;
  const Standstill& seen_;
  Deadlock deadlock_;
};

}  // namespace

Deadlock explain_deadlock(const Pipeline& pipeline, const Standstill& standstill) {
  return Explainer(pipeline, standstill).explain();
}

}  // namespace psaflow
