// Nearest of ascending values by their f32 midpoints, ties to the lower one: the search that all quantizers share.
#pragma once
#include "elements.cuh"

// The number of midpoints below the value, of COUNT − 1 (COUNT a power of two); NaN is above all of them.
template <int COUNT>
static __device__ __forceinline__ int nearest(const float* midpoints, float value) {
  int code = 0;
#pragma unroll
  for (int step = COUNT / 2; step > 0; step >>= 1) code += midpoints[code + step - 1] >= value ? 0 : step;
  return code;
}

// Within [−1, 1]; NaN stays.
static __device__ __forceinline__ float clampToOne(float x) { return x > 1 ? 1 : x < -1 ? -1 : x; }

// The largest magnitude over the 32 lanes as bits: for non-negative floats their order is that of their bits, with NaN above all.
static __device__ __forceinline__ float warpLargest(uint32_t magnitudeBits) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    uint32_t other = __shfl_xor_sync(~0u, magnitudeBits, d);
    magnitudeBits = other > magnitudeBits ? other : magnitudeBits;
  }
  return __uint_as_float(magnitudeBits);
}

static __device__ __forceinline__ uint32_t largerMagnitude(uint32_t bits, float x) {
  uint32_t other = __float_as_uint(x) & 0x7fffffffu;
  return other > bits ? other : bits;
}

constexpr float LEAST_ABSMAX = 1e-38f;  // keeps 1 / absmax finite
