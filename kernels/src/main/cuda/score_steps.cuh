// Exponentials of scores in f32 for sampling_slices.cu: how many steps of an eighth of an octave a score lies above another, and the mass within one.
#pragma once
#include "common.cuh"

constexpr int STEPS = 256;            // of an eighth of an octave each, from the largest score down
constexpr float MASS = 524288.f;      // 2¹⁹: 4096 tokens of one step don't run over 32 bits
constexpr float MAGIC = 12582912.f;   // 1.5 · 2²³: adding it leaves an integer in the lower bits
constexpr float EIGHTHS = 11.541560173034668f, EIGHTHS_REST = 1.5407704268000089e-07f;  // 8 · log2 e
constexpr float LARGEST_SCORE = 262144.f;  // steps are integers in f32 up to here; rows with larger scores go the general way

// Steps above `top`, a fraction too: 8 · log2 e · score − top; what is far below isn't told from −∞.
static __device__ __forceinline__ float stepsAbove(float score, float top) {
  return fmaxf(fmaf(score, EIGHTHS_REST, fmaf(score, EIGHTHS, -top)), -4096.f);
}

// The nearest step, counted down, and what is left of y.
static __device__ __forceinline__ int stepOf(float y, float& fraction) {
  float q = y + MAGIC;
  fraction = y - (q - MAGIC);
  return __float_as_int(MAGIC) - __float_as_int(q);
}

static __device__ __forceinline__ float power2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// 2^(stepsAbove / 8), to the same bits.
static __device__ __forceinline__ float powerAbove(float score, float top) {
  return power2(fmaf(score, EIGHTHS_REST * 0.125f, fmaf(score, EIGHTHS * 0.125f, top * -0.125f)));
}

// 2^(fraction / 8) · MASS, rounded, for a fraction of −½ to ½.
static __device__ __forceinline__ uint32_t massInStep(float fraction) {
  float w = fraction * 0.08664339756999316f;  // ln 2 / 8
  float e = fmaf(w, fmaf(w, fmaf(w, fmaf(w, 1.f / 24, 1.f / 6), 0.5f), 1.f), 1.f);
  return __float_as_uint(fmaf(e, MASS, MAGIC)) - __float_as_uint(MAGIC);
}
