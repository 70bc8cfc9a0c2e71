// The pauses of source and sink: what each pattern is, and the file that keeps them.
#include "models/plan/pauses.h"

#include <catch2/catch.hpp>

#include "models/plan/cycles.h"
#include "tests/error_text.h"
#include "tests/plan/small_models.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

std::vector<int64_t> draw(Pauses pauses, size_t beats) {
  std::vector<int64_t> list;
  for (size_t i = 0; i < beats; ++i) list.push_back(pauses.next());
  return list;
}

}  // namespace

TEST_CASE("patterns, by hand") {
  const IntModel model = random_model(small_psa(), 65, 1);  // 16 tokens of 48; 10 logits
  const Pipeline p = build_streaming(model.network, options("rtl"));
  const int64_t ii = predict_ii(p);
  Stalls stalls;
  CHECK_FALSE(stalls.any());
  CHECK(stalls.text() == "none");
  CHECK_FALSE(source_pauses(stalls, p).any());

  stalls.pattern = StallPattern::kAlternate;
  CHECK(stalls.any());
  CHECK(draw(source_pauses(stalls, p), 3) == std::vector<int64_t>{1, 1, 1});
  CHECK(draw(sink_pauses(stalls, p), 3) == std::vector<int64_t>{1, 1, 1});

  stalls.pattern = StallPattern::kSourceBubbles;
  CHECK(draw(source_pauses(stalls, p), 5) == std::vector<int64_t>{0, 1, 0, 1, 0});
  CHECK_FALSE(sink_pauses(stalls, p).any());

  stalls.pattern = StallPattern::kSinkBlocks;  // 4 transposes hold 8 images, and 2 more are counted
  CHECK_FALSE(source_pauses(stalls, p).any());
  const std::vector<int64_t> blocks = draw(sink_pauses(stalls, p), 201);
  for (size_t i = 0; i < blocks.size(); ++i) CHECK((blocks[i] > 0) == (i % 100 == 0));
  CHECK(blocks[0] == predict_cycles(p).latency_cycles + 10 * ii);

  stalls.pattern = StallPattern::kBursts;
  stalls.seed = 9;
  INFO("seed " << stalls.seed);
  const std::vector<int64_t> source = draw(source_pauses(stalls, p), 100000);
  CHECK(source == draw(source_pauses(stalls, p), 100000));
  const auto waits = static_cast<size_t>(std::count_if(source.begin(), source.end(), [](int64_t c) { return c > 0; }));
  CHECK(waits > 50);  // a run is 768 beats on average
  CHECK(waits < 300);
  CHECK(*std::max_element(source.begin(), source.end()) <= 2 * ii);
  stalls.seed = 10;
  CHECK(source != draw(source_pauses(stalls, p), 100000));

  for (const std::string& name : stall_pattern_names()) CHECK(to_string(*find_stall_pattern(name)) == name);
  CHECK_FALSE(find_stall_pattern("recorded").has_value());
  CHECK_FALSE(find_stall_pattern("").has_value());
}

TEST_CASE("what was recorded is replayed, from a file too") {
  const IntModel model = random_model(small_psa(), 65, 1);
  const Pipeline p = build_streaming(model.network, options("rtl", 2));
  const ScratchFolder scratch;
  for (const std::string& name : stall_pattern_names()) {
    Stalls stalls;
    stalls.pattern = *find_stall_pattern(name);
    stalls.input_valid_probability = 0.7;
    stalls.output_ready_probability = 0.2;
    stalls.seed = 4;
    INFO(name << ", seed " << stalls.seed);
    const RecordedPauses recorded = record_pauses(stalls, p, 3);
    write_text(scratch / "p", pauses_text(recorded, stalls.text()));
    Stalls replayed;
    replayed.pattern = StallPattern::kRecorded;
    replayed.recorded = std::make_shared<RecordedPauses>(read_pauses(scratch / "p"));
    CHECK(replayed.recorded->source == recorded.source);
    CHECK(replayed.recorded->sink == recorded.sink);
    CHECK(replayed.any());
    const size_t in = 16 * 24 * 3, out = 5 * 3;  // beats of three images
    CHECK(draw(source_pauses(replayed, p), in) == draw(source_pauses(stalls, p), in));
    CHECK(draw(sink_pauses(replayed, p), out) == draw(sink_pauses(stalls, p), out));
    CHECK(draw(sink_pauses(replayed, p), out + 4)[out + 3] == draw(sink_pauses(stalls, p), 4)[3]);  // and again
  }
}

TEST_CASE("the file, by hand, and what it must not be") {
  const ScratchFolder scratch;
  const auto read = [&](const std::string& text) {
    write_text(scratch / "p", text);
    return read_pauses(scratch / "p");
  };
  const RecordedPauses good = read("# so\npsaflow-pauses 1 # yes\n sink 3x2\t7 source\r\n0x3 1000000000#end");
  CHECK(good.sink == std::vector<uint32_t>{3, 3, 7});
  CHECK(good.source == std::vector<uint32_t>{0, 0, 0, 1000000000});
  CHECK(read("psaflow-pauses 1\nsource\nsink\n").source.empty());
  const struct {
    const char *text, *line;
  } bad[] = {{"", "line 1"},
             {"pauses", "line 1"},
             {"psaflow-pauses 2 source sink", "line 1"},
             {"psaflow-pauses 1\n3 source sink", "line 2: found '3'"},
             {"psaflow-pauses 1\nsource 1\n", "all of source, sink"},
             {"psaflow-pauses 1\nsource 1\nsink 1\nsource", "line 4: found 'source'"},
             {"psaflow-pauses 1\nsource\nsink -1", "line 3: found '-1'"},
             {"psaflow-pauses 1\nsource\nsink 1x", "'1x'"},
             {"psaflow-pauses 1\nsource\nsink 1x0", "'1x0'"},
             {"psaflow-pauses 1\nsource\nsink 1x-3", "'1x-3'"},
             {"psaflow-pauses 1\nsource\nsink x3", "'x3'"},
             {"psaflow-pauses 1\nsource\nsink 1.5", "'1.5'"},
             {"psaflow-pauses 1\nsource\nsink 1000000001", "0..1000000000"},
             {"psaflow-pauses 1\nsource\nsink 4294967297", "0..1000000000"},
             {"psaflow-pauses 1\nsource\nsink 1x99999999999", "at most"},
             {"psaflow-pauses 1\nsource\nsink 1x268435456 1", "at most"},
             {"psaflow-pauses 1\nsource\nsink 1x99999999999999999999", "PAUSExCOUNT"}};
  for (const auto& b : bad) {
    INFO(b.text);
    const std::string error = error_of([&] { read(b.text); });
    CHECK_THAT(error, Contains(scratch / "p") && Contains(b.line));
    CHECK(error.find('\n') == std::string::npos);
  }
  CHECK_FALSE(error_of([&] { read_pauses(scratch / "none"); }).empty());
}
