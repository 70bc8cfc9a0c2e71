// psaflow man: the manual page, of all verbs and their options.
#include <fmt/format.h>

#include "sim/say.h"
#include "sim/verb_options.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

// Text as roff takes it: no letter commands, no line is a request.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return !out.empty() && (out[0] == '.' || out[0] == '\'') ? "\\&" + out : out;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string page_of(const Verb& verb) {
  const VerbOptions options = options_of(verb);
  std::string usage = fmt::format("\\fBpsaflow {}\\fR", roff(verb.name));
  for (const std::string& name : options.positional) usage += " \\fI" + roff(upper(name)) + "\\fR";
  std::string text = fmt::format(".SS {}\n{}\n.PP\n{} [options]\n", roff(verb.name), roff(verb.summary), usage);
  for (const VerbOption& option : options.options) {
    text +=
        fmt::format(".TP\n\\fB\\-\\-{}\\fR{}\n{}{}{}\n", roff(option.name), option.takes_value ? " \\fIarg\\fR" : "",
                    roff(option.description), option.required ? " (required)" : "",
                    option.fallback.empty() ? "" : fmt::format(" (default: {})", roff(option.fallback)));
  }
  return text + fmt::format(".PP\nExample:\n.PP\n.RS\n.nf\n{}\n.fi\n.RE\n", roff(verb.example));
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::variables_map values;
  if (!parse_options(verb, args, po::options_description("Options"), {}, values)) return 0;
  std::string text = fmt::format(
      ".TH PSAFLOW 1 \"\" \"psaflow {}\" \"User Commands\"\n"
      ".SH NAME\npsaflow \\- networks of learned 1\\-D functions, from training to accelerators\n"
      ".SH SYNOPSIS\n\\fBpsaflow\\fR \\fIVERB\\fR [options]\n.PP\n\\fBpsaflow help\\fR \\fIVERB\\fR\n"
      ".SH VERBS\n",
      PSAFLOW_VERSION);
  for (const Verb* each : all_verbs()) text += page_of(*each);
  text +=
      ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\na check failed: a mismatch, a bar that is not met\n.TP\n2\nbad usage or "
      "input, told in one line on standard error\n.TP\n3\na bug of psaflow's\n";
  say("{}", OurText{text});
  return 0;
}

}  // namespace

const Verb kManVerb = {"man", "print the manual page of all verbs", "psaflow man > psaflow.1", run};

}  // namespace psaflow
