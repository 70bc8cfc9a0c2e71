// An integer model as the model file of the contract holds it: plain parameters, no behaviour. Every array is
// row-major.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace psaflow {

struct LinearParams {  // K = in -> M = out
  int in = 0, out = 0;
  std::vector<int8_t> weight;  // [out, in]
  std::vector<int8_t> bias;    // [out]
  std::vector<uint8_t> shift;  // [out], 0..31
};

struct AffineParams {                // one multiply and add a channel
  std::vector<int8_t> weight, bias;  // [channels]
  std::vector<uint8_t> shift;        // [channels], 0..31
  int channels() const { return static_cast<int>(weight.size()); }
};

struct TableParams {             // a learned 1-D function a channel
  int channels = 0, points = 0;  // points: 256 (direct) or 2^k + 1, k in 1..7 (lerp)
  std::vector<int8_t> values;    // [channels, points]
  // k of a lerp table, 8 of a direct one: the number of input bits that address the table.
  int lerp_log2() const {
    int k = 0;
    while ((1 << k) < points - 1) ++k;
    return k;
  }
  const int8_t* channel(int c) const { return values.data() + static_cast<size_t>(c) * points; }
};

enum class Activation { kRelu, kPsa, kBspline, kTable };
const char* to_string(Activation activation);

struct ModelConfig {
  int image_channels = 3, image_height = 32, image_width = 32;
  int patch = 4, embed = 96, hidden = 96, blocks = 4, classes = 10;
  Activation activation = Activation::kPsa;
  std::vector<double> mean, std;  // [image_channels]
  double input_scale = 1;         // INT8 steps per unit of the normalised pixel

  int tokens() const { return (image_height / patch) * (image_width / patch); }  // T
  int features() const { return patch * patch * image_channels; }                // F
  bool has_tables() const { return activation != Activation::kRelu; }
};

struct BlockParams {
  AffineParams token_residual, token_pre, token_post;
  LinearParams token_mix;  // T -> T, the same for every channel
  AffineParams channel_residual;
  std::optional<TableParams> psa1;  // [embed, points]; absent for "relu"
  LinearParams fc1;                 // embed -> hidden; clamped to 0..127 for "relu"
  std::optional<TableParams> psa2;  // [hidden, points]; absent for "relu"
  LinearParams fc2;                 // hidden -> embed
};

struct IntModel {
  ModelConfig config;
  LinearParams embed;  // F -> embed
  std::vector<BlockParams> blocks;
  LinearParams head;  // embed -> classes
};

// Multiplications an image, and parameters including table points.
int64_t count_macs(const IntModel& model);
int64_t count_parameters(const IntModel& model);

// Reads and writes the safetensors file of the contract (format "psaflow.int8/1"). UserError names the file and the
// tensor or metadata key; a model that loads is consistent in every dimension.
IntModel load_int_model(const std::string& path);
IntModel parse_int_model(const std::vector<char>& bytes, const std::string& name);  // name: for errors
void save_int_model(const IntModel& model, const std::string& path);

// A config's JSON text and back. UserError on a missing key, a wrong type or an illegal value.
std::string config_to_json(const ModelConfig& config);
ModelConfig config_from_json(const std::string& text, const std::string& file);

}  // namespace psaflow
