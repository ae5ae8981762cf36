// What every kernel file shares: bf16 as bits, warp and block sums, 16-byte accesses.
#pragma once
#include <stdint.h>

typedef uint16_t bf16;  // the upper half of an f32

static __device__ __forceinline__ float widen(bf16 x) { return __uint_as_float((uint32_t)x << 16); }

// To the nearest bf16, ties to even, NaN kept (cvt.rn.bf16.f32 of sm_80).
static __device__ __forceinline__ bf16 narrow(float x) {
  bf16 y;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y) : "f"(x));
  return y;
}

// Two of them in one register, lo in the lower half.
static __device__ __forceinline__ uint32_t narrow2(float lo, float hi) {
  uint32_t y;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(y) : "f"(hi), "f"(lo));
  return y;
}

static __device__ __forceinline__ float roundToBf16(float x) { return widen(narrow(x)); }

// Sum over the 32 lanes, in every lane: a fixed tree, so its bits depend on nothing but the values.
static __device__ __forceinline__ float warpSum(float x) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(~0u, x, d);
  return x;
}

static __device__ __forceinline__ float warpMax(float x) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) x = fmaxf(x, __shfl_xor_sync(~0u, x, d));
  return x;
}
