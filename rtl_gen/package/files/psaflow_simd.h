/* SPDX-License-Identifier: MIT */
/* Driver of the fixed-size accelerator (program version 1): its registers, and how images and results lie in memory. C99, no operating
   system and no heap; the caller owns memory, caches and interrupts.

     struct psaflow_simd device = psaflow_simd_mmio(registers);      registers: where the bus shows them
     psaflow_simd_pack(&network, patches, image);                    for each image, image_bytes apart
     psaflow_simd_start(&device, &network, program, input, result, images);
     psaflow_simd_wait(&device, 0);
     psaflow_simd_unpack(&network, results, logits);                 for each image, result_bytes apart
     psaflow_simd_clear(&device);
*/
#ifndef PSAFLOW_SIMD_H
#define PSAFLOW_SIMD_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Registers, 32 bits each, by their byte offset. RO, RW, WO: read only, read and write, write only. */
#define PSAFLOW_SIMD_ID 0x00u               /* RO "PSAF" */
#define PSAFLOW_SIMD_VERSION 0x04u          /* RO of the program that it takes */
#define PSAFLOW_SIMD_CONTROL 0x08u          /* WO bit 0 start (ignored while busy), 1 clear done, error and interrupt */
#define PSAFLOW_SIMD_STATUS 0x0cu           /* RO bit 0 busy, 1 done, 2 error; 15..8 its code, 31..16 its pass */
#define PSAFLOW_SIMD_INTERRUPT_ENABLE 0x10u /* RW bit 0; the interrupt is high from done or error until clear */
#define PSAFLOW_SIMD_IMAGES 0x14u           /* RW of the run, at least 1 */
#define PSAFLOW_SIMD_PASSES 0x18u           /* RW of the program */
#define PSAFLOW_SIMD_IMAGES_DONE 0x1cu      /* RO whose results are in memory */
#define PSAFLOW_SIMD_PROGRAM 0x20u          /* RW low word of a byte address, a multiple of 4096; high word behind it */
#define PSAFLOW_SIMD_INPUT 0x28u            /* RW likewise, of the first image */
#define PSAFLOW_SIMD_RESULT 0x30u           /* RW likewise, of the first results */
#define PSAFLOW_SIMD_CYCLES 0x38u           /* RO low word; high word behind it: of the run */
#define PSAFLOW_SIMD_SHAPE 0x40u            /* RO bits 15..0 tile, 31..16 bytes a beat of the memory */
#define PSAFLOW_SIMD_CAPACITIES \
  0x44u /* RO eight: program, activations, residuals, images, constants, weights, tables, results */
#define PSAFLOW_SIMD_REGISTER_BYTES 0x64u

#define PSAFLOW_SIMD_ID_VALUE 0x46415350u
#define PSAFLOW_SIMD_VERSION_VALUE 1u
#define PSAFLOW_SIMD_START 1u /* of the control register */
#define PSAFLOW_SIMD_CLEAR 2u
#define PSAFLOW_SIMD_BUSY 1u /* of the status register */
#define PSAFLOW_SIMD_DONE 2u
#define PSAFLOW_SIMD_FAILED 4u

enum psaflow_simd_error {
  PSAFLOW_SIMD_OK = 0,
  PSAFLOW_SIMD_READ_RESPONSE = 1,  /* memory answered a read with an error */
  PSAFLOW_SIMD_WRITE_RESPONSE = 2, /* or a write */
  PSAFLOW_SIMD_HEADER = 3,         /* the program is not for this hardware, or not one */
  PSAFLOW_SIMD_PASS_COUNT = 4,
  PSAFLOW_SIMD_PASS = 5, /* a pass that the buffers cannot hold */
  PSAFLOW_SIMD_IMAGE_COUNT = 6,
  PSAFLOW_SIMD_NO_DEVICE = 100, /* of this driver: id or version are others */
  PSAFLOW_SIMD_PATIENCE = 101   /* of this driver: still busy */
};

/* How the registers are reached. */
struct psaflow_simd {
  uint32_t (*read)(void* context, uint32_t offset);
  void (*write)(void* context, uint32_t offset, uint32_t value);
  void* context;
};

/* A network on the accelerator: the figures that the header of an IP gives, or of another program for the same hardware. */
struct psaflow_simd_network {
  uint32_t tile, bus_bytes, passes;
  uint32_t image_bytes, result_bytes;   /* from one image, one result to the next */
  uint32_t input_rows, input_columns;   /* patches of so many values */
  uint32_t input_by_rows;               /* the order in memory: 1 columns side by side, 0 rows */
  uint32_t result_rows, result_columns; /* logits */
  uint32_t names_class;                 /* 1: a result is the index of the class, a byte */
};

/* Registers in the address space of this processor. */
struct psaflow_simd psaflow_simd_mmio(volatile uint32_t* registers);

/* PSAFLOW_SIMD_NO_DEVICE where there is another device, or one of another tile or bus. */
int psaflow_simd_check(const struct psaflow_simd* device, const struct psaflow_simd_network* network);

/* Starts a run; byte addresses as the accelerator's bus sees them, multiples of 4096. The interrupt is enabled. */
void psaflow_simd_start(const struct psaflow_simd* device, const struct psaflow_simd_network* network, uint64_t program,
                        uint64_t input, uint64_t result, uint32_t images);

/* 1 busy, 0 done or never started; else minus an error. */
int psaflow_simd_poll(const struct psaflow_simd* device);
/* Polls until the run has ended, at most so often (0: for ever). 0 done, else minus an error. */
int psaflow_simd_wait(const struct psaflow_simd* device, uint32_t polls);
/* After the end of a run: the interrupt falls, the next run may begin. */
void psaflow_simd_clear(const struct psaflow_simd* device);
uint64_t psaflow_simd_cycles(const struct psaflow_simd* device);
const char* psaflow_simd_text(int error);

/* An image, [input_rows][input_columns], into image_bytes of memory. */
void psaflow_simd_pack(const struct psaflow_simd_network* network, const int8_t* values, uint8_t* image);
/* Its logits, [result_rows][result_columns], or its class. */
void psaflow_simd_unpack(const struct psaflow_simd_network* network, const uint8_t* result, int8_t* values);
/* The class that a result names: the index of its highest logit, the lowest of equal ones. */
uint32_t psaflow_simd_class(const struct psaflow_simd_network* network, const uint8_t* result);

#ifdef __cplusplus
}
#endif
#endif
