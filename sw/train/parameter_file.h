// Flat parameter arrays in safetensors files, a tensor a slice, and checked metadata: what the checkpoints of every
// kind of training share.
#pragma once
#include <cstdint>
#include <set>
#include <string>

#include "sw/base/aligned.h"
#include "sw/golden/model.h"
#include "sw/io/safetensors.h"
#include "sw/train/parameters.h"

namespace psaflow {

constexpr const char* kFloatFormat = "psaflow.float/1";  // of float networks, whatever their architecture

// Slices of `values` as F32 tensors "PREFIX + slice name".
void put_parameters(Safetensors& file, const std::string& prefix, const ParameterLayout& layout,
                    const AlignedVector<float>& values);

// The tensors of a file, as a recipe calls for them.
class ParameterReader {
 public:
  explicit ParameterReader(const Safetensors& file) : file_(file) {}

  bool has(const std::string& tensor) const { return file_.tensors.count(tensor) != 0; }
  // UserError when a tensor is missing, has another shape or holds a value that is not finite; and, where its name
  // contains `never_negative`, a value below 0 (variances, second moments).
  AlignedVector<float> read(const std::string& prefix, const ParameterLayout& layout,
                            const char* never_negative = nullptr);
  // The statistics of norms, of which variances are not negative.
  AlignedVector<float> statistics(const std::string& prefix, const ParameterLayout& layout) {
    return read(prefix, layout, ".var");
  }
  // UserError for a tensor that was not read: it would be ignored, and the file says that it matters.
  void expect_no_others() const;

 private:
  const Safetensors& file_;
  std::set<std::string> names_;
};

// How far a training is, as the metadata of every kind of checkpoint have it.
struct TrainingProgress {
  int epochs_done = 0;
  double train_seconds = 0;  // wall time spent so far, over all sessions
  std::string data_sha256;   // see fingerprint(); empty in checkpoints older than it, which may go on with any data
  std::string command;       // that trained it last, as it was given; empty where that is not kept
};
void put_progress(Safetensors& file, const TrainingProgress& progress);
// UserError when a key is missing or wrong, or more than `epochs` are done.
TrainingProgress get_progress(const Safetensors& file, int epochs);

// UserError when the key is missing; when its text is not `wanted`; when it is no number in 0..high.
const std::string& required_metadata(const Safetensors& file, const std::string& key);
void expect_metadata(const Safetensors& file, const std::string& key, const std::string& wanted);
double number_metadata(const Safetensors& file, const std::string& key, double high);

// A number that is an integer, in 0..high; "1.5" or "0x10" is an error.
int64_t integer_metadata(const Safetensors& file, const std::string& key, int64_t high);
// A SHA-256 in hexadecimal; empty where the file has none.
std::string sha256_metadata(const Safetensors& file, const std::string& key);

// The config (where the file has one) says once more what the recipe says: UserError names the key in which they
// differ.
void expect_config(const Safetensors& file, const ModelConfig& recipe);

}  // namespace psaflow
