// Option parsing shared by the verbs: one help layout, one wording of errors.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>

#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

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

}  // namespace

bool parse_options(const Verb& verb, const std::vector<std::string>& args, po::options_description options,
                   const std::vector<std::string>& positional, po::variables_map& values) {
  options.add_options()("help,h", "this help");
  const std::string see = fmt::format("see 'psaflow {} --help'", verb.name);
  po::positional_options_description places;
  for (const std::string& name : positional) places.add(name.c_str(), 1);
  try {
    po::store(po::command_line_parser(args).options(options).positional(places).style(kStyle).run(), values);
    if (values.count("help") != 0) {
      std::string usage = fmt::format("psaflow {}", verb.name);
      for (const std::string& name : positional) usage += " " + upper(name);
      std::cout << usage << " [options]\n" << verb.summary << "\n\nExample:\n  " << verb.example << "\n\n" << options;
      const std::string required = required_options(options, positional);
      if (!required.empty()) std::cout << "\nRequired: " << required << "\n";
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

namespace {

bool is_standard_output(const std::string& path) {
  return path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1";
}

// Standard output is the file of one option: what is printed goes to standard error from now on. The path of what was
// standard output.
std::string take_standard_output(const std::string& key) {
  static std::string owner;
  if (!owner.empty()) throw UserError("-", key, "standard output, which " + owner + " writes to", "another file");
  owner = key;
  std::fflush(stdout);
  const int data = ::dup(STDOUT_FILENO);
  if (data < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    throw UserError("-", key, std::strerror(errno), "a standard output that can be written");
  return fmt::format("/dev/fd/{}", data);
}

// Whether the path is the file that the shell has opened as our standard output: replaced, it would lose what is printed.
bool is_where_we_print(const std::string& path) {
  struct stat file {
  }, output{};
  return ::stat(path.c_str(), &file) == 0 && ::fstat(STDOUT_FILENO, &output) == 0 && S_ISREG(file.st_mode) &&
         file.st_dev == output.st_dev && file.st_ino == output.st_ino;
}

// The file system's own word on the names that writing takes.
bool too_long(const std::string& path) {
  struct stat info {};
  return ::lstat(aside_path(path).c_str(), &info) != 0 && errno == ENAMETOOLONG;
}

}  // namespace

std::string output_option(const po::variables_map& values, const std::string& name) {
  if (values.count(name) == 0) return "";
  auto path = values[name].as<std::string>();
  const std::string key = "--" + name;
  std::error_code error;
  if (is_standard_output(path)) return take_standard_output(key);
  if (is_where_we_print(path))
    throw UserError(path, key, "the file that standard output goes to", "another file, or '-' for standard output");
  if (too_long(path)) {
    throw UserError(path, key,
                    fmt::format("a name of {} bytes", std::filesystem::path(path).filename().string().size()),
                    "a name of at most 230 bytes");
  }
  if (std::filesystem::is_directory(path, error)) throw UserError(path, key, "a directory", "a file to write");
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const std::filesystem::file_status status = std::filesystem::status(folder, error);
  if (!std::filesystem::is_directory(status)) {
    throw UserError(path, key,
                    std::filesystem::status_known(status) ? fmt::format("no folder {}", folder.string())
                                                          : fmt::format("{}: {}", folder.string(), error.message()),
                    "a file in a folder that exists");
  }
  const bool special =
      std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error);  // /dev/stdout, say
  if (::access(special ? path.c_str() : folder.c_str(), W_OK) != 0)
    throw UserError(path, key, fmt::format("no right to write {}", special ? path : folder.string()),
                    "a file that can be written");
  return path;
}

void distinct_files(const po::variables_map& values, const std::vector<std::string>& names,
                    const std::vector<std::string>& read) {
  const auto target_of = [](const std::string& path) {
    std::error_code error;
    std::filesystem::path target = std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
    return error ? std::filesystem::path(path) : target;
  };
  std::map<std::filesystem::path, std::string> owners;
  for (const std::string& path : read) owners.emplace(target_of(path), "a file that is read");
  for (const std::string& name : names) {
    if (values.count(name) == 0) continue;
    const auto path = values[name].as<std::string>();
    if (is_standard_output(path)) continue;                                        // output_option() gives it to one
    if (path.rfind("/dev/", 0) == 0 && path.rfind("/dev/shm/", 0) != 0) continue;  // /dev/null takes everything
    const auto [owner, fresh] = owners.emplace(target_of(path), "the file of --" + name);
    if (!fresh) throw UserError(path, "--" + name, owner->second, "another file");
  }
}

}  // namespace psaflow
