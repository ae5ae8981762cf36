// Rotary position embedding in place (Su et al. 2021), the half-split layout of Hugging Face checkpoints.
//
//   x [N, heads·D], rows `stride` elements apart; cos, sin [positions, half] f32, or bf16 (entries rope_bf16_angles*), half ≤ D/2; positions I32 [N]
//   x1' = x1 · cos − x2 · sin,  x2' = x2 · cos + x1 · sin,  where x1 is element d of a head and x2 element half + d, d < half; what lies beyond 2 · half stays; `inverse` negates sin.
//
// Every product and sum is rounded by itself, no FMA, as the reference does it; with `rounding` each is rounded to bf16 as well. x is f32 or
// bf16 (read, computed in f32, stored rounded). Q and K go together in one launch: a second matrix with its own heads and stride, none
// where headsK is 0.
//
// One block of 128 threads for each row; a thread takes 16 bytes of both halves of one head, or one element where D/2 or a row's start
// isn't a multiple of 16 bytes (entries `_any`). Bound by memory: 2 reads and 2 writes of 16 bytes a thread, the angles from L1.
#include "common.cuh"

static __device__ __forceinline__ void load(float (&x)[4], const float *from) {
  float4 v = *(const float4 *)from;
  x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
}

static __device__ __forceinline__ void load(float (&x)[8], const bf16 *from) {
  uint4 v = *(const uint4 *)from;
  uint32_t words[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
  for (int i = 0; i < 4; i++) x[2 * i] = __uint_as_float(words[i] << 16), x[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
}

static __device__ __forceinline__ void store(float *to, const float (&x)[4]) { *(float4 *)to = make_float4(x[0], x[1], x[2], x[3]); }

static __device__ __forceinline__ void store(bf16 *to, const float (&x)[8]) {
  *(uint4 *)to = make_uint4(narrow2(x[0], x[1]), narrow2(x[2], x[3]), narrow2(x[4], x[5]), narrow2(x[6], x[7]));
}

static __device__ __forceinline__ void load(float (&x)[8], const float *from) {
  float4 v = ((const float4 *)from)[0], w = ((const float4 *)from)[1];
  x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w, x[4] = w.x, x[5] = w.y, x[6] = w.z, x[7] = w.w;
}

static __device__ __forceinline__ void load(float (&x)[1], const float *from) { x[0] = *from; }
static __device__ __forceinline__ void load(float (&x)[1], const bf16 *from) { x[0] = widen(*from); }
static __device__ __forceinline__ void store(float *to, const float (&x)[1]) { *to = x[0]; }
static __device__ __forceinline__ void store(bf16 *to, const float (&x)[1]) { *to = narrow(x[0]); }

template <typename T, typename A, int WIDTH>
static __device__ __forceinline__ void rotate(
    T *q, T *k, const A *cos, const A *sin, const int *positions, int headsQ, int headsK, int strideQ, int strideK, int headDim,
    int half, int inverse, int rounding) {
  int pieces = half / WIDTH;
  int64_t row = blockIdx.x;
  int64_t angles = positions[row] * (int64_t)half;
  for (int i = threadIdx.x; i < (headsQ + headsK) * pieces; i += blockDim.x) {
    int head = i / pieces, d = i % pieces * WIDTH;
    T *x = head < headsQ ? q + row * strideQ + (int64_t)head * headDim : k + row * strideK + (int64_t)(head - headsQ) * headDim;
    float x1[WIDTH], x2[WIDTH], c[WIDTH], s[WIDTH];
    load(x1, x + d);
    load(x2, x + half + d);
    load(c, cos + angles + d);
    load(s, sin + angles + d);
#pragma unroll
    for (int e = 0; e < WIDTH; e++) {
      float sine = inverse ? -s[e] : s[e];
      float a = __fmul_rn(x1[e], c[e]), b = __fmul_rn(x2[e], sine), f = __fmul_rn(x2[e], c[e]), g = __fmul_rn(x1[e], sine);
      if (rounding) {
        x1[e] = roundToBf16(__fsub_rn(roundToBf16(a), roundToBf16(b)));
        x2[e] = roundToBf16(__fadd_rn(roundToBf16(f), roundToBf16(g)));
      } else {
        x1[e] = __fsub_rn(a, b);
        x2[e] = __fadd_rn(f, g);
      }
    }
    store(x + d, x1);
    store(x + half + d, x2);
  }
}

#define ENTRY(NAME, T, A, WIDTH)                                                                                                      \
  extern "C" __global__ void __launch_bounds__(128) NAME(                                                                             \
      T *q, T *k, const A *cos, const A *sin, const int *positions, int headsQ, int headsK, int strideQ, int strideK,                 \
      int headDim, int half, int inverse, int rounding) {                                                                                  \
    rotate<T, A, WIDTH>(q, k, cos, sin, positions, headsQ, headsK, strideQ, strideK, headDim, half, inverse, rounding);                     \
  }

ENTRY(rope_f32, float, float, 4)
ENTRY(rope_f32_any, float, float, 1)
ENTRY(rope_bf16, bf16, float, 8)
ENTRY(rope_bf16_any, bf16, float, 1)
ENTRY(rope_bf16_angles, bf16, bf16, 8)
ENTRY(rope_bf16_angles_any, bf16, bf16, 1)
