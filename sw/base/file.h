// Files read whole, and files that appear under their final name only when complete.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace psaflow {

// The whole file. UserError when it cannot be opened or read, is not a regular file, or is larger than max_bytes.
std::vector<char> read_file(const std::string& path, size_t max_bytes = size_t{4} << 30);

// Writes PATH.tmp.PID beside the target, syncs it and renames it onto path; on any error the temporary file is removed
// and UserError thrown.
void write_file_atomic(const std::string& path, const void* data, size_t size);
void write_file_atomic(const std::string& path, const std::string& text);

// For files that something else writes, bit by bit: where to write what publish_file() then brings under the name
// `path`. Beside it, or where temporary files go when `path` is a device or pipe.
std::string aside_path(const std::string& path);
// Moves a finished file onto `path`, through links; a device or pipe gets its bytes. `aside` is gone afterwards,
// whatever happens; UserError names `path`.
void publish_file(const std::string& aside, const std::string& path);

// Removes the files FOLDER/NAME.tmp.PID that write_file_atomic left behind in processes that are no more: those whose
// NAME is `ours` and that nobody has written to for `seconds` (where the folder is shared with machines whose processes
// cannot be seen from here). Returns how many; errors are no matter.
int remove_dead_asides(const std::string& folder, const std::function<bool(const std::string& name)>& ours,
                       int seconds = 0);

// Creates the folder and its parents; UserError when that fails, something else bears that name, or it is no folder to
// read and write in.
void make_folder(const std::string& path);

}  // namespace psaflow
