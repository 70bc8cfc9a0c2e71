// Files read whole, and files that appear under their final name only when complete.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace psaflow {

// The whole file. UserError when it cannot be opened or read, is not a regular file, or is larger than max_bytes.
std::vector<char> read_file(const std::string& path, size_t max_bytes = size_t{4} << 30);

// Writes a file beside the target (path_beside), syncs it and renames it onto path; on any error that file is removed
// and UserError thrown. A pipe or device gets the bytes; a path that means a descriptor of ours (/dev/stdout) gets them
// where that descriptor stands.
void write_file_atomic(const std::string& path, const void* data, size_t size);
void write_file_atomic(const std::string& path, const std::string& text);

// For files that something else writes, bit by bit: where to write what publish_file() then brings under the name
// `path`. Beside it (path_beside), or where temporary files go when `path` is a device or pipe.
std::string aside_path(const std::string& path, const std::string& ending = "");
// Moves a finished file onto `path`, through links; a device or pipe gets its bytes. `aside` is gone afterwards,
// whatever happens; UserError names `path`.
void publish_file(const std::string& aside, const std::string& path);

// PATH.tmp.PID, with an ending of at most five bytes; where the file system does not take so long a name, as much of it
// as it takes, and a hash.
std::string path_beside(const std::string& path, const std::string& ending = "");
// The longest name that files of this folder can have; "": the current folder.
size_t max_name_bytes(const std::string& folder);

// Removes the files FOLDER/NAME.tmp.PID, .vcd behind that or not, that write_file_atomic and writers into aside_path
// left behind in processes that are no more: those whose NAME is `ours` and that nobody has written to for `seconds`
// (where the folder is shared with machines whose processes cannot be seen from here). Returns how many; errors are no
// matter.
int remove_dead_asides(const std::string& folder, const std::function<bool(const std::string& name)>& ours,
                       int seconds = 0);
// The same of what was to become `path`.
int remove_dead_beside(const std::string& path, int seconds);

// Creates the folder and its parents; UserError when that fails, something else bears that name, or it is no folder to
// read and write in.
void make_folder(const std::string& path);

}  // namespace psaflow
