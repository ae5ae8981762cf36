// Values in 8 bits, in blocks of 256 that share an absmax, through a map of 256 ascending values: bitsandbytes' blockwise
// quantization (Dettmers and others 2022), for moments of the optimizer and for the scales of 4-bit weights. A warp takes a block, a lane
// eight elements of it. A full block is multiplied by 1 / absmax and a short last one divided by it, as the reference does.
#pragma once
#include "nearest.cuh"

constexpr int BLOCK = 256;  // elements that share an absmax

struct EightBit {
  uint8_t* codes;
  float* absmax;
  const float* map;        // in shared memory
  const float* midpoints;  // in shared memory
};

constexpr int LANE = 8;  // elements of a block that one lane has

static __device__ __forceinline__ void widenCodes(const EightBit& values, int64_t block, int lane, int count, bool vector,
                                                  float (&x)[LANE]) {
  const uint8_t* codes = values.codes + block * BLOCK + lane * LANE;
  float scale = values.absmax[block];
  uint64_t packed = 0;
  if (vector && count == BLOCK) {
    packed = *(const uint64_t*)codes;
  } else {
#pragma unroll
    for (int j = 0; j < LANE; j++)
      if (lane * LANE + j < count) packed |= (uint64_t)codes[j] << 8 * j;
  }
#pragma unroll
  for (int j = 0; j < LANE; j++) x[j] = mul(values.map[packed >> 8 * j & 255], scale);
}

static __device__ __forceinline__ void quantize(const EightBit& values, int64_t block, int lane, int count, bool vector,
                                                const float (&x)[LANE]) {
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
    packed |= (uint64_t)nearest<256>(values.midpoints, clampToOne(scaled)) << 8 * j;
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
