// A small SystemVerilog syntax tree: just what structural modules need. Generated RTL is built from it, never glued
// from strings, so that layout is one printer's business and a misspelt or undeclared name is caught here, not by a
// simulator.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace psaflow::sv {

// An expression is its text and the names that it uses. Only the functions below make one.
struct Expr {
  std::string text;
  std::vector<std::string> names;
};
Expr name(const std::string& identifier);
Expr number(int64_t value);                             // 96
Expr text(const std::string& value);                    // "rom/embed_weight.mem"; plain printable ASCII only
Expr slice(const std::string& of, int low, int width);  // of[low+width-1:low]; of[low] when width is 1
Expr concat(const std::vector<Expr>& high_to_low);      // {a, b, c}

enum class Direction { kInput, kOutput };

struct Port {
  Direction direction = Direction::kInput;
  std::string name;
  int width = 1;
  std::string comment;  // one line
};

struct Comment {  // one or more lines of prose, wrapped by the printer
  std::string text;
};
struct Blank {};
struct Signal {
  std::vector<std::string> names;  // of one width, declared on one line
  int width = 1;
};
struct Assign {
  Expr target, value;
};
struct Instance {
  std::string module, name;
  std::vector<std::pair<std::string, Expr>> parameters, ports;
};
using Item = std::variant<Comment, Blank, Signal, Assign, Instance>;

struct ModuleParameter {
  std::string name;
  Expr value;           // its default
  std::string comment;  // one line
};

struct Module {
  std::string name;
  std::string comment;                      // what the module is; wrapped, above it
  std::vector<ModuleParameter> parameters;  // without a type, which every tool takes for numbers and strings alike
  std::vector<Port> ports;                  // none: a test bench
  std::vector<Item> body;
};

// The module as lowRISC style lays it out: ports and connections in columns, `.name` where port and signal share a
// name. A std::logic_error (a bug of the generator) on an illegal or reserved identifier, a name declared twice, used
// before its declaration, or never.
std::string to_text(const Module& module);

// Whether the text is an identifier that SystemVerilog and Verilog leave to the user.
bool is_identifier(const std::string& text);

}  // namespace psaflow::sv
