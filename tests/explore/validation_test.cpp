// What is said of the estimates' errors: of the scenarios that are there now, by the model that is there now.
#include "models/area/validation.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "models/explore/explorer.h"
#include "models/structure/simd.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

std::vector<CountedUnit> units_of(const Scenario& scenario, const IntModel& model) {
  if (scenario.is_simd()) return count_units(simd_structure(build_scenario_mapping(scenario, model).hardware));
  const Pipeline pipeline = build_scenario_pipeline(scenario, model, Timing::kRtl);
  return count_units(pipeline, streaming_structure(pipeline));
}

TEST_CASE("The kept validation is that of the scenarios and of the cost model as they are") {
  size_t simd = 0;
  for (const ValidatedDesign& kept : validated_designs()) {
    const std::string folder = std::string(PSAFLOW_SOURCE_DIR) + "/scenarios/", name = kept.name + ".yaml";
    const std::string file = folder + (std::filesystem::exists(folder + name) ? name : "validation/" + name);
    INFO(file << ": psaflow calibrate --validate ... --validation models/area/validated.txt");
    const Scenario scenario = load_scenario(file);
    const IntModel model = load_scenario_model(scenario);
    const CostModel& costs = CostModel::builtin(find_device(scenario.target.device).family);
    const FpgaCost now = estimate_area(costs, units_of(scenario, model));
    CHECK(kept.estimated.lut == now.lut);
    CHECK(kept.estimated.ff == now.ff);
    CHECK(kept.estimated.dsp == now.dsp);
    CHECK(kept.estimated.bram18 == now.bram18);
    simd += scenario.is_simd() ? 1 : 0;
  }
  CHECK(validated_designs().size() >= 12);
  CHECK(simd >= 4);
}

TEST_CASE("Errors of estimates") {
  const std::vector<ValidatedDesign> designs = {{"a", {100, 0, 1000, 5, 4, 0}, {102, 0, 1000, 5, 5, 0}},
                                                {"b", {200, 0, 1000, 6, 4, 0}, {190, 0, 1100, 6, 4, 0}},
                                                {"c", {400, 0, 2000, 7, 0, 0}, {396, 0, 2040, 8, 0, 0}}};
  const EstimateErrors errors = estimate_errors(designs);
  CHECK(errors.designs == 3);
  CHECK(errors.lut.median == Approx(0.02));
  CHECK(errors.lut.worst == Approx(0.05));
  CHECK(errors.ff.median == Approx(0.02));
  CHECK(errors.ff.worst == Approx(0.1));
  CHECK(errors.dsp_exact == 2);
  CHECK(errors.block_ram_exact == 2);
  CHECK(
      to_text(errors) ==
      "3 designs against Yosys: off by LUT 2.0 % (5.0 %), FF 2.0 % (10.0 %) (median, worst); DSP exact in 2, block RAM "
      "in 2");
  CHECK(estimate_errors({designs[0], designs[1]}).lut.median == Approx(0.035));

  std::string text = "# a comment\n";
  for (const ValidatedDesign& d : designs) text += validation_line(d);
  const std::vector<ValidatedDesign> read = parse_validation(text, "v.txt");
  REQUIRE(read.size() == 3);
  CHECK(read[2].name == "c");
  CHECK(read[2].estimated.dsp == 8);
  for (const char* bad :
       {"a : 1 2 3 4 5 : 1 2 3 4 5 6", "a 1 2 3 4 5 6 : 1 2 3 4 5 6", "a : 0 2 3 4 5 6 : 1 2 3 4 5 6"})
    CHECK_THROWS_AS(parse_validation(bad, "v.txt"), UserError);
}

}  // namespace
}  // namespace psaflow
