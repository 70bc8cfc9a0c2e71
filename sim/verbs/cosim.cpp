// psaflow cosim: a scenario's accelerator as RTL under Verilator, against golden, against the SystemC model and against
// the plan.
#include <fmt/format.h>

#include <charconv>

#include "sim/cosim_report.h"
#include "sim/cosim_shards.h"
#include "sim/say.h"
#include "sim/stall_options.h"
#include "sim/terminal.h"
#include "sim/text_table.h"
#include "sim/verb.h"
#include "sim/verbs/cosim_simd.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/data/cifar10.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

void wave_options(const po::variables_map& values, CosimChoices& choices) {
  const std::string path = choices.wave_path = output_option(values, "wave");
  if (path.empty()) {
    if (values.count("wave-cycles") != 0) throw UserError("", "--wave-cycles", "no --wave", "--wave FILE beside it");
    return;
  }
  const auto ends_with = [&](const std::string& end) {
    return path.size() > end.size() && path.substr(path.size() - end.size()) == end;
  };
  if (!ends_with(".vcd") && !ends_with(".fst"))
    throw UserError("", "--wave", fmt::format("'{}'", path), "a name that ends in .vcd or .fst");
  if (values.count("wave-cycles") == 0) return;
  const auto text = values["wave-cycles"].as<std::string>();
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, choices.wave_from_cycle);
  const bool colon = first.ec == std::errc() && first.ptr != end && *first.ptr == ':';
  const auto second = colon ? std::from_chars(first.ptr + 1, end, choices.wave_to_cycle) : first;
  if (!colon || second.ec != std::errc() || second.ptr != end || choices.wave_from_cycle < 0 ||
      choices.wave_to_cycle < choices.wave_from_cycle) {
    throw UserError("", "--wave-cycles", fmt::format("'{}'", text), "FROM:TO, such as 0:2000");
  }
}

int merge_shards(const Scenario& scenario, const std::string& folder, const std::string& json_path) {
  const MergedCosim merged = merge_cosim(folder);
  if (merged.scenario != scenario.name)
    throw UserError(folder, "--merge", "parts of '" + merged.scenario + "'", "those of '" + scenario.name + "'");
  say("{}\n  {} images in {} shares, {} mismatches; II and latency of RTL, SystemC and plan {}\n",
      bold(merged.scenario), grouped(static_cast<int64_t>(merged.images)), merged.parts, merged.mismatches,
      merged.equal_cycles ? "are the same in each" : "differ");
  if (!json_path.empty()) write_file_atomic(json_path, merged.json);
  if (merged.mismatches > 0) complain("{} of {} images differ from the golden model", merged.mismatches, merged.images);
  if (!merged.equal_cycles) complain("cycles differ (see the parts in {})", folder);
  if (merged.failed > 0) complain("{} of {} shares failed (see the parts in {})", merged.failed, merged.parts, folder);
  return merged.mismatches == 0 && merged.equal_cycles && merged.failed == 0 ? 0 : 1;
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("scenario", text()->required(), "scenario file (scenarios/README.md describes the format)")(
      "json", text(),
      "write images, mismatches, ii_cycles, latency_cycles, clock_mhz, fps, systemc, plan, stages, ... here")(
      "images", text(), "only the first N images of the split, instead of the scenario's number")(
      "data", text(), "data folder, instead of the scenario's")(
      "taps", po::bool_switch(),
      "also compare what every stage puts out, and list its cycles; with the leaves' assertions")(
      "reset-at", text(), "reset in this cycle, or as soon as nothing moves, then begin again with the first image")(
      "wave", text(),
      "write a waveform of all signals here, .vcd or .fst (GTKWave): around what is wrong, else of the start; without "
      "it, one around what is wrong goes to the current folder")("wave-cycles", text(),
                                                                 "FROM:TO, the cycles of the waveform")(
      "shard", text(),
      "I/N: the I-th of N shares of the images, for machines that divide a long run; its report goes to --out")(
      "out", text(), "folder of the shares' reports")("merge", po::bool_switch(),
                                                      "put the reports of all shares in --out together")(
      "corrupt", text(), "STAGE: flip a bit in that stage's ROM, to see the checks catch it");
  add_stall_options(options);
  po::variables_map values;
  if (!parse_options(verb, args, options, {"scenario"}, values)) return 0;
  CosimChoices choices;
  choices.taps = values["taps"].as<bool>();
  const StallOptions stalls = stall_options(values);
  if (values.count("reset-at") != 0) choices.reset_at_cycle = int_option(values, "reset-at", 1, INT64_MAX / 2);
  if (values.count("corrupt") != 0) choices.corrupt_stage = values["corrupt"].as<std::string>();
  wave_options(values, choices);
  std::string json_path = output_option(values, "json");

  const bool sharded = values.count("shard") != 0, merge = values["merge"].as<bool>();
  if (merge && sharded) throw UserError("", "--merge", "beside --shard", "one of them");
  if ((merge || sharded) != (values.count("out") != 0))
    throw UserError("", "--out", values.count("out") != 0 ? "neither --shard nor --merge" : "none",
                    "--out DIR beside --shard I/N or --merge, and only there");
  if (sharded && !json_path.empty())
    throw UserError("", "--json", "beside --shard",
                    "--out DIR, where the share's report goes, and --json beside --merge");
  const Shard shard = shard_option(values, "shard");

  Scenario scenario = load_scenario(values["scenario"].as<std::string>());
  if (values.count("images") != 0) scenario.data.limit = static_cast<size_t>(int_option(values, "images", 1, 1000000));
  if (values.count("data") != 0) {
    scenario.data.dir = values["data"].as<std::string>();
    scenario.data.images_path.clear();
  }
  distinct_files(values, {"scenario", "json", "wave", "record-stalls", "replay-stalls"}, files_of(scenario));
  if (merge) return merge_shards(scenario, values["out"].as<std::string>(), json_path);
  if (sharded) {
    const std::string folder = values["out"].as<std::string>();
    make_folder(folder);
    json_path = cosim_part(folder, shard);
    scenario.data.shard = shard;
  }
  if (scenario.is_simd()) return cosim_simd_scenario(values, scenario, choices, stalls, json_path);
  choices.stalls = streaming_stalls(stalls);
  CosimSession session(std::move(scenario), choices);
  record_stalls(stalls, session.systemc_run().pipeline, session.systemc_run().images);
  session.run();
  print_cosim_tables(session);
  std::fflush(stdout);
  if (!json_path.empty()) write_file_atomic(json_path, cosim_json(session));
  const std::vector<std::string> failures = cosim_failures(session);
  for (const std::string& failure : failures) complain("{}", failure);
  return failures.empty() ? 0 : 1;
}

}  // namespace

const Verb kCosimVerb = {
    "cosim",
    "generate a scenario's RTL, run it under Verilator, and compare values and cycles with golden, SystemC and plan",
    "psaflow cosim scenarios/psa-h96-w1.yaml --images 16", run};

}  // namespace psaflow
