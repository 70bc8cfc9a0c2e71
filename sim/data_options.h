// Where a verb's images come from: --data, a data folder, or --images and --labels, arrays of one's own. The same options and errors for all
// verbs that have both.
#pragma once
#include <boost/program_options.hpp>
#include <string>

#include "sw/data/image_set.h"

namespace psaflow {

// folder: what --data is for, in the verb's help.
void add_data_options(boost::program_options::options_description& options, const std::string& folder,
                      const std::string& arrays);

enum class Labels { kWanted, kNeeded };  // may be left out, or not

// What these options name, the training split of a folder where the verb has no --split. UserError, which names the verb,
// unless it is one of the two, with labels where they are needed.
ImageSource data_source(const boost::program_options::variables_map& values, const std::string& verb, Labels labels);

// UserError for --test without a folder that has a test split.
void check_test_option(const boost::program_options::variables_map& values, const ImageSource& source);

// The options again, for a command to be told: "--data data".
std::string data_words(const ImageSource& source);

// Files that the options name, both splits of a folder.
std::vector<std::string> data_files(const ImageSource& source);

// Where a teacher's answers are kept unless --teacher-cache tells: with the images.
std::string default_teacher_cache(const ImageSource& source);

}  // namespace psaflow
