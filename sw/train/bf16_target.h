// Functions for CPUs with bfloat16 instructions, compiled for them whatever the rest is compiled for. Only what asked
// bf16_unit() may call them.
#pragma once
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define PSAFLOW_BF16
#define PSAFLOW_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,fma")))
#define PSAFLOW_AMX __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,fma,amx-tile,amx-bf16")))
#endif
