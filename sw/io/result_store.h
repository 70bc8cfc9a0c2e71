// Results of long work, kept line by line as they come, so that a run that was killed goes on from there and machines that share a
// folder share the work.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "sw/base/descriptor.h"

namespace psaflow {

// Files STEM.txt and STEM-*.txt of a folder: a first line that names the work, then "KEY VALUE" a line. All with the same first line are
// read; one is appended to. A line that was cut off by a kill is no line.
class ResultStore {
 public:
  // work: what the results depend on, any text of one line. part: appended to is STEM-PART.txt ("": STEM.txt), begun anew where it is of
  // other work. UserError where the folder cannot be written to.
  ResultStore(const std::string& folder, const std::string& stem, const std::string& part, const std::string& work);

  // Of any text; thread-safe, as is the next.
  std::optional<std::string> find(const std::string& key) const;
  // Kept on disk when it returns. The value is one line. UserError where it cannot be written.
  void add(const std::string& key, const std::string& value);

 private:
  void read(const std::string& path, const std::string& first);

  std::string path_;
  std::optional<Descriptor> file_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> values_;  // by the key's hash
};

}  // namespace psaflow
