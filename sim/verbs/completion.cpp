// psaflow completion: what a shell needs to complete verbs and options.
#include <fmt/format.h>

#include "sim/say.h"
#include "sim/verb_options.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

std::string bash_completion() {
  std::string names, cases;
  for (const Verb* verb : all_verbs()) {
    names += std::string(verb->name) + " ";
    std::string options;
    for (const VerbOption& option : options_of(*verb).options) options += "--" + option.name + " ";
    cases += fmt::format("    {}) words='{}--help' ;;\n", verb->name, options);
  }
  return fmt::format(
      "# Completion of psaflow {0} for bash: verbs, their options, files elsewhere.\n"
      "# psaflow completion bash > /etc/bash_completion.d/psaflow\n"
      "_psaflow() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} words=\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    mapfile -t COMPREPLY < <(compgen -W '{1}help --help --version' -- \"$word\")\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}} in\n"
      "    help) words='{1}' ;;\n"
      "{2}"
      "  esac\n"
      "  if [[ $word == -* || ${{COMP_WORDS[1]}} == help ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "  fi\n"
      "}}\n"
      "complete -o default -F _psaflow psaflow\n",
      PSAFLOW_VERSION, names, cases);
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("shell", po::value<std::string>()->required(), "bash");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"shell"}, values)) return 0;
  const auto shell = values["shell"].as<std::string>();
  if (shell != "bash") throw UserError("", "shell", "'" + shell + "'", "bash");
  say("{}", OurText{bash_completion()});
  return 0;
}

}  // namespace

const Verb kCompletionVerb = {"completion", "print what a shell needs to complete verbs and options",
                              "psaflow completion bash > psaflow.bash", run};

}  // namespace psaflow
