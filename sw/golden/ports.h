// The stages that a board needs around a network: raw images in, a class out.
#pragma once
#include "sw/golden/model.h"

namespace psaflow {

struct Ports {
  ImageForm input = ImageForm::kPatches;
  bool class_out = false;  // the class instead of the logits
  bool any() const { return input != ImageForm::kPatches || class_out; }
};

// The model with nodes before and behind: "input.patches" cuts a raster of bytes into patches, "input.normalize" maps each
// byte by a table for its channel (a direct Lookup: a byte p is the INT8 value of the same bits), "class" is the
// argmax. config.form says what enters then.
IntModel with_ports(const IntModel& model, const Ports& ports);

// The class that an output of the network names: its byte where it ends in an argmax, else the highest logit's index.
int named_class(const Network& network, const int8_t* output);

}  // namespace psaflow
