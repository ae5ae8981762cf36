// Element types in memory and groups of them: what is stored as f32, bf16 or f16 is computed in f32.
//
// A group is G elements next to each other that one thread moves with as few accesses as there can be: 16 bytes each where
// the addresses allow it (`vector`), element by element where they don't and in ragged ends.
#pragma once
#include "common.cuh"

struct f16 {
  uint16_t bits;
};

static __device__ __forceinline__ float widen(float x) { return x; }

static __device__ __forceinline__ float widen(f16 x) {
  float y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
  return y;
}

// To the nearest value of T, ties to even.
template <class T>
static __device__ __forceinline__ T narrowTo(float x);
template <>
__device__ __forceinline__ float narrowTo<float>(float x) {
  return x;
}
template <>
__device__ __forceinline__ bf16 narrowTo<bf16>(float x) {
  return narrow(x);
}
template <>
__device__ __forceinline__ f16 narrowTo<f16>(float x) {
  f16 y;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
  return y;
}

static __device__ __forceinline__ float roundToF16(float x) { return widen(narrowTo<f16>(x)); }

// Products and sums that the compiler must not join: the reference rounds after each.
static __device__ __forceinline__ float mul(float a, float b) { return __fmul_rn(a, b); }
static __device__ __forceinline__ float add(float a, float b) { return __fadd_rn(a, b); }
static __device__ __forceinline__ float sub(float a, float b) { return __fsub_rn(a, b); }

// The larger of two sizes decides how many elements make 16 bytes.
template <class A, class B = A>
struct Group {
  static constexpr int SIZE = 16 / (sizeof(A) > sizeof(B) ? sizeof(A) : sizeof(B));
};

template <class T, int G>
static __device__ __forceinline__ bool groupAligned(const T* p) {
  constexpr int BYTES = sizeof(T) * G > 16 ? 16 : sizeof(T) * G;
  return ((uintptr_t)p & (BYTES - 1)) == 0;
}

static __device__ __forceinline__ void pieces(uint32_t w, float& lo, float& hi, bf16) {
  lo = __uint_as_float(w << 16);
  hi = __uint_as_float(w & 0xffff0000u);
}

static __device__ __forceinline__ void pieces(uint32_t w, float& lo, float& hi, f16) {
  lo = widen(f16{(uint16_t)w});
  hi = widen(f16{(uint16_t)(w >> 16)});
}

static __device__ __forceinline__ uint32_t joined(float lo, float hi, bf16) { return narrow2(lo, hi); }

static __device__ __forceinline__ uint32_t joined(float lo, float hi, f16) {
  uint32_t y;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(y) : "f"(hi), "f"(lo));
  return y;
}

template <int G>
static __device__ __forceinline__ void loadVector(const float* p, float (&x)[G]) {
#pragma unroll
  for (int j = 0; j < G; j += 4) {
    float4 v = *(const float4*)(p + j);
    x[j] = v.x, x[j + 1] = v.y, x[j + 2] = v.z, x[j + 3] = v.w;
  }
}

template <int G, class T>
static __device__ __forceinline__ void loadVector(const T* p, float (&x)[G]) {
  static_assert(G == 4 || G == 8, "groups of 8 or 16 bytes");
  if constexpr (G == 8) {
    uint4 v = *(const uint4*)p;
    pieces(v.x, x[0], x[1], T{}), pieces(v.y, x[2], x[3], T{});
    pieces(v.z, x[4], x[5], T{}), pieces(v.w, x[6], x[7], T{});
  } else {
    uint2 v = *(const uint2*)p;
    pieces(v.x, x[0], x[1], T{}), pieces(v.y, x[2], x[3], T{});
  }
}

template <int G>
static __device__ __forceinline__ void storeVector(float* p, const float (&x)[G]) {
#pragma unroll
  for (int j = 0; j < G; j += 4) *(float4*)(p + j) = make_float4(x[j], x[j + 1], x[j + 2], x[j + 3]);
}

template <int G, class T>
static __device__ __forceinline__ void storeVector(T* p, const float (&x)[G]) {
  static_assert(G == 4 || G == 8, "groups of 8 or 16 bytes");
  if constexpr (G == 8) {
    *(uint4*)p = make_uint4(joined(x[0], x[1], T{}), joined(x[2], x[3], T{}), joined(x[4], x[5], T{}),
                            joined(x[6], x[7], T{}));
  } else {
    *(uint2*)p = make_uint2(joined(x[0], x[1], T{}), joined(x[2], x[3], T{}));
  }
}

// Elements p[0…valid), the others `missing`.
template <int G, class T>
static __device__ __forceinline__ void loadGroup(const T* p, int64_t valid, bool vector, float (&x)[G],
                                                 float missing = 0) {
  if (vector && valid >= G) {
    loadVector<G>(p, x);
  } else {
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = j < valid ? widen(p[j]) : missing;
  }
}

// Writes elements p[0…valid) only.
template <int G, class T>
static __device__ __forceinline__ void storeGroup(T* p, int64_t valid, bool vector, const float (&x)[G]) {
  if (vector && valid >= G) {
    storeVector<G>(p, x);
  } else {
#pragma unroll
    for (int j = 0; j < G; j++)
      if (j < valid) p[j] = narrowTo<T>(x[j]);
  }
}

// A group as it is in memory, 16 bytes of T: half the registers of its values where T has 16 bits.
template <class T>
static __device__ __forceinline__ void values(uint4 v, float (&x)[8], T) {
  pieces(v.x, x[0], x[1], T{}), pieces(v.y, x[2], x[3], T{});
  pieces(v.z, x[4], x[5], T{}), pieces(v.w, x[6], x[7], T{});
}

static __device__ __forceinline__ void values(uint4 v, float (&x)[4], float) {
  x[0] = __uint_as_float(v.x), x[1] = __uint_as_float(v.y);
  x[2] = __uint_as_float(v.z), x[3] = __uint_as_float(v.w);
}

template <class T>
static __device__ __forceinline__ uint4 stored(const float (&x)[8], T) {
  return make_uint4(joined(x[0], x[1], T{}), joined(x[2], x[3], T{}), joined(x[4], x[5], T{}),
                    joined(x[6], x[7], T{}));
}

static __device__ __forceinline__ uint4 stored(const float (&x)[4], float) {
  return make_uint4(__float_as_uint(x[0]), __float_as_uint(x[1]), __float_as_uint(x[2]), __float_as_uint(x[3]));
}

// Elements p[0…valid) of a group, the others `missing`. Loads of groups are all under way before the first is waited for as long
// as `vector` is known to the compiler and nothing takes their values apart between them.
template <class T>
static __device__ __forceinline__ uint4 readStored(const T* p, int64_t valid, bool vector, float missing = 0) {
  constexpr int G = Group<T>::SIZE;
  if (vector && valid >= G) return *(const uint4*)p;
  float x[G];
  loadGroup<G>(p, valid, false, x, missing);
  return stored(x, T{});
}

// Makes the compiler take a group's values apart again after this, instead of keeping them in more registers.
static __device__ __forceinline__ void keepStored(uint4& v) {
  asm volatile("" : "+r"(v.x), "+r"(v.y), "+r"(v.z), "+r"(v.w));
}

// Sum over a block of whole warps, in every thread: warps by their tree, then the warps' sums in order. `room` has 32
// floats and is free again after the next barrier.
static __device__ __forceinline__ float blockSum(float x, float* room) {
  x = warpSum(x);
  if ((threadIdx.x & 31) == 0) room[threadIdx.x >> 5] = x;
  __syncthreads();
  float sum = 0;
  for (int w = 0; w < (int)blockDim.x >> 5; w++) sum += room[w];
  return sum;
}
