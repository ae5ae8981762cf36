// Values in 8 bits, in blocks of 256 that share an absmax, through a map of 256 ascending values: bitsandbytes' blockwise
// quantization (Dettmers and others 2022), for moments of the optimizer and for the scales of 4-bit weights. A warp takes a block, a lane
// eight elements of it. A full block is multiplied by 1 / absmax and a short last one divided by it, as the reference does.
#pragma once
#include "nearest.cuh"

constexpr int BLOCK = 256;  // elements that share an absmax

constexpr int LANE = 8;  // elements of a block that one lane has

struct EightBit {
  uint8_t* codes;
  float* absmax;
};

// The codes that a lane has of a block of `count` elements, a byte each.
static __device__ __forceinline__ uint64_t readCodes(const EightBit& values, int64_t block, int lane, int count,
                                                     bool vector) {
  const uint8_t* codes = values.codes + block * BLOCK + lane * LANE;
  if (vector && count == BLOCK) return *(const uint64_t*)codes;
  uint64_t packed = 0;
#pragma unroll
  for (int j = 0; j < LANE; j++)
    if (lane * LANE + j < count) packed |= (uint64_t)codes[j] << 8 * j;
  return packed;
}

// The values of codes; the map lies in shared memory.
static __device__ __forceinline__ void widenCodes(const float* map, uint64_t packed, float scale, float (&x)[LANE]) {
#pragma unroll
  for (int j = 0; j < LANE; j++) x[j] = mul(map[packed >> 8 * j & 255], scale);
}

// Writes codes and absmax of a block; the tree of the map's midpoints lies in shared memory.
static __device__ __forceinline__ void quantize(const EightBit& values, const float* tree, int64_t block, int lane,
                                                int count, bool vector, const float (&x)[LANE]) {
  uint32_t bits = 0;
#pragma unroll
  for (int j = 0; j < LANE; j++)
    if (lane * LANE + j < count) bits = largerMagnitude(bits, x[j]);
  float largest = warpLargest(bits);
  float divisor = largest < LEAST_ABSMAX ? LEAST_ABSMAX : largest;
  bool full = count == BLOCK;
  if (lane == 0) values.absmax[block] = full ? largest : divisor;
  float reciprocal = __frcp_rn(divisor);
  uint64_t packed = 0;
#pragma unroll
  for (int j = 0; j < LANE; j++) {
    float scaled = full ? mul(x[j], reciprocal) : __fdiv_rn(x[j], divisor);
    packed |= (uint64_t)nearest<256>(tree, clampToOne(scaled)) << 8 * j;
  }
  uint8_t* codes = values.codes + block * BLOCK + lane * LANE;
  if (vector && full) {
    *(uint64_t*)codes = packed;
  } else {
#pragma unroll
    for (int j = 0; j < LANE; j++)
      if (lane * LANE + j < count) codes[j] = (uint8_t)(packed >> 8 * j);
  }
}
