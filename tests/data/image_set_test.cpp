#include "sw/data/image_set.h"

#include <catch2/catch.hpp>

#include "tests/error_text.h"
#include "tests/scratch_folder.h"
#include "tests/support/npy_text.h"

namespace psaflow {
namespace {

using test::npy_text;
using test::ScratchFolder;
using test::write_text;

ImageInput input_of(int channels, int height, int width) {
  ImageInput input;
  input.image_channels = channels;
  input.image_height = height;
  input.image_width = width;
  return input;
}

TEST_CASE("Images of one's own, each with its label") {
  const ScratchFolder folder;
  ImageSource source;
  source.images_path = folder / "x.npy";
  source.labels_path = folder / "y.npy";
  write_text(source.images_path, npy_text("|u1", "(3, 1, 1, 2)", "abcdef"));
  write_text(source.labels_path, npy_text("|u1", "(3,)", std::string("\2\0\1", 3)));
  const Dataset data = load_labelled(source, input_of(1, 1, 2), 3);
  CHECK(data.labels == ClassList{2, 0, 1});
  CHECK(data.count() == 3);
  CHECK(data.image_bytes() == 2);
  CHECK(data.image(2)[1] == 'f');
  CHECK(source.place() == source.images_path);
}

TEST_CASE("Images and labels of one's own, of any size") {
  const ScratchFolder folder;
  ImageSource source;
  source.images_path = folder / "x.npy";
  std::string pixels;
  for (int i = 0; i < 3 * 2 * 4 * 6; ++i) pixels += static_cast<char>(255 - i);
  write_text(source.images_path, npy_text("|u1", "(3, 2, 4, 6)", pixels));
  ImageSet set = load_images(source, input_of(2, 4, 6), 5);
  CHECK(set.count == 3);
  CHECK(set.labels.empty());
  CHECK(set.image_bytes() == 48);
  CHECK(set.image(2)[47] == 255 - 143);
  CHECK(source.paths() == std::vector<std::string>{source.images_path});

  source.labels_path = folder / "y.npy";
  write_text(source.labels_path, npy_text("<i4", "(3,)", std::string("\4\0\0\0\0\0\0\0\2\0\0\0", 12)));
  source.limit = 2;
  set = load_images(source, input_of(2, 4, 6), 5);
  CHECK(set.count == 2);
  CHECK(set.labels == std::vector<int32_t>{4, 0});
  CHECK(set.images.size() == 96);
  source.limit = 9;  // more than there are
  CHECK(load_images(source, input_of(2, 4, 6), 5).count == 3);

  const auto error = [&](const ImageInput& input, int classes) {
    return test::error_of([&] { load_images(source, input, classes); });
  };
  CHECK(error(input_of(3, 32, 32), 5) ==
        source.images_path +
            ": shape: found [3,2,4,6]; allowed: [N,3,32,32] with N >= 1, the images that the model takes");
  CHECK(error(input_of(2, 4, 6), 4) ==
        source.labels_path + ": label of image 0: found 4; allowed: 0..3, the classes of the model");
  write_text(source.labels_path, npy_text("|u1", "(2,)", "ab"));
  CHECK(error(input_of(2, 4, 6), 5).find("found [2]; allowed: [3]") != std::string::npos);
  write_text(source.labels_path, npy_text("<f4", "(3,)", std::string(12, '\0')));
  CHECK(error(input_of(2, 4, 6), 5).find("found float32; allowed: integers") != std::string::npos);
  write_text(source.images_path, npy_text("|i1", "(3, 2, 4, 6)", pixels));
  CHECK(error(input_of(2, 4, 6), 5).find("found int8; allowed: uint8") != std::string::npos);
  write_text(source.images_path, npy_text("|u1", "(0, 2, 4, 6)", ""));
  CHECK(error(input_of(2, 4, 6), 5).find("N >= 1") != std::string::npos);
}

TEST_CASE("A split of CIFAR-10 is such a set, of models that take its images") {
  ImageSource source;
  source.dir = PSAFLOW_SOURCE_DIR "/sw/data/samples";
  source.limit = 7;
  const ImageSet set = load_images(source, input_of(3, 32, 32), 10);
  const Dataset data = load_cifar10(source.dir, Split::kTest, 7);
  CHECK(set.count == 7);
  CHECK(set.images == data.images);
  CHECK(ClassList(set.labels.begin(), set.labels.end()) == data.labels);
  CHECK(
      test::error_of([&] { load_images(source, input_of(1, 28, 28), 10); }) ==
      source.dir +
          ": shape: found [N,3,32,32], CIFAR-10's; allowed: [N,1,28,28] with N >= 1, the images that the model takes");
}

}  // namespace
}  // namespace psaflow
