// Option parsing shared by the verbs: one help layout, one wording of errors.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <iostream>

#include "sim/verb.h"
#include "sw/base/error.h"

namespace po = boost::program_options;

namespace psaflow {

bool parse_options(const Verb& verb, const std::vector<std::string>& args, po::options_description options,
                   const std::vector<std::string>& positional, po::variables_map& values) {
  options.add_options()("help,h", "this help");
  const std::string see = fmt::format("see 'psaflow {} --help'", verb.name);
  po::positional_options_description places;
  for (const std::string& name : positional) places.add(name.c_str(), 1);
  try {
    po::store(po::command_line_parser(args)
                  .options(options)
                  .positional(places)
                  .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                  .run(),
              values);
    if (values.count("help") != 0) {
      std::string usage = fmt::format("psaflow {}", verb.name);
      for (const std::string& name : positional) {
        usage += ' ';
        for (char c : name) usage += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      }
      std::cout << usage << " [options]\n" << verb.summary << "\n\nExample:\n  " << verb.example << "\n\n" << options;
      return false;
    }
    po::notify(values);
  } catch (const po::error& error) {
    throw UserError("", fmt::format("{}: {} ({})", verb.name, error.what(), see), "", "");
  }
  return true;
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

double number_option(const po::variables_map& values, const std::string& name, double low, double high) {
  const auto text = values[name].as<std::string>();
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || !(value >= low && value <= high))
    throw UserError("", "--" + name, fmt::format("'{}'", text), fmt::format("a number in {}..{}", low, high));
  return value;
}

std::string output_option(const po::variables_map& values, const std::string& name) {
  if (values.count(name) == 0) return "";
  const auto path = values[name].as<std::string>();
  const std::string key = "--" + name;
  std::error_code error;
  if (path.empty()) throw UserError("", key, "''", "a file to write");
  if (std::filesystem::is_directory(path, error)) throw UserError(path, key, "a directory", "a file to write");
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!std::filesystem::is_directory(folder, error))
    throw UserError(path, key, fmt::format("no folder {}", folder.string()), "a file in a folder that exists");
  const bool special =
      std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error);  // /dev/stdout, say
  if (::access(special ? path.c_str() : folder.c_str(), W_OK) != 0)
    throw UserError(path, key, fmt::format("no right to write {}", special ? path : folder.string()),
                    "a file that can be written");
  return path;
}

}  // namespace psaflow
