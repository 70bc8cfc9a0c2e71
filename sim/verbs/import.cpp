// psaflow import: float weights that were trained elsewhere, as a checkpoint that eval, quantize and finetune take.
#include <fmt/format.h>

#include "sim/command_line.h"
#include "sim/say.h"
#include "sim/verb.h"
#include "sw/import/weights.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()(
      "weights", text()->required(),
      "tensors that were trained elsewhere: a PyTorch state dict as safetensors, F32, F16, BF16 or F64")(
      "config", text()->required(),
      "YAML: the network as recipes have it, and how the file names its tensors (sw/import/README.md)")(
      "out", text()->required(), "float checkpoint to write (format psaflow.float/1)");
  po::variables_map values;
  if (!parse_options(verb, args, options, {}, values)) return 0;
  const std::string out = output_option(values, "out");
  distinct_files(values, {"weights", "config", "out"});
  const ImportConfig config = load_import_config(values["config"].as<std::string>());
  const auto weights = values["weights"].as<std::string>();
  ImportedWeights imported = import_weights(Safetensors::load(weights), config);
  Checkpoint& checkpoint = imported.checkpoint;
  checkpoint.command = command_line(verb.name, args);
  save_checkpoint(checkpoint, out);
  std::string types;
  size_t taken = 0;
  for (const auto& [type, count] : imported.taken) {
    types += fmt::format("{}{} {}", types.empty() ? "" : ", ", count, type);
    taken += count;
  }
  say("{}: {} tensors taken ({}), {} ignored, {} filled; {} parameters\n", weights, taken, types, imported.ignored,
      imported.filled, checkpoint.parameters.size());
  if (imported.folded_biases > 0)
    say("the biases of fc1 of {} blocks went into the norms behind them\n", imported.folded_biases);
  say("wrote {0}; next: psaflow quantize {0} --data DATA --out MODEL\n", values["out"].as<std::string>());
  return 0;
}

}  // namespace

const Verb kImportVerb = {"import",
                          "turn float weights trained elsewhere (PyTorch, as safetensors) into a float checkpoint",
                          "psaflow import --weights state.safetensors --config net.yaml --out float.safetensors", run};

}  // namespace psaflow
