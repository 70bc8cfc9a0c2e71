// How far estimates of whole designs are off from what Yosys makes of them: measured once, kept, told with every estimate.
#pragma once
#include <string>
#include <vector>

#include "models/area/cost.h"

namespace psaflow {

// models/area/validated.txt: a line a shipped scenario, "NAME : MEASURED : ESTIMATED", each LUT PAIRED FF DSP BRAM18 URAM;
// `psaflow calibrate --validate ... --validation` makes it anew.
extern const char* const kValidatedDesigns;

struct ValidatedDesign {
  std::string name;
  FpgaCost measured, estimated;
};

std::string validation_line(const ValidatedDesign& design);
// UserError (of `file`) on a line that is none.
std::vector<ValidatedDesign> parse_validation(const std::string& text, const std::string& file);
// Those of kValidatedDesigns.
const std::vector<ValidatedDesign>& validated_designs();

// Of one resource: |estimate / measured - 1| over designs.
struct RelativeErrors {
  double median = 0, worst = 0;
};
struct EstimateErrors {
  size_t designs = 0, dsp_exact = 0, block_ram_exact = 0;  // designs in which the estimate is the count itself
  RelativeErrors lut, ff, dsp, block_ram;
};
EstimateErrors estimate_errors(const std::vector<ValidatedDesign>& designs);

// "10 designs against Yosys: off by LUT 1.9 % (4.2 %), FF 2.0 % (6.1 %) (median, worst); DSP exact in 10, block RAM in 8"
std::string to_text(const EstimateErrors& errors);

}  // namespace psaflow
