#include "sw/base/finding.h"

#include "sw/base/error.h"

namespace psaflow {

void throw_first(const std::vector<Finding>& findings, const std::string& file) {
  if (!findings.empty()) throw UserError(file, findings[0].path, findings[0].found, findings[0].allowed);
}

}  // namespace psaflow
