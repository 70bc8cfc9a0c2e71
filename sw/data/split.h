// The training and test images of a data folder, whatever form they have there:
//   CIFAR-10   data_batch_1..5.bin, test_batch.bin
//   NumPy      train-images.npy [N, C, H, W] uint8, train-labels.npy [N] integers; test-images.npy, test-labels.npy
//   IDX        train-images-idx3-ubyte, train-labels-idx1-ubyte; t10k-...: as MNIST and its likes are published
//   PNG        train/CLASS/*.png, test/CLASS/*.png
#pragma once
#include <string>
#include <vector>

#include "sw/data/cifar10.h"
#include "sw/network/image_input.h"

namespace psaflow {

enum class DataForm { kCifar10, kNpy, kIdx, kPng };
// By what lies there; CIFAR-10 where none of the others does.
DataForm data_form(const std::string& dir);

// The files that a split is read from; of PNGs, which nobody writes over by mistake, none.
std::vector<std::string> split_paths(const std::string& dir, Split split);

// The first `limit` images (0: all) of a split, for a network that takes `input` and knows `classes`. Classes of PNGs
// are the folders of train/, in the order of their names (of numbers: their values); their images come in an order that
// is shuffled, the same every time. UserError on what is missing or wrong, on images of another shape, and on labels
// that the network does not know.
Dataset load_split(const std::string& dir, Split split, const ImageInput& input, int classes, size_t limit = 0);

// Mean and standard deviation of byte / 255 in every channel of the first `images` images, to four digits behind the
// point; a channel that is constant has 1 as its deviation.
struct Normalization {
  std::vector<double> mean, std;
};
Normalization measure_normalization(const Dataset& data, size_t images);

}  // namespace psaflow
