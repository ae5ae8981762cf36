// Nearest of ascending values by their f32 midpoints, ties to the lower one: the search that all quantizers share.
//
// A value's code is the number of midpoints below it. Instead of halving them, which takes four or eight look-ups that wait for each other
// (and bound AdamW with 8-bit moments to 53 % of the copy's bandwidth on an H100), a value's bits tell its cell, an interval of [-1, 1]; the
// midpoints of lower cells are counted beforehand, and of the cell's own there is none or one with the maps in use. So two look-ups do. Cells of
// other maps may be crowded: then the search goes on until a midpoint is no longer below the value. Either way the code is exact.
#pragma once
#include "elements.cuh"

// Within [−1, 1]; NaN stays.
static __device__ __forceinline__ float clampToOne(float x) { return x > 1 ? 1 : x < -1 ? -1 : x; }

// Kinds of cells. `of` ascends with a value of [−1, 1], or one rounding beyond; NaN has the last cell.

// 32 of the same width and one for 1.
struct EvenCells {
  static constexpr int COUNT = 64;
  static __device__ __forceinline__ int of(float v) {
    return (int)(__float_as_uint(__fmaf_rn(v, 2048.0f, 8388608.0f + 2048.0f)) >> 7 & 63);
  }
};

// By exponent and BITS leading bits of the mantissa: for maps that are denser towards 0. Below 2^-22 all values share a cell, as do, unless
// SIGNED, those below 0.
template <int BITS, bool SIGNED>
struct FloatCells {
  static constexpr int SHIFT = 23 - BITS;
  static constexpr int BASE = (105 << BITS) - 1;  // of 2^-22 less one
  static constexpr int ONE_SIDE = (22 << BITS) + 2;
  static constexpr int COUNT = SIGNED ? 2 * ONE_SIDE : ONE_SIDE;
  static __device__ __forceinline__ int of(float v) {
    int k = max((__float_as_int(fminf(SIGNED ? fabsf(v) : v, 1.0f)) >> SHIFT) - BASE, 0);
    return SIGNED ? ONE_SIDE + (v < 0 ? ~k : k) : k;
  }
};

template <class CELLS, int VALUES>
struct Nearest {
  float midpoints[VALUES];       // ascending; the last is infinite
  uint8_t before[CELLS::COUNT];  // midpoints of lower cells

  template <bool CROWDED>
  __device__ __forceinline__ int code(float v) const {
    int n = before[CELLS::of(v)];
    n += v > midpoints[n];
    if (CROWDED)
      while (v > midpoints[n]) n++;
    return n;
  }
};

// Fills it for ascending values in shared memory, by a block of 256 threads; returns whether a cell has several midpoints. Ends with a barrier.
template <class CELLS, int VALUES>
static __device__ __forceinline__ bool prepare(Nearest<CELLS, VALUES>& nearest, const float* values) {
  constexpr int THREADS = 256, EACH = (CELLS::COUNT + THREADS - 1) / THREADS;
  __shared__ short cells[VALUES];
  int t = threadIdx.x;
  bool own = t < VALUES - 1;
  float midpoint = own ? mul(add(values[t], values[t + 1]), 0.5f) : INFINITY;
  int cell = own ? CELLS::of(clampToOne(midpoint)) : CELLS::COUNT;
  if (t < VALUES) nearest.midpoints[t] = midpoint, cells[t] = (short)cell;
  __syncthreads();
  int low[EACH];
#pragma unroll
  for (int e = 0; e < EACH; e++) low[e] = 0;
#pragma unroll
  for (int step = VALUES / 2; step > 0; step /= 2)
#pragma unroll
    for (int e = 0; e < EACH; e++) low[e] += cells[low[e] + step - 1] < e * THREADS + t ? step : 0;
#pragma unroll
  for (int e = 0; e < EACH; e++)
    if (e * THREADS + t < CELLS::COUNT) nearest.before[e * THREADS + t] = (uint8_t)low[e];
  return __syncthreads_or(own && t > 0 && cells[t - 1] == cell);
}

// The larger magnitude, NaN above all.
static __device__ __forceinline__ float largerMagnitude(float largest, float x) {
  float y;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(largest), "f"(fabsf(x)));
  return y;
}

// Over LANES lanes next to each other, a power of two, in each of them.
static __device__ __forceinline__ float largestOver(int lanes, float magnitude) {
#pragma unroll 1
  for (int d = lanes / 2; d > 0; d /= 2) magnitude = largerMagnitude(magnitude, __shfl_xor_sync(~0u, magnitude, d));
  return magnitude;
}

constexpr float LEAST_ABSMAX = 1e-38f;  // keeps 1 / absmax finite

// The divisor of a block of values with this largest magnitude; NaN stays.
static __device__ __forceinline__ float divisorOf(float largest) { return largest < LEAST_ABSMAX ? LEAST_ABSMAX : largest; }
