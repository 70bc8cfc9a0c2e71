// The program `psaflow`: finds the verb, and turns what it throws into one line and an exit status.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "sim/verb.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

const Verb* const kVerbs[] = {&kFetchDataVerb, &kTrainVerb, &kQuantizeVerb, &kFinetuneVerb, &kEvalVerb,
                              &kInspectVerb,   &kZooVerb,   &kSimulateVerb, &kCosimVerb,    &kExportVerb};

void print_help() {
  fmt::print(
      "psaflow {}: networks of learned 1-D functions, from training to accelerators\n\nusage: psaflow VERB "
      "[options]\n\nverbs:\n",
      PSAFLOW_VERSION);
  for (const Verb* verb : kVerbs) fmt::print("  {:<12} {}\n", verb->name, verb->summary);
  fmt::print("\n'psaflow VERB --help' explains a verb and gives an example.\n");
}

int run(const std::vector<std::string>& args) {
  if (args.empty()) {
    print_help();
    return 2;
  }
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
    print_help();
    return 0;
  }
  if (args[0] == "--version") {
    fmt::print("psaflow {}\n", PSAFLOW_VERSION);
    return 0;
  }
  const auto* const verb =
      std::find_if(std::begin(kVerbs), std::end(kVerbs), [&](const Verb* v) { return args[0] == v->name; });
  if (verb == std::end(kVerbs)) {
    std::string names;
    for (const Verb* v : kVerbs) names += fmt::format("{}{}", names.empty() ? "" : ", ", v->name);
    throw UserError("", "verb", "'" + args[0] + "'", names);
  }
  return (*verb)->run(**verb, {args.begin() + 1, args.end()});
}

}  // namespace
}  // namespace psaflow

// SystemC's library brings a main() that prints a banner; this one takes its place.
int main(int argc, char* argv[]) {
  ::setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  try {
    return psaflow::run({argv + 1, argv + argc});
  } catch (const psaflow::UserError& error) {
    fmt::print(stderr, "psaflow: {}\n", error.what());
    return 2;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "psaflow: out of memory\n");
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "psaflow: {}\n", error.what());
    return 3;
  }
}

// Never called: SystemC's library demands that the symbol exists.
extern "C" int sc_main(int, char*[]) {
  return 0;
}
