#include "sw/data/cifar10.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sw/base/file.h"
#include "sw/io/sha256.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow {
namespace {

using Catch::Contains;
using test::error_of;
using test::ScratchFolder;
using test::write_text;

// A record whose pixel bytes tell record and place.
std::string record(int label, int number) {
  std::string bytes(1, static_cast<char>(label));
  for (int i = 0; i < 3072; ++i) bytes += static_cast<char>(number * 17 + i);
  return bytes;
}

std::vector<char> as_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

TEST_CASE("Records are one label and 3072 image bytes") {
  const Dataset data = parse_cifar10(as_bytes(record(3, 0) + record(9, 1) + record(0, 2)), "f");
  REQUIRE(data.count() == 3);
  CHECK(data.labels == ClassList{3, 9, 0});
  REQUIRE(data.images.size() == 3 * 3072);
  for (size_t n = 0; n < 3; ++n) {
    for (size_t i = 0; i < 3072; ++i) REQUIRE(data.image(n)[i] == static_cast<uint8_t>(n * 17 + i));
  }
}

TEST_CASE("Files that are not whole records, or hold a label above 9, are errors that name them") {
  const std::string good = record(1, 0);
  CHECK_THAT(error_of([&] { parse_cifar10({}, "d/test_batch.bin"); }),
             Contains("d/test_batch.bin: size: found 0 bytes; allowed: whole records of 3073 bytes"));
  for (const size_t size : {1, 3072, 3074, 6145}) {
    CHECK_THAT(error_of([&] { parse_cifar10(as_bytes((good + good).substr(0, size)), "f"); }),
               Contains("f: size: found " + std::to_string(size) + " bytes"));
  }
  CHECK(error_of([&] { parse_cifar10(as_bytes(good + record(10, 1)), "f"); }) ==
        "f: label of record 1: found 10; allowed: 0..9");
  CHECK_THAT(error_of([&] { parse_cifar10(as_bytes(record(255, 0)), "f"); }), Contains("label of record 0: found 255"));
}

TEST_CASE("A limit takes the first images; more than there are is all") {
  const std::vector<char> bytes = as_bytes(record(1, 0) + record(2, 1) + record(77, 2));
  CHECK(parse_cifar10(bytes, "f", 2).labels == ClassList{1, 2});  // the bad third is not looked at
  CHECK(parse_cifar10(as_bytes(record(1, 0)), "f", 5).count() == 1);
}

TEST_CASE("The splits of a folder") {
  const ScratchFolder folder;
  const std::string dir = folder.path().string();
  for (int k = 1; k <= 5; ++k)
    write_text(folder / ("data_batch_" + std::to_string(k) + ".bin"), record(k, 2 * k) + record(k + 1, 2 * k + 1));
  write_text(folder / "test_batch.bin", record(7, 99));
  const Dataset train = load_cifar10(dir, Split::kTrain);
  CHECK(train.labels == ClassList{1, 2, 2, 3, 3, 4, 4, 5, 5, 6});
  CHECK(train.image(9)[0] == 11 * 17);
  CHECK(load_cifar10(dir, Split::kTest).labels == ClassList{7});
  CHECK(load_cifar10(dir, Split::kTrain, 3).labels == ClassList{1, 2, 2});
  CHECK(load_cifar10(dir, Split::kTrain, 4).count() == 4);
  CHECK(load_cifar10(dir, Split::kTrain, 1000).count() == 10);

  std::filesystem::remove(folder.path() / "data_batch_3.bin");
  CHECK(load_cifar10(dir, Split::kTrain, 4).count() == 4);  // not needed
  CHECK(
      error_of([&] { load_cifar10(dir, Split::kTrain, 5); }) ==
      (folder / "data_batch_3.bin") +
          ": CIFAR-10 file: found no such file; allowed: a folder with it; 'psaflow fetch-data --dir data' makes one");
  CHECK(cifar10_paths("d", Split::kTest) == std::vector<std::string>{"d/test_batch.bin"});
  CHECK(cifar10_paths("d", Split::kTrain).size() == 5);
  CHECK(cifar10_paths("d", Split::kTrain)[4] == "d/data_batch_5.bin");
}

TEST_CASE("A split that is not in the folder is read from where the official archive puts it") {
  const ScratchFolder folder;
  const std::string dir = folder.path().string(), below = folder / "cifar-10-batches-bin";
  make_folder(below);
  for (int k = 1; k <= 5; ++k) write_text(below + "/data_batch_" + std::to_string(k) + ".bin", record(k, k));
  write_text(below + "/test_batch.bin", record(8, 9));
  CHECK(load_cifar10(dir, Split::kTrain).labels == ClassList{1, 2, 3, 4, 5});
  CHECK(load_cifar10(dir, Split::kTest).labels == ClassList{8});
  CHECK(cifar10_paths(dir, Split::kTest) == std::vector<std::string>{below + "/test_batch.bin"});
  // Split by split: what is in the folder itself comes first, and two sets are never mixed.
  write_text(folder / "test_batch.bin", record(7, 99));
  CHECK(load_cifar10(dir, Split::kTest).labels == ClassList{7});
  CHECK(load_cifar10(dir, Split::kTrain).count() == 5);
  write_text(folder / "data_batch_2.bin", record(0, 0));
  CHECK_THAT(error_of([&] { load_cifar10(dir, Split::kTrain); }),
             Contains(folder / "data_batch_1.bin: CIFAR-10 file: found no such file"));
}

TEST_CASE("The fingerprint of a data set: every image, every label, their order; not the files") {
  const Dataset all = parse_cifar10(as_bytes(record(1, 0) + record(2, 1)), "f");
  CHECK(fingerprint(all).size() == 64);
  CHECK(fingerprint(all) == fingerprint(parse_cifar10(as_bytes(record(1, 0) + record(2, 1) + record(3, 2)), "f", 2)));
  for (const std::string& other :
       {record(2, 1) + record(1, 0), record(2, 0) + record(1, 1), record(1, 0) + record(3, 1), record(1, 0)})
    CHECK(fingerprint(all) != fingerprint(parse_cifar10(as_bytes(other), "f")));
}

TEST_CASE("A missing folder, and a folder where a file should be") {
  const ScratchFolder folder;
  CHECK_THAT(error_of([&] { load_cifar10(folder / "none", Split::kTest); }),
             Contains("/none/test_batch.bin: CIFAR-10 file: found no such file") && Contains("fetch-data"));
  make_folder(folder / "test_batch.bin");
  CHECK_THAT(error_of([&] { load_cifar10(folder.path().string(), Split::kTest); }),
             Contains("test_batch.bin: file type: found a directory"));
  // What cannot be looked at is not "no such file"; a link to itself does so whoever runs the test.
  std::filesystem::create_directory(folder.path() / "loop");
  std::filesystem::create_symlink("test_batch.bin", folder.path() / "loop/test_batch.bin");
  CHECK_THAT(error_of([&] { load_cifar10(folder / "loop", Split::kTest); }),
             Contains("loop/test_batch.bin: cannot open: Too many levels of symbolic links"));
  write_text(folder / "file", "");
  CHECK_THAT(error_of([&] { load_cifar10(folder / "file", Split::kTest); }), Contains("/file/test_batch.bin"));
}

TEST_CASE("The samples of the repository are the first 256 test images") {
  const std::string dir = PSAFLOW_SOURCE_DIR "/sw/data/samples";
  const Dataset data = load_cifar10(dir, Split::kTest);
  REQUIRE(data.count() == 256);
  const std::vector<uint8_t> first = {3, 8, 8, 0, 6, 6, 1, 6, 3, 1};  // cat, ship, ship, airplane, frog, ...
  CHECK(std::equal(first.begin(), first.end(), data.labels.begin()));
  CHECK(sha256_hex(read_file(dir + "/test_batch.bin")) ==
        "3fbfaf658547cb43d76d7273adf79b6f003ccb7b6c6de74efa59d69d785a7324");
}

TEST_CASE("Class names") {
  CHECK(std::string(cifar_class_name(0)) == "airplane");
  CHECK(std::string(cifar_class_name(3)) == "cat");
  CHECK(std::string(cifar_class_name(9)) == "truck");
  CHECK_THROWS_AS(cifar_class_name(10), std::logic_error);
  CHECK_THROWS_AS(cifar_class_name(-1), std::logic_error);
}

}  // namespace
}  // namespace psaflow
