// Option parsing shared by the verbs: one help layout, one wording of errors.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>

#include "sim/say.h"
#include "sim/verb.h"
#include "sim/verb_options.h"
#include "sw/base/error.h"

namespace po = boost::program_options;

namespace psaflow {
namespace {

constexpr int kStyle = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

std::string upper(const std::string& text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// The first word of args that is neither an option nor the value of one, after `places` such words. Boost counts them,
// but does not say which it was.
std::string word_too_many(const std::vector<std::string>& args, const po::options_description& options, size_t places) {
  for (const po::option& option : po::command_line_parser(args).options(options).style(kStyle).run().options) {
    if (option.position_key >= 0 && places-- == 0) return option.value.front();
  }
  return "";
}

// Options that must be given and have no place of their own: "--model, --data".
std::string required_options(const po::options_description& options, const std::vector<std::string>& positional) {
  std::string names;
  for (const auto& option : options.options()) {
    const std::string& name = option->long_name();
    if (!option->semantic()->is_required() || std::find(positional.begin(), positional.end(), name) != positional.end())
      continue;
    names += (names.empty() ? "--" : ", --") + name;
  }
  return names;
}

// Where the options of the verb at hand go, instead of being parsed; null: they are parsed.
VerbOptions* listener = nullptr;

void describe(const po::options_description& options, const std::vector<std::string>& positional, VerbOptions& out) {
  out.positional = positional;
  for (const auto& option : options.options()) {
    const std::string& name = option->long_name();
    if (name == "help" || std::find(positional.begin(), positional.end(), name) != positional.end()) continue;
    const po::value_semantic& value = *option->semantic();
    VerbOption one{name, option->description(), value.max_tokens() > 0, value.is_required(), ""};
    boost::any fallback;
    if (one.takes_value && value.apply_default(fallback)) {
      if (const auto* text = boost::any_cast<std::string>(&fallback)) one.fallback = *text;
    }
    out.options.push_back(one);
  }
}

}  // namespace

VerbOptions options_of(const Verb& verb) {
  VerbOptions options;
  listener = &options;
  verb.run(verb, {});
  listener = nullptr;
  return options;
}

bool parse_options(const Verb& verb, const std::vector<std::string>& args, po::options_description options,
                   const std::vector<std::string>& positional, po::variables_map& values) {
  options.add_options()("help,h", "this help");
  const std::string see = fmt::format("see 'psaflow {} --help'", verb.name);
  po::positional_options_description places;
  for (const std::string& name : positional) places.add(name.c_str(), 1);
  if (listener != nullptr) {
    describe(options, positional, *listener);
    return false;
  }
  try {
    po::store(po::command_line_parser(args).options(options).positional(places).style(kStyle).run(), values);
    if (values.count("help") != 0) {
      std::string usage = fmt::format("psaflow {}", verb.name);
      for (const std::string& name : positional) usage += " " + upper(name);
      std::ostringstream help;
      help << usage << " [options]\n" << verb.summary << "\n\nExample:\n  " << verb.example << "\n\n" << options;
      const std::string required = required_options(options, positional);
      if (!required.empty()) help << "\nRequired: " << required << "\n";
      say("{}", OurText{help.str()});
      return false;
    }
    po::notify(values);
  } catch (const po::too_many_positional_options_error&) {
    std::string allowed;
    for (const std::string& name : positional) allowed += upper(name) + ", then ";
    throw UserError("", verb.name, fmt::format("the word '{}'", word_too_many(args, options, positional.size())),
                    fmt::format("{}options, --NAME VALUE ({})", allowed, see));
  } catch (const po::error& error) {
    throw UserError("", fmt::format("{}: {} ({})", verb.name, error.what(), see), "", "");
  }
  for (const auto& [name, value] : values) {
    const auto* text = boost::any_cast<std::string>(&value.value());
    if (options.find(name, false).semantic()->max_tokens() == 0) continue;  // a switch
    if (text != nullptr && text->empty() && !value.defaulted())
      throw UserError("", "--" + name, "''", fmt::format("a value that is not empty ({})", see));
  }
  return true;
}

void without_effect(const po::variables_map& values, const std::string& name, const std::string& why,
                    const std::string& instead) {
  if (values.count(name) != 0 && !values[name].defaulted()) throw UserError("", "--" + name, why, instead);
}

int64_t int_option(const po::variables_map& values, const std::string& name, int64_t low, int64_t high) {
  const auto text = values[name].as<std::string>();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    throw UserError("", "--" + name, fmt::format("'{}'", text), fmt::format("an integer in {}..{}", low, high));
  }
  return value;
}

Shard shard_option(const po::variables_map& values, const std::string& name) {
  if (values.count(name) == 0) return {};
  const std::string text = values[name].as<std::string>();
  size_t index = 0, count = 0;
  int used = 0;
  const bool read = std::sscanf(text.c_str(), "%4zu/%4zu%n", &index, &count, &used) == 2 &&
                    used == static_cast<int>(text.size()) && text.find_first_not_of("0123456789/") == std::string::npos;
  if (!read || index < 1 || count > 1000 || index > count)
    throw UserError("", "--" + name, "'" + text + "'", "I/N, the I-th of N shares, I in 1..N, N in 1..1000");
  return {index - 1, count};
}

double number_option(const po::variables_map& values, const std::string& name, double low, double high) {
  const auto text = values[name].as<std::string>();
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || !(value >= low && value <= high))
    throw UserError("", "--" + name, fmt::format("'{}'", text), fmt::format("a number in {}..{}", low, high));
  return value;
}

}  // namespace psaflow
