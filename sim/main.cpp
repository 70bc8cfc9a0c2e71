// The program `psaflow`: finds the verb, and turns what it throws into one line and an exit status.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>

#include "sim/say.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/words.h"

namespace psaflow {
namespace {

std::string help() {
  std::string text = fmt::format(
      "psaflow {}: networks of learned 1-D functions, from training to accelerators\n\nusage: psaflow VERB "
      "[options]\n\nverbs:\n",
      PSAFLOW_VERSION);
  for (const Verb* verb : all_verbs()) text += fmt::format("  {:<12} {}\n", verb->name, verb->summary);
  return text +
         "\n'psaflow VERB --help' (or 'psaflow help VERB') explains a verb and gives an example; 'psaflow --version' "
         "tells the version.\n";
}

const Verb& find_verb(const std::string& word) {
  std::vector<std::string> names;
  for (const Verb* verb : all_verbs()) {
    if (word == verb->name) return *verb;
    names.emplace_back(verb->name);
  }
  throw UserError("", "verb", quoted_word(word, names), fmt::format("{}", fmt::join(names, ", ")));
}

int run(const std::vector<std::string>& args) {
  if (args.empty()) {
    std::fputs(help().c_str(), stderr);
    return 2;
  }
  if (args[0] == "help" && args.size() > 1) {
    if (args.size() > 2) throw UserError("", "help", "'" + args[2] + "'", "one verb");
    const Verb& verb = find_verb(args[1]);
    return verb.run(verb, {"--help"});
  }
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
    say("{}", OurText{help()});
    return 0;
  }
  if (args[0] == "--version") {
    say("psaflow {}\n", PSAFLOW_VERSION);
    return 0;
  }
  const Verb& verb = find_verb(args[0]);
  return verb.run(verb, {args.begin() + 1, args.end()});
}

int output_lost(const std::string& why) {
  complain("{}", UserError("standard output", "cannot write: " + why, "", "").what());
  return 2;
}

int run_guarded(const std::vector<std::string>& args) {
  try {
    return run(args);
  } catch (const UserError& error) {
    complain("{}", error.what());
    return 2;
  } catch (const std::filesystem::filesystem_error& error) {
    complain("{}", UserError(error.path1().string(), error.code().message(), "", "").what());
    return 2;
  } catch (const std::system_error& error) {  // the machine refuses something: what was printed, a process, a thread
    if (std::ferror(stdout) != 0) return output_lost(error.code().message());
    complain("{}", UserError("", error.what(), "", "").what());
    return 2;
  } catch (const std::bad_alloc&) {
    complain("out of memory");
    return 2;
  } catch (const std::exception& error) {
    complain("{}", error.what());
    return 3;
  }
}

// A standard stream that the caller closed leaves its number to the first file we open, which would then receive what
// is printed: /dev/null takes the place. False when standard output was closed.
bool hold_standard_streams() {
  bool output = true;
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) != -1) continue;
    output = output && stream != STDOUT_FILENO;
    (void)!::open("/dev/null", O_RDWR);  // takes the lowest free number: this one
  }
  return output;
}

}  // namespace

const std::vector<const Verb*>& all_verbs() {
  static const std::vector<const Verb*> kVerbs = {
      &kFetchDataVerb, &kTrainVerb,     &kImportVerb,   &kQuantizeVerb,   &kFinetuneVerb, &kEvalVerb,
      &kInspectVerb,   &kZooVerb,       &kSimulateVerb, &kCosimVerb,      &kSynthVerb,    &kExploreVerb,
      &kPaperVerb,     &kCalibrateVerb, &kExportVerb,   &kCompletionVerb, &kManVerb};
  return kVerbs;
}

}  // namespace psaflow

// SystemC's library brings a main() that prints a banner; this one takes its place.
int main(int argc, char* argv[]) {
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  if (!psaflow::hold_standard_streams()) {
    psaflow::complain("standard output: found a closed stream; allowed: an open one, /dev/null for instance");
    return 2;
  }
  const int status = psaflow::run_guarded({argv + std::min(argc, 1), argv + argc});
  if (status >= 2) return status;  // told already
  errno = 0;
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  return lost ? psaflow::output_lost(errno != 0 ? std::strerror(errno) : "what was printed before is lost") : status;
}

// Never called: SystemC's library demands that the symbol exists.
extern "C" int sc_main(int, char*[]) {
  return 0;
}
