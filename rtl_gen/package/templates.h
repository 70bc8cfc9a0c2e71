// The texts that are not SystemVerilog: each a file of rtl_gen/package/files with {{key}} where something of the design
// stands.
#pragma once
#include <map>
#include <string>

namespace psaflow::ip {

// The embedded file of that name.
const std::string& embedded(const std::string& name);

// The file with every {{key}} replaced. A std::logic_error where a key has no value, or a value no key in the file.
std::string filled(const std::string& name, const std::map<std::string, std::string>& values);

}  // namespace psaflow::ip
