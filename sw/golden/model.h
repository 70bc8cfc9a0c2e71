// An integer model as the model file of the contract holds it, and that file.
#pragma once
#include <string>
#include <vector>

#include "sw/network/resmlp.h"

namespace psaflow {

// A ResMLP: its configuration, and its network with all constants, wired as resmlp(config) wires it.
struct IntModel {
  ModelConfig config;
  Network network;
};

// Reads and writes the safetensors file of the contract (format "psaflow.int8/1"). UserError names the file and the
// tensor or metadata key; a model that loads is consistent in every dimension.
IntModel load_int_model(const std::string& path);
IntModel parse_int_model(const std::vector<char>& bytes, const std::string& name);  // name: for errors
void save_int_model(const IntModel& model, const std::string& path);

// A config's JSON text and back. UserError on a missing key, a wrong type or an illegal value.
std::string config_to_json(const ModelConfig& config);
ModelConfig config_from_json(const std::string& text, const std::string& file);

}  // namespace psaflow
