#include "sim/paper_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/run_json.h"
#include "sim/terminal.h"
#include "sim/text_table.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

using Json = nlohmann::ordered_json;

// "-25.3 %": how much more `now` is than `before`.
double more_percent(double now, double before) {
  return 100 * (now / before - 1);
}
std::string signed_percent(double percent) {
  return fmt::format("{:+.1f} %", percent);
}
std::string accuracy(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.2f} %", 100 * *fraction) : "not measured";
}
std::string points(const PaperGain& gain) {
  return gain.int8_points ? fmt::format("{:+.2f} points", *gain.int8_points) : "not measured";
}
int64_t lut_dsp(const FpgaCost& cost) {
  return cost.lut + cost.dsp;
}

TextTable text_table(const PaperTable& table) {
  TextTable text;
  text.columns = {{"", "", true}, {"", "paper"}, {"", "ours"}, {"", "ours, from", true}};
  for (const PaperRow& row : paper_rows(table)) text.rows.push_back({row.what, row.paper, row.ours, row.how});
  return text;
}

Json cost_json(const FpgaCost& cost) {
  return {{"lut", cost.lut}, {"ff", cost.ff}, {"dsp", cost.dsp}, {"bram36", cost.bram36()}, {"uram", cost.uram}};
}

}  // namespace

// The paper's figures: Singh and Bazargan, ACM TRETS 18(2) 21, 2025, tables of accuracy, streaming and SIMD designs.
std::vector<PaperRow> paper_rows(const PaperTable& table) {
  PSAFLOW_CHECK(table.networks.size() == 3, "the paper's three networks");
  const PaperNetwork &psa = table.networks[0], &wide = table.networks[1], &narrow = table.networks[2];
  const auto cycles = [](int64_t value) { return grouped(value); };
  const auto throughput = [](int64_t now, int64_t before) {
    return signed_percent(more_percent(static_cast<double>(before), static_cast<double>(now)));
  };
  const auto card = [](const PaperNetwork& n) {
    return fmt::format("{} test images, {} epochs", grouped(n.images), n.epochs);
  };
  const char *profile = "plan, the paper's timing", *rtl = "plan, equal to the RTL", *synthesis = "psaflow synth";
  return {
      {"INT8 accuracy, PSA 96", "88.1 %", accuracy(psa.int8_accuracy), card(psa)},
      {"INT8 accuracy, ReLU 192", "87.9 %", accuracy(wide.int8_accuracy), card(wide)},
      {"INT8 accuracy, ReLU 96", "86.1 %", accuracy(narrow.int8_accuracy), card(narrow)},
      {"PSA 96 over ReLU 192", "+0.2 points", points(table.over_wide), table.over_wide.budget},
      {"PSA 96 over ReLU 96", "+2.0 points", points(table.over_narrow), table.over_narrow.budget},
      {"multiplications, PSA 96 against ReLU 192", "-28 .. -45 %",
       signed_percent(more_percent(static_cast<double>(psa.macs), static_cast<double>(wide.macs))), "counted"},
      {"streaming: cycles an image, PSA 96", "6,240", cycles(psa.paper_streaming_cycles), profile},
      {"streaming: cycles an image, ReLU 192", "12,352", cycles(wide.paper_streaming_cycles), profile},
      {"streaming: throughput, PSA 96 against ReLU 192", "+97.9 %",
       throughput(psa.streaming_cycles, wide.streaming_cycles), rtl},
      {"streaming: LUT + DSP, PSA 96 against ReLU 192", "-25 %",
       signed_percent(
           more_percent(static_cast<double>(lut_dsp(psa.streaming)), static_cast<double>(lut_dsp(wide.streaming)))),
       synthesis},
      {"SIMD: cycles an image, PSA 96", "29,441", cycles(psa.paper_simd_cycles), profile},
      {"SIMD: cycles an image, ReLU 192", "47,681", cycles(wide.paper_simd_cycles), profile},
      {"SIMD: cycles an image, ReLU 96", "29,215", cycles(narrow.paper_simd_cycles), profile},
      {"SIMD: cycles an image, PSA 96, our RTL", "", cycles(psa.simd_cycles), rtl},
      {"SIMD: throughput, PSA 96 against ReLU 192", "+62.1 %", throughput(psa.simd_cycles, wide.simd_cycles), rtl},
      {"SIMD: LUTs, PSA 96 against ReLU 192", "+3.5 %",
       signed_percent(more_percent(static_cast<double>(psa.simd.lut), static_cast<double>(wide.simd.lut))), synthesis},
  };
}

OurText paper_text(const PaperTable& table) {
  return text_table(table).terminal();
}

std::string paper_markdown(const PaperTable& table) {
  return text_table(table).markdown();
}

std::string paper_json(const PaperTable& table) {
  Json json = {{"version", PSAFLOW_VERSION}, {"yosys", table.yosys}};
  for (const PaperRow& row : paper_rows(table))
    json["rows"].push_back({{"what", row.what}, {"paper", row.paper}, {"ours", row.ours}, {"from", row.how}});
  for (const auto& [key, gain] : {std::pair("over_relu_h192", table.over_wide), {"over_relu_h96", table.over_narrow}}) {
    json["psa_h96"][key] = {{"int8_points", gain.int8_points ? Json(*gain.int8_points) : Json(nullptr)},
                            {"networks", gain.networks},
                            {"budget", gain.budget}};
  }
  for (const PaperNetwork& n : table.networks) {
    Json& entry = json["networks"][n.name];
    entry["int8_accuracy"] = n.int8_accuracy ? Json(*n.int8_accuracy) : Json(nullptr);
    entry["float_accuracy"] = n.float_accuracy ? Json(*n.float_accuracy) : Json(nullptr);
    entry["epochs"] = n.epochs;
    entry["macs"] = n.macs;
    entry["paper_streaming_cycles"] = n.paper_streaming_cycles;
    entry["streaming_cycles"] = n.streaming_cycles;
    entry["paper_simd_cycles"] = n.paper_simd_cycles;
    entry["simd_cycles"] = n.simd_cycles;
    entry["streaming"] = cost_json(n.streaming);
    entry["simd"] = cost_json(n.simd);
  }
  return to_text(json);
}

}  // namespace psaflow
