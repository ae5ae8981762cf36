// What becomes of a product of a query and a key, the same in every attention kernel.
#pragma once
#include "common.cuh"

// scale · dot, or softCap · tanh(scale · dot / softCap); with `rounding` each step is rounded to bf16, as where torch has bf16 tensors.
static __device__ __forceinline__ float score(float dot, float scale, float softCap, int rounding) {
  float s = rounding ? roundToBf16(roundToBf16(dot) * scale) : __fmul_rn(dot, scale);
  if (softCap == 0) return s;
  float bent = __fdiv_rn(s, softCap);
  bent = tanhf(rounding ? roundToBf16(bent) : bent);
  s = __fmul_rn(rounding ? roundToBf16(bent) : bent, softCap);
  return rounding ? roundToBf16(s) : s;
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
