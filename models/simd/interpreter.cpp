// A program run for its function alone: the loads and passes in the program's order, no clock.
#include "models/simd/datapath.h"
#include "sw/base/error.h"

namespace psaflow {

std::vector<int8_t> interpret_simd(const Network& network, const SimdMapping& mapping, const int8_t* images,
                                   size_t count) {
  const SimdProgram program = decode_program(mapping.image.data(), mapping.image.size(), mapping.hardware);
  PSAFLOW_CHECK(check_program(program, mapping.hardware).empty(), "the compiler's programs are legal");
  SimdDatapath datapath(mapping.hardware);
  datapath.start(program);
  const auto classes = static_cast<size_t>(mapping.classes);
  const auto values = static_cast<size_t>(network.input().size());
  std::vector<int8_t> answers(count * classes);
  std::vector<uint8_t> packed(program.image_bytes), results;
  for (size_t i = 0; i < count; ++i) {
    pack_simd_image(network, mapping, images + i * values, packed.data());
    results.clear();
    for (const SimdPass& pass : program.passes) {
      datapath.load(SimdRing::kInput, packed.data(), pass.input_beats);
      const uint8_t* at = mapping.image.data() + pass.parameter_offset;
      for (const auto& [ring, beats] :
           {std::pair{SimdRing::kConstants, pass.constant_beats}, std::pair{SimdRing::kWeights, pass.weight_beats},
            std::pair{SimdRing::kTables, pass.table_beats}}) {
        datapath.load(ring, at, beats);
        at += size_t{beats} * static_cast<size_t>(mapping.hardware.bus_bytes);
      }
      datapath.run(pass, results);
    }
    PSAFLOW_CHECK(results.size() == program.result_bytes, "as many results as the program says");
    unpack_simd_result(mapping, results.data(), answers.data() + i * classes);
  }
  return answers;
}

}  // namespace psaflow
