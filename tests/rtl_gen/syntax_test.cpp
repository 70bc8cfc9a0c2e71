// The syntax tree: its printed form letter by letter, and the mistakes of a generator that it must refuse.
#include <catch2/catch.hpp>

#include "rtl_gen/syntax/syntax.h"

using namespace psaflow;

namespace {

sv::Module example() {
  sv::Module m;
  m.name = "twin";
  m.comment = "twin, an example: two FIFOs.";
  m.ports = {{sv::Direction::kInput, "clk_i", 1, "clock"},
             {sv::Direction::kInput, "in_data_i", 8, ""},
             {sv::Direction::kOutput, "out_data_o", 16, "both"}};
  m.body = {
      sv::Comment{"The first half."},
      sv::Signal{{"a", "b"}, 1},
      sv::Signal{{"word"}, 8},
      sv::Instance{
          "stream_fifo",
          "u_fifo",
          {{"Width", sv::number(8)}, {"File", sv::text("x.mem")}},
          {{"clk_i", sv::name("clk_i")}, {"in_i", sv::slice("in_data_i", 0, 4)}, {"out_data_o", sv::name("word")}}},
      sv::Blank{},
      sv::Assign{sv::name("a"), sv::concat({sv::name("b"), sv::slice("word", 3, 1)})},
      sv::Assign{sv::name("out_data_o"), sv::concat({sv::name("word"), sv::name("in_data_i")})}};
  return m;
}

}  // namespace

TEST_CASE("a module is printed in one layout") {
  CHECK(sv::to_text(example()) == R"(// twin, an example: two FIFOs.
module twin (
  input  logic        clk_i,      // clock
  input  logic [7:0]  in_data_i,
  output logic [15:0] out_data_o  // both
);
  // The first half.
  logic a, b;
  logic [7:0] word;
  stream_fifo #(
    .Width(8),
    .File ("x.mem")
  ) u_fifo (
    .clk_i,
    .in_i      (in_data_i[3:0]),
    .out_data_o(word)
  );

  assign a = {b, word[3]};
  assign out_data_o = {word, in_data_i};
endmodule
)");
}

TEST_CASE("comments are wrapped at 120 columns and keep their own breaks") {
  sv::Module m = example();
  m.comment = std::string(70, 'x') + " " + std::string(70, 'y') + "\nz";
  const std::string text = sv::to_text(m);
  CHECK(text.substr(0, text.find("module")) ==
        "// " + std::string(70, 'x') + "\n// " + std::string(70, 'y') + "\n// z\n");
}

TEST_CASE("a long concatenation is folded") {
  sv::Module m = example();
  std::vector<sv::Expr> parts(30, sv::name("word"));
  m.body.push_back(sv::Assign{sv::name("in_data_i"), sv::concat(parts)});
  const std::string text = sv::to_text(m);
  CHECK(text.find("assign in_data_i = {\n    word,\n    word,\n") != std::string::npos);
  CHECK(text.find("    word\n  };\n") != std::string::npos);
}

TEST_CASE("undeclared, repeated and illegal names are refused") {
  const auto with = [](sv::Item item) {
    sv::Module m = example();
    m.body.push_back(std::move(item));
    return sv::to_text(m);
  };
  CHECK_THROWS_AS(with(sv::Assign{sv::name("a"), sv::name("nobody")}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Assign{sv::slice("nobody", 0, 1), sv::name("a")}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Signal{{"word"}, 8}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Signal{{"clk_i"}, 1}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Signal{{"module"}, 1}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Signal{{"9lives"}, 1}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Signal{{"a b"}, 1}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Instance{"x", "u_fifo", {}, {}}), std::logic_error);
  CHECK_THROWS_AS(with(sv::Instance{"x", "u_x", {}, {{"p", sv::name("nobody")}}}), std::logic_error);
  CHECK_THROWS_AS(sv::text("a\"b"), std::logic_error);
  CHECK_THROWS_AS(sv::text("a\nb"), std::logic_error);
}

TEST_CASE("reserved words") {
  for (const char* word : {"table", "small", "logic", "unique0", "always_ff", "accept_on", "xor"})
    CHECK_FALSE(sv::is_identifier(word));
  for (const char* word : {"tables", "x", "_", "psa_h96", "Logic", "always_f"}) CHECK(sv::is_identifier(word));
  for (const char* word : {"", "1x", "a.b", "a-b", "\xc3\xa4"}) CHECK_FALSE(sv::is_identifier(word));
}
