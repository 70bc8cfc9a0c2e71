/* SPDX-License-Identifier: MIT */
#include "psaflow_simd.h"

static uint32_t mmio_read(void* context, uint32_t offset) {
  return ((volatile uint32_t*)context)[offset / 4];
}

static void mmio_write(void* context, uint32_t offset, uint32_t value) {
  ((volatile uint32_t*)context)[offset / 4] = value;
}

static uint32_t get(const struct psaflow_simd* device, uint32_t offset) {
  return device->read(device->context, offset);
}

static void put(const struct psaflow_simd* device, uint32_t offset, uint32_t value) {
  device->write(device->context, offset, value);
}

static void put_address(const struct psaflow_simd* device, uint32_t offset, uint64_t address) {
  put(device, offset, (uint32_t)address);
  put(device, offset + 4, (uint32_t)(address >> 32));
}

struct psaflow_simd psaflow_simd_mmio(volatile uint32_t* registers) {
  struct psaflow_simd device = {mmio_read, mmio_write, (void*)registers};
  return device;
}

int psaflow_simd_check(const struct psaflow_simd* device, const struct psaflow_simd_network* network) {
  if (get(device, PSAFLOW_SIMD_ID) != PSAFLOW_SIMD_ID_VALUE || get(device, PSAFLOW_SIMD_VERSION) != PSAFLOW_SIMD_VERSION_VALUE ||
      get(device, PSAFLOW_SIMD_SHAPE) != (network->bus_bytes << 16 | network->tile))
    return -PSAFLOW_SIMD_NO_DEVICE;
  return PSAFLOW_SIMD_OK;
}

void psaflow_simd_start(const struct psaflow_simd* device, const struct psaflow_simd_network* network, uint64_t program, uint64_t input,
                        uint64_t result, uint32_t images) {
  put(device, PSAFLOW_SIMD_INTERRUPT_ENABLE, 1);
  put(device, PSAFLOW_SIMD_IMAGES, images);
  put(device, PSAFLOW_SIMD_PASSES, network->passes);
  put_address(device, PSAFLOW_SIMD_PROGRAM, program);
  put_address(device, PSAFLOW_SIMD_INPUT, input);
  put_address(device, PSAFLOW_SIMD_RESULT, result);
  put(device, PSAFLOW_SIMD_CONTROL, PSAFLOW_SIMD_START);
}

int psaflow_simd_poll(const struct psaflow_simd* device) {
  const uint32_t status = get(device, PSAFLOW_SIMD_STATUS);
  if (status & PSAFLOW_SIMD_BUSY) return 1;
  return status & PSAFLOW_SIMD_FAILED ? -(int)(status >> 8 & 0xffu) : PSAFLOW_SIMD_OK;
}

int psaflow_simd_wait(const struct psaflow_simd* device, uint32_t polls) {
  uint32_t asked = 0;
  for (;;) {
    const int status = psaflow_simd_poll(device);
    if (status <= 0) return status;
    if (polls != 0 && ++asked == polls) return -PSAFLOW_SIMD_PATIENCE;
  }
}

void psaflow_simd_clear(const struct psaflow_simd* device) {
  put(device, PSAFLOW_SIMD_CONTROL, PSAFLOW_SIMD_CLEAR);
}

uint64_t psaflow_simd_cycles(const struct psaflow_simd* device) {
  for (;;) { /* the low word may pass its end between the two reads */
    const uint32_t high = get(device, PSAFLOW_SIMD_CYCLES + 4), low = get(device, PSAFLOW_SIMD_CYCLES);
    if (get(device, PSAFLOW_SIMD_CYCLES + 4) == high) return (uint64_t)high << 32 | low;
  }
}

const char* psaflow_simd_text(int error) {
  switch (error < 0 ? -error : error) {
    case PSAFLOW_SIMD_OK: return "no error";
    case PSAFLOW_SIMD_READ_RESPONSE: return "memory answered a read with an error";
    case PSAFLOW_SIMD_WRITE_RESPONSE: return "memory answered a write with an error";
    case PSAFLOW_SIMD_HEADER: return "no program for this hardware";
    case PSAFLOW_SIMD_PASS_COUNT: return "another number of passes than the program has, or more than fit";
    case PSAFLOW_SIMD_PASS: return "a pass that the buffers cannot hold";
    case PSAFLOW_SIMD_IMAGE_COUNT: return "no images";
    case PSAFLOW_SIMD_NO_DEVICE: return "no such accelerator here, or one of another shape";
    case PSAFLOW_SIMD_PATIENCE: return "still busy";
    default: return "an unknown error";
  }
}

void psaflow_simd_pack(const struct psaflow_simd_network* n, const int8_t* values, uint8_t* image) {
  /* Words of a tile's width, one behind the other; a word holds as many lanes, of one position. */
  const uint32_t lanes = n->input_by_rows ? n->input_columns : n->input_rows;
  const uint32_t length = n->input_by_rows ? n->input_rows : n->input_columns;
  const uint32_t stride = (length + n->tile - 1) / n->tile * n->tile;
  for (uint32_t i = 0; i < n->image_bytes; ++i) image[i] = 0;
  for (uint32_t lane = 0; lane < lanes; ++lane) {
    uint8_t* const block = image + (uint64_t)(lane / n->tile) * stride * n->tile + lane % n->tile;
    for (uint32_t s = 0; s < length; ++s) {
      const uint64_t at = n->input_by_rows ? (uint64_t)s * n->input_columns + lane : (uint64_t)lane * n->input_columns + s;
      block[(uint64_t)s * n->tile] = (uint8_t)values[at];
    }
  }
}

void psaflow_simd_unpack(const struct psaflow_simd_network* n, const uint8_t* result, int8_t* values) {
  if (n->names_class) {
    values[0] = (int8_t)result[0];
    return;
  }
  for (uint32_t row = 0; row < n->result_rows; row += n->tile) {
    for (uint32_t column = 0; column < n->result_columns; column += n->tile) {
      for (uint32_t r = row; r < n->result_rows && r < row + n->tile; ++r) {
        for (uint32_t c = column; c < n->result_columns && c < column + n->tile; ++c)
          values[(uint64_t)r * n->result_columns + c] = (int8_t)result[c - column];
        result += n->bus_bytes;
      }
    }
  }
}

uint32_t psaflow_simd_class(const struct psaflow_simd_network* n, const uint8_t* result) {
  uint32_t best = 0;
  int8_t highest = 0;
  if (n->names_class) return result[0];
  for (uint32_t column = 0; column < n->result_columns; ++column) {
    const int8_t value = (int8_t)result[(uint64_t)(column / n->tile) * n->result_rows * n->bus_bytes + column % n->tile];
    if (column == 0 || value > highest) {
      best = column;
      highest = value;
    }
  }
  return best;
}
