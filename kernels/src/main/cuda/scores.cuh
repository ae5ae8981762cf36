// What becomes of a product of a query and a key, the same in every attention kernel.
#pragma once
#include "common.cuh"

// scale · dot; with `rounding` each step is rounded to bf16, as where torch has bf16 tensors.
static __device__ __forceinline__ float scaled(float dot, float scale, int rounding) {
  return rounding ? roundToBf16(roundToBf16(dot) * scale) : __fmul_rn(dot, scale);
}

// softCap · tanh(score / softCap), rounded likewise.
static __device__ __forceinline__ float bend(float score, float softCap, int rounding) {
  float bent = __fdiv_rn(score, softCap);
  bent = tanhf(rounding ? roundToBf16(bent) : bent);
  bent = __fmul_rn(rounding ? roundToBf16(bent) : bent, softCap);
  return rounding ? roundToBf16(bent) : bent;
}

// A score from its product; softCap 0 for none.
static __device__ __forceinline__ float score(float dot, float scale, float softCap, int rounding) {
  float s = scaled(dot, scale, rounding);
  return softCap == 0 ? s : bend(s, softCap, rounding);
}

// The derivative of the soft cap where it gave this score.
static __device__ __forceinline__ float slope(float score, float softCap) {
  if (softCap == 0) return 1;
  float bent = score / softCap;
  return fmaf(-bent, bent, 1);
}

// The row of key j: rows from `start` on, or blocks that a row of the table names.
static __device__ __forceinline__ int64_t keyRowOf(const int *table, int64_t tableRow, int blockTokens, int64_t start, int j) {
  return table ? table[tableRow + j / blockTokens] * (int64_t)blockTokens + j % blockTokens : start + j;
}
