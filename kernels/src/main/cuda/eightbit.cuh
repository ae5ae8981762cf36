// Values in 8 bits, in blocks of 256 that share an absmax, through a map of 256 ascending values: bitsandbytes' blockwise
// quantization (Dettmers and others 2022), for moments of the optimizer and for the scales of 4-bit weights. A warp takes a block; a lane has
// four elements in each half of it, so that all accesses are whole lines. A full block is multiplied by 1 / absmax and a short last one divided
// by it, as the reference does.
#pragma once
#include "nearest.cuh"

constexpr int BLOCK = 256;  // elements that share an absmax

constexpr int LANE = 8;  // elements of a block that one lane has

// Of bitsandbytes' dynamic maps, no two midpoints share a cell.
typedef FloatCells<6, true> SignedCells;
typedef FloatCells<7, false> UnsignedCells;

struct EightBit {
  uint8_t* codes;
  float* absmax;
};

// Where in a block the lane's element j lies.
static __device__ __forceinline__ int placeOf(int lane, int j) { return j / 4 * (BLOCK / 2) + lane * 4 + j % 4; }

// WHOLE, here and below: a full block whose addresses allow accesses of four elements, and a map whose cells aren't crowded.

// The codes that a lane has of a block of `count` elements, a byte each.
template <bool WHOLE>
static __device__ __forceinline__ void readCodes(const EightBit& values, int64_t block, int lane, int count, uint32_t (&packed)[2]) {
  const uint8_t* codes = values.codes + block * BLOCK;
#pragma unroll
  for (int h = 0; h < 2; h++) {
    if (WHOLE) {
      packed[h] = *(const uint32_t*)(codes + placeOf(lane, h * 4));
    } else {
      packed[h] = 0;
#pragma unroll
      for (int j = 0; j < 4; j++)
        if (placeOf(lane, h * 4 + j) < count) packed[h] |= (uint32_t)codes[placeOf(lane, h * 4 + j)] << 8 * j;
    }
  }
}

// The values of codes; the map lies in shared memory.
static __device__ __forceinline__ void widenCodes(const float* map, const uint32_t (&packed)[2], float scale, float (&x)[LANE]) {
#pragma unroll
  for (int j = 0; j < LANE; j++) x[j] = mul(map[packed[j / 4] >> j % 4 * 8 & 255], scale);
}

// Writes codes and absmax of a block.
template <bool WHOLE, class CELLS>
static __device__ __forceinline__ void quantize(const EightBit& values, const Nearest<CELLS, 256>& nearest, int64_t block, int lane, int count,
                                                const float (&x)[LANE]) {
  bool full = WHOLE || count == BLOCK;
  float largest = 0;
#pragma unroll
  for (int j = 0; j < LANE; j++)
    if (full || placeOf(lane, j) < count) largest = largerMagnitude(largest, x[j]);
  // the order of non-negative floats is that of their bits, with NaN above all
  largest = __uint_as_float(__reduce_max_sync(~0u, __float_as_uint(largest)));
  float divisor = divisorOf(largest);
  if (lane == 0) values.absmax[block] = full ? largest : divisor;
  float reciprocal = __frcp_rn(divisor);
  uint8_t* codes = values.codes + block * BLOCK;
  if (WHOLE) {
#pragma unroll
    for (int h = 0; h < 2; h++) {
      uint32_t packed = 0;
#pragma unroll
      for (int j = 3; j >= 0; j--) packed = packed << 8 | nearest.template code<false>(mul(x[h * 4 + j], reciprocal));
      *(uint32_t*)(codes + placeOf(lane, h * 4)) = packed;
    }
  } else {
#pragma unroll
    for (int j = 0; j < LANE; j++) {
      float scaled = full ? mul(x[j], reciprocal) : __fdiv_rn(x[j], divisor);
      if (placeOf(lane, j) < count) codes[placeOf(lane, j)] = (uint8_t)nearest.template code<true>(scaled);
    }
  }
}
