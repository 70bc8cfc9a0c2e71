// A verb of the command line: a thin command over the libraries. Each lives in sim/verbs and is listed in sim/main.cpp.
#pragma once
#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "sw/base/shard.h"

namespace psaflow {

struct Verb {
  const char* name;
  const char* summary;  // one line, for `psaflow --help`
  const char* example;  // a command line that works in a checkout, for `psaflow VERB --help`
  // args: what follows the verb. Returns the exit status: 0 done, 1 a check failed. Throws UserError for bad usage or
  // input (2).
  int (*run)(const Verb& verb, const std::vector<std::string>& args);
};

extern const Verb kFetchDataVerb, kTrainVerb, kImportVerb, kQuantizeVerb, kFinetuneVerb, kEvalVerb, kInspectVerb,
    kZooVerb, kSimulateVerb, kCosimVerb, kSynthVerb, kExploreVerb, kPaperVerb, kCalibrateVerb, kExportVerb,
    kCompletionVerb, kManVerb;
const std::vector<const Verb*>& all_verbs();  // in the order of `psaflow --help`;

// Parses args against `options` and the positional names, in order. Prints help and returns false on --help.
// UserError on an unknown, repeated, valueless, empty or missing option, or a word too many, naming it and suggesting
// `psaflow VERB --help`.
bool parse_options(const Verb& verb, const std::vector<std::string>& args,
                   boost::program_options::options_description options, const std::vector<std::string>& positional,
                   boost::program_options::variables_map& values);

// The option's integer, checked against low..high; UserError names the option, the value and the range.
int64_t int_option(const boost::program_options::variables_map& values, const std::string& name, int64_t low,
                   int64_t high);

// The option's "I/N", the I-th of N shares, N up to 1000; all of the work when it was not given. UserError likewise.
Shard shard_option(const boost::program_options::variables_map& values, const std::string& name);

// The option's number, checked against low..high likewise.
double number_option(const boost::program_options::variables_map& values, const std::string& name, double low,
                     double high);

// The path of a file to write, empty when the option was not given. UserError now, rather than after the work, when no
// file can be written there.
std::string output_option(const boost::program_options::variables_map& values, const std::string& name);

// UserError when two of these options name the same file, whatever the links between, or one of them a file of `read`,
// which the verb reads, or of `written`, which it writes anyhow: the one listed first keeps it. Those not given, or not known to the verb, are left out.
void distinct_files(const boost::program_options::variables_map& values, const std::vector<std::string>& names,
                    const std::vector<std::string>& read = {}, const std::vector<std::string>& written = {});

// UserError: --name was given and has no effect because of `why`; allowed: `instead`. Nothing when it was not given.
void without_effect(const boost::program_options::variables_map& values, const std::string& name,
                    const std::string& why, const std::string& instead);

}  // namespace psaflow
