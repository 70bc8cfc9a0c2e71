#include <algorithm>
#include <set>

#include "rtl_gen/syntax/syntax.h"
#include "sw/base/error.h"

namespace psaflow::sv {
namespace {

constexpr size_t kColumns = 120;

std::string padded(const std::string& text, size_t width) {
  return text + std::string(width - text.size(), ' ');
}

std::string range(int width) {
  return width == 1 ? "" : "[" + std::to_string(width - 1) + ":0]";
}

// The words of `text` in lines of at most kColumns behind `prefix`; its own line breaks stay.
std::string wrapped(const std::string& text, const std::string& prefix) {
  std::string out, line;
  const auto flush = [&] {
    if (!line.empty()) out += prefix + line + "\n";
    line.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && prefix.size() + line.size() + 1 + word.size() > kColumns) flush();
    if (!word.empty()) line += (line.empty() ? "" : " ") + word;
    if (end < text.size() && text[end] == '\n') flush();
    at = end + 1;
  }
  flush();
  return out;
}

class Printer {
 public:
  explicit Printer(const Module& module) : module_(module) {}

  std::string print() {
    declare(module_.name);
    declared_.clear();
    out_ = wrapped(module_.comment, "// ") + "module " + module_.name;
    print_parameters();
    print_ports();
    for (size_t i = 0; i < module_.body.size(); ++i)
      std::visit([this](const auto& item) { print_item(item); }, module_.body[i]);
    out_ += "endmodule\n";
    return std::move(out_);
  }

 private:
  void declare(const std::string& identifier) {
    PSAFLOW_CHECK(is_identifier(identifier), module_.name + ": '" + identifier + "' is no identifier");
    PSAFLOW_CHECK(declared_.insert(identifier).second, module_.name + ": " + identifier + " is declared twice");
  }
  void check_names(const Expr& e) const {
    for (const std::string& n : e.names)
      PSAFLOW_CHECK(declared_.count(n) == 1, module_.name + ": " + n + " is not declared");
  }

  void print_parameters() {
    size_t name_width = 0;
    const auto text = [](const ModuleParameter& p) { return "parameter " + p.name + " = " + p.value.text; };
    for (const ModuleParameter& p : module_.parameters) {
      declare(p.name);
      name_width = std::max(name_width, text(p).size() + (&p == &module_.parameters.back() ? 0 : 1));
    }
    if (module_.parameters.empty()) return;
    out_ += " #(\n";
    for (const ModuleParameter& p : module_.parameters) {
      const std::string line = text(p) + (&p == &module_.parameters.back() ? "" : ",");
      out_ += "  " + (p.comment.empty() ? line : padded(line, name_width) + "  // " + p.comment) + "\n";
    }
    out_ += ")";
  }

  void print_ports() {
    if (module_.ports.empty()) {
      out_ += ";\n";
      return;
    }
    size_t range_width = 0, name_width = 0;
    for (const Port& p : module_.ports) {
      declare(p.name);
      range_width = std::max(range_width, range(p.width).size());
      name_width = std::max(name_width, p.name.size() + (&p == &module_.ports.back() ? 0 : 1));
    }
    out_ += " (\n";
    for (size_t i = 0; i < module_.ports.size(); ++i) {
      const Port& p = module_.ports[i];
      std::string line = p.direction == Direction::kInput ? "  input  logic " : "  output logic ";
      if (range_width > 0) line += padded(range(p.width), range_width) + " ";
      const std::string named = p.name + (i + 1 < module_.ports.size() ? "," : "");
      line += p.comment.empty() ? named : padded(named, name_width) + "  // " + p.comment;
      out_ += line + "\n";
    }
    out_ += ");\n";
  }

  void print_item(const Comment& comment) { out_ += wrapped(comment.text, "  // "); }
  void print_item(const Blank&) { out_ += "\n"; }
  void print_item(const Signal& signal) {
    std::string list;
    for (const std::string& n : signal.names) {
      declare(n);
      list += (list.empty() ? "" : ", ") + n;
    }
    out_ += "  logic " + (signal.width == 1 ? "" : range(signal.width) + " ") + list + ";\n";
  }
  void print_item(const Assign& assign) {
    check_names(assign.target);
    check_names(assign.value);
    const std::string line = "  assign " + assign.target.text + " = " + assign.value.text + ";";
    out_ += line.size() <= kColumns ? line + "\n" : folded(assign);
  }

  // A long concatenation, one part a line.
  std::string folded(const Assign& assign) const {
    std::string value = assign.value.text;
    for (size_t at = 0; (at = value.find(", ", at)) != std::string::npos; at += 6) value.replace(at, 2, ",\n    ");
    if (value.front() == '{') value = "{\n    " + value.substr(1, value.size() - 2) + "\n  }";
    return "  assign " + assign.target.text + " = " + value + ";\n";
  }

  void print_item(const Instance& instance) {
    PSAFLOW_CHECK(is_identifier(instance.module), module_.name + ": '" + instance.module + "' is no module");
    declare(instance.name);
    out_ += "  " + instance.module;
    if (!instance.parameters.empty()) {
      out_ += " #(\n";
      print_connections(instance.parameters, false);
      out_ += "  )";
    }
    out_ += " " + instance.name + " (\n";
    print_connections(instance.ports, true);
    out_ += "  );\n";
  }

  // `short_names`: `.name` where both sides are called alike, which the language has for ports, not for parameters.
  void print_connections(const std::vector<std::pair<std::string, Expr>>& list, bool short_names) {
    size_t width = 0;
    for (const auto& [port, value] : list) {
      PSAFLOW_CHECK(is_identifier(port), module_.name + ": '" + port + "' is no port");
      check_names(value);
      if (!short_names || value.text != port) width = std::max(width, port.size());
    }
    for (size_t i = 0; i < list.size(); ++i) {
      const auto& [port, value] = list[i];
      out_ += "    ." + (short_names && value.text == port ? port : padded(port, width) + "(" + value.text + ")");
      out_ += i + 1 < list.size() ? ",\n" : "\n";
    }
  }

  const Module& module_;
  std::set<std::string> declared_;
  std::string out_;
};

}  // namespace

std::string to_text(const Module& module) {
  return Printer(module).print();
}

}  // namespace psaflow::sv
