// Designs of an exploration measured: in SystemC, as RTL under Verilator, by Yosys.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "models/bench/workload.h"
#include "models/simd/memory.h"
#include "rtl_gen/synth/unit_costs.h"
#include "sim/explore_files.h"

namespace psaflow {

// What is measured is put into the run's confirmations, and into the store, from which it is taken the next time.
class DesignMeasurer {
 public:
  DesignMeasurer(ExploreRun& run, ResultStore& store, Shard shard) : run_(run), store_(store), shard_(shard) {}

  // Of designs (indices of points) that the store does not know those of this shard are run; the others are missing.
  void simulate(const std::vector<size_t>& points);
  void build(const std::vector<size_t>& points);  // and synthesise: two steps of progress
  size_t missing() const { return missing_; }

 private:
  bool wanted(const std::string& key, size_t k, std::string& kept);
  void simulate_point(size_t point, Confirmation& c);
  void build_point(size_t point, Confirmation& c);
  void simulate_simd_point(size_t point, Confirmation& c);
  void build_simd_point(size_t point, Confirmation& c);
  const Scenario& scenario() const { return run_.scenario; }
  bool is_simd(size_t point) const { return run_.exploration.points[point].tile > 0; }
  const Network& network(size_t point) const;
  Pipeline pipeline_of(size_t point) const;
  SimdMapping mapping_of(size_t point) const;
  SimdMemory memory_of(size_t point) const;
  const Workload& workload(size_t point);
  SynthOptions synth_options(size_t point) const;
  std::string name_of(size_t point) const;

  ExploreRun& run_;
  ResultStore& store_;
  Shard shard_;
  size_t missing_ = 0;
  std::map<std::pair<size_t, bool>, Workload> workloads_;  // by model and kind
};

}  // namespace psaflow
