// A data folder of every form gives the same images; what is missing or wrong in one is told by its file.
#include "sw/data/split.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "sw/base/rng.h"
#include "sw/data/image_set.h"
#include "tests/data/record_png.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"
#include "tests/support/npy_text.h"

namespace psaflow {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using test::error_of;
using test::npy_text;
using test::read_text;
using test::ScratchFolder;
using test::write_text;

ImageInput input_of(int channels, int height, int width) {
  ImageInput input;
  input.image_channels = channels;
  input.image_height = height;
  input.image_width = width;
  return input;
}

std::string noise(size_t bytes, uint64_t seed) {
  Rng rng(seed);
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(rng.below(256));
  return out;
}

std::string idx_text(const std::vector<uint32_t>& shape, const std::string& data) {
  std::string out = {0, 0, 8, static_cast<char>(shape.size())};
  for (const uint32_t n : shape) out += {0, 0, static_cast<char>(n >> 8), static_cast<char>(n & 255)};
  return out + data;
}

std::string text_of(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string load_error(const ScratchFolder& dir, const ImageInput& input, int classes, Split split = Split::kTrain) {
  return error_of([&] { load_split(dir.path(), split, input, classes); });
}

}  // namespace

TEST_CASE("a folder of NumPy arrays") {
  const ScratchFolder dir;
  const std::string pixels = noise(3 * 2 * 4 * 6, 1);
  write_text(dir / "train-images.npy", npy_text("|u1", "(3, 2, 4, 6)", pixels));
  write_text(dir / "train-labels.npy", npy_text("<u2", "(3,)", std::string("\x01\x00\x2c\x01\x00\x00", 6)));
  CHECK(data_form(dir.path()) == DataForm::kNpy);
  Dataset data = load_split(dir.path(), Split::kTrain, input_of(2, 4, 6), 301);
  CHECK(text_of(data.images) == pixels);
  CHECK(data.labels == ClassList{1, 300, 0});
  CHECK((data.channels == 2 && data.height == 4 && data.width == 6 && data.count() == 3));
  CHECK(data.image(1) == data.images.data() + 48);
  CHECK(load_split(dir.path(), Split::kTrain, input_of(2, 4, 6), 301, 2).count() == 2);
  CHECK(split_paths(dir.path(), Split::kTest) ==
        std::vector<std::string>{dir / "test-images.npy", dir / "test-labels.npy"});
  CHECK_THAT(load_error(dir, input_of(2, 4, 6), 300),
             Contains("train-labels.npy: label of image 1: found 300; allowed: 0..299"));
  CHECK_THAT(load_error(dir, input_of(1, 4, 6), 301), Contains("train-images.npy: shape: found [3,2,4,6]"));
  CHECK_THAT(load_error(dir, input_of(2, 4, 6), 301, Split::kTest), Contains("test-images.npy"));
  fs::remove(dir / "train-labels.npy");
  CHECK_THAT(load_error(dir, input_of(2, 4, 6), 301), Contains("train-labels.npy"));
}

TEST_CASE("a folder of IDX files") {
  const ScratchFolder dir;
  const std::string pixels = noise(4 * 3 * 5, 2), labels = {2, 0, 1, 2};
  const auto write = [&](const std::string& images, const std::string& of) {
    write_text(dir / "t10k-images-idx3-ubyte", images);
    write_text(dir / "t10k-labels-idx1-ubyte", of);
  };
  write(idx_text({4, 3, 5}, pixels), idx_text({4}, labels));
  CHECK(data_form(dir.path()) == DataForm::kIdx);
  const ImageInput input = input_of(1, 3, 5);
  const Dataset data = load_split(dir.path(), Split::kTest, input, 3);
  CHECK(text_of(data.images) == pixels);
  CHECK(data.labels == ClassList{2, 0, 1, 2});
  // The same through what eval and scenarios use.
  ImageSource source;
  source.dir = dir.path();
  source.limit = 3;
  CHECK_FALSE(source.is_cifar10());
  const ImageSet set = load_images(source, input, 3);
  CHECK(set.count == 3);
  CHECK(set.labels == std::vector<int32_t>{2, 0, 1});

  const auto error = [&] { return load_error(dir, input, 3, Split::kTest); };
  CHECK_THAT(load_error(dir, input, 2, Split::kTest), Contains("t10k-labels-idx1-ubyte: label of image 0: found 2"));
  CHECK_THAT(load_error(dir, input_of(1, 5, 3), 3, Split::kTest), Contains("[4,1,3,5]") && Contains("[1,5,3]"));
  write(idx_text({4, 3, 5}, pixels.substr(1)), idx_text({4}, labels));
  CHECK_THAT(error(), Contains("t10k-images-idx3-ubyte: size: found 59 bytes of values"));
  write(idx_text({4, 3, 5}, pixels), idx_text({3}, labels.substr(1)));
  CHECK_THAT(error(), Contains("labels: found 3; allowed: 4"));
  write(std::string("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16), idx_text({4}, labels));
  CHECK_THAT(error(), Contains("size"));
  for (size_t bytes : {size_t{0}, size_t{3}, size_t{15}}) {
    write(idx_text({4, 3, 5}, "").substr(0, bytes), idx_text({4}, labels));
    CHECK_THAT(error(), Contains("t10k-images-idx3-ubyte: header"));
  }
  write(std::string("\0\0\x0d\x03", 4) + std::string(12, '\0'), idx_text({4}, labels));
  CHECK_THAT(error(), Contains("unsigned bytes"));
}

TEST_CASE("a folder of PNGs, a folder a class") {
  const ScratchFolder dir;
  // Interleaved RGB; classes in the order of numbers.
  std::vector<std::pair<std::string, int>> wanted;  // planes, label
  for (const auto& [name, label] : std::vector<std::pair<std::string, int>>{{"9", 0}, {"10", 1}, {"bird", 2}}) {
    fs::create_directories(dir.path() / "train" / name);
    fs::create_directories(dir.path() / "test" / name);
    for (int i = 0; i < 3; ++i) {
      const std::string pixels = noise(4 * 2 * 3, static_cast<uint64_t>(10 * label + i));
      test::write_png(dir / ("train/" + name + "/" + std::to_string(i) + ".png"), {pixels.begin(), pixels.end()}, 2, 4);
      std::string planes;
      for (size_t c = 0; c < 3; ++c) {
        for (size_t p = 0; p < 8; ++p) planes += pixels[p * 3 + c];
      }
      wanted.emplace_back(planes, label);
    }
  }
  CHECK(data_form(dir.path()) == DataForm::kPng);
  const ImageInput input = input_of(3, 2, 4);
  const Dataset data = load_split(dir.path(), Split::kTrain, input, 3);
  REQUIRE(data.count() == 9);
  std::vector<std::pair<std::string, int>> found;
  for (size_t i = 0; i < 9; ++i)
    found.emplace_back(std::string(data.image(i), data.image(i) + data.image_bytes()), data.labels[i]);
  CHECK(found != wanted);  // shuffled: the last images are held out
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  CHECK(found == wanted);
  CHECK(load_split(dir.path(), Split::kTrain, input, 3).images == data.images);  // the same every time
  CHECK(load_split(dir.path(), Split::kTrain, input, 3, 4).images ==
        std::vector<uint8_t>(data.images.begin(), data.images.begin() + 4 * 24));

  // Grey ones for a network of one channel.
  const ScratchFolder grey;
  fs::create_directories(grey.path() / "train" / "a");
  test::write_png(grey / "train/a/x.PNG", {1, 2, 3, 250, 5, 6}, 2, 3, PNG_FORMAT_GRAY);
  CHECK(load_split(grey.path(), Split::kTrain, input_of(1, 2, 3), 1).images ==
        std::vector<uint8_t>{1, 2, 3, 250, 5, 6});

  CHECK_THAT(load_error(dir, input, 4), Contains("train: classes: found 3 folders; allowed: 4"));
  CHECK_THAT(load_error(dir, input_of(1, 2, 4), 3),
             Contains(".png: PNG: found 4 x 2, in colour; allowed: 4 x 2, grey"));
  CHECK_THAT(load_error(dir, input_of(3, 4, 2), 3), Contains("found 4 x 2") && Contains("[3,4,2]"));
  CHECK_THAT(load_error(dir, input_of(5, 2, 4), 3), Contains("a network of 5 channels"));
  CHECK_THAT(load_error(dir, input, 3, Split::kTest), Contains("test: images: found none"));
  fs::create_directories(dir.path() / "test" / "fish");
  CHECK_THAT(load_error(dir, input, 3, Split::kTest), Contains("test/fish: class"));
  write_text(dir / "train/9/notes.txt", "n");
  CHECK_THAT(load_error(dir, input, 3), Contains("notes.txt: image"));
  fs::rename(dir.path() / "train/9/notes.txt", dir.path() / "train/9/0.png");
  CHECK_THAT(load_error(dir, input, 3), Contains("0.png: PNG") && Contains("an intact PNG"));
}

TEST_CASE("a folder of neither is one of CIFAR-10, for networks that take it") {
  CHECK(data_form(PSAFLOW_SOURCE_DIR "/sw/data/samples") == DataForm::kCifar10);
  CHECK(load_split(PSAFLOW_SOURCE_DIR "/sw/data/samples", Split::kTest, {}, 10, 5).count() == 5);
  const auto error = [](const ImageInput& input, int classes) {
    return error_of([&] { load_split(PSAFLOW_SOURCE_DIR "/sw/data/samples", Split::kTest, input, classes); });
  };
  CHECK_THAT(error(input_of(1, 28, 28), 10),
             Contains("sw/data/samples: images: found [3,32,32]") && Contains("[1,28,28]"));
  CHECK_THAT(error({}, 9), Contains("classes: found 10, CIFAR-10's; allowed: the 9 of the network"));
}

TEST_CASE("mean and deviation are those of the images asked for") {
  Dataset data;
  data.channels = 2;
  data.height = 1;
  data.width = 2;
  data.images = {0, 255, 51, 51, 255, 0, 51, 51, 9, 9, 9, 9};
  data.labels = {0, 0, 0};
  const Normalization n = measure_normalization(data, 2);
  CHECK(n.mean == std::vector<double>{0.5, 0.2});
  CHECK(n.std == std::vector<double>{0.5, 1});
}

TEST_CASE("fingerprints of many classes differ where their labels do") {
  Dataset a;
  a.images.resize(2 * kCifarImageBytes);
  a.labels = {1, 2};
  Dataset b = a;
  b.labels = {1, 258};
  CHECK(fingerprint(a) != fingerprint(b));
}

}  // namespace psaflow
