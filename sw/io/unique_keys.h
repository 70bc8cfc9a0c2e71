// JSON texts that give a key twice say two things at once; the parser would silently take the last one.
#pragma once
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace psaflow {

// To be called with every event of nlohmann's parser (from its callback): remembers the first key that an object has
// twice.
class UniqueKeys {
 public:
  void see(nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) objects_.emplace_back();
    if (event == Event::object_end && !objects_.empty()) objects_.pop_back();
    if (event == Event::key && !objects_.empty() && repeated_.empty() &&
        !objects_.back().insert(parsed.get_ref<const std::string&>()).second)
      repeated_ = "'" + parsed.get<std::string>() + "'";
  }
  const std::string& repeated() const { return repeated_; }  // in quotes; empty: there is none

 private:
  std::vector<std::set<std::string>> objects_;  // those that are open
  std::string repeated_;
};

}  // namespace psaflow
