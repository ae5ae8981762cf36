// Nearest of ascending values by their f32 midpoints, ties to the lower one: the search that all quantizers share.
#pragma once
#include "elements.cuh"

// Midpoints in the order in which a search meets them: tree[k]'s lower and upper halves are tree[2 k] and tree[2 k + 1], tree[1] is the
// middle one. A level's midpoints are neighbours, so that threads at different places of it meet few bank conflicts.

// The place in ascending order of tree[k], 1 ≤ k < COUNT, of COUNT − 1 midpoints.
template <int COUNT>
static __device__ __forceinline__ int midpointOf(int k) {
  int level = 31 - __clz(k);
  return (2 * (k - (1 << level)) + 1) * (COUNT / 2 >> level) - 1;
}

// tree[k] from the ascending values; one thread for each k < COUNT.
template <int COUNT>
static __device__ __forceinline__ void plant(float* tree, const float* values, int k) {
  if (k > 0 && k < COUNT) {
    int i = midpointOf<COUNT>(k);
    tree[k] = mul(add(values[i], values[i + 1]), 0.5f);
  }
}

// The number of midpoints below the value; NaN is above all of them.
template <int COUNT>
static __device__ __forceinline__ int nearest(const float* tree, float value) {
  int k = 1;
#pragma unroll
  for (int size = 1; size < COUNT; size *= 2) k = 2 * k + (tree[k] >= value ? 0 : 1);
  return k - COUNT;
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
