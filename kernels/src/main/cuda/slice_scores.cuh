// The scores of 4096 neighbouring tokens of a row, 16 a thread: its logits after penalties, forbidden tokens and the temperature.
#pragma once
#include "sampling.cuh"

constexpr int SLICE = 4096;
constexpr int SLICE_THREADS = 256;
constexpr int EACH = SLICE / SLICE_THREADS;

// Which tokens of a slice are edited, a bit each.
struct Edits {
  uint32_t seen[SLICE / 32], forbidden[SLICE / 32];
  bool any;
};

static __device__ __forceinline__ void mark(uint32_t* bits, int at) {
  if (at >= 0 && at < SLICE) atomicOr(&bits[at >> 5], 1u << (at & 31));
}

// For all threads of a block, with a barrier at the end where there is something to edit.
static __device__ __forceinline__ void findEdits(Edits& edits, const Request& r, int first) {
  bool any = r.forbiddenCount > 0 || (r.length > 0 && (r.penalty != 1 || r.ngram > 0));
  if (threadIdx.x == 0) edits.any = any;
  if (any) {
    for (int i = threadIdx.x; i < SLICE / 32; i += blockDim.x) edits.seen[i] = edits.forbidden[i] = 0;
    __syncthreads();
    if (r.penalty != 1)
      for (int k = threadIdx.x; k < r.length; k += blockDim.x) mark(edits.seen, r.history[k] - first);
    for (int k = threadIdx.x; k < r.forbiddenCount; k += blockDim.x) mark(edits.forbidden, r.forbidden[k] - first);
    if (r.ngram > 0)
      for (int start = threadIdx.x; start + r.ngram <= r.length; start += blockDim.x)
        if (wouldRepeat(r, start)) mark(edits.forbidden, r.history[start + r.ngram - 1] - first);
  }
  __syncthreads();
}

// x / y rounded once, as __fdiv_rn where nothing is subnormal or out of range; `inverse` is 1 / y.
static __device__ __forceinline__ float divided(float x, float y, float inverse) {
  float q = mul(x, inverse);
  float rest = fmaf(-q, y, x);
  float better = fmaf(rest, inverse, q);
  return fabsf(x) < 1e-25f || fabsf(x) > 1e30f ? __fdiv_rn(x, y) : better;
}

static __device__ __forceinline__ float scoreOf(float x, int at, const Edits& edits, const Request& r, float inverse) {
  if (edits.any) {
    if (edits.seen[at >> 5] >> (at & 31) & 1) x = x > 0 ? __fdiv_rn(x, r.penalty) : mul(x, r.penalty);
    if (edits.forbidden[at >> 5] >> (at & 31) & 1) x = -INFINITY;
  }
  return r.temperature == 0 || r.temperature == 1 ? x : divided(x, r.temperature, inverse);
}

// A thread's logits of a slice: groups of 16 bytes, neighbouring threads beside each other; −∞ beyond the vocabulary. placeOf(e) is the
// place of the e-th in the slice.
template <class T>
struct SliceLogits {
  static constexpr int G = Group<T>::SIZE;
  uint4 groups[EACH / G];

  __device__ __forceinline__ void load(const T* row, int first, int vocabulary) {
    if (vocabulary % G == 0 && groupAligned<T, G>(row)) {
#pragma unroll
      for (int g = 0; g < EACH / G; g++) {
        int i = first + placeOf(g * G);
        groups[g] = i < vocabulary ? *(const uint4*)(row + i) : lowest();
      }
    } else {
      T x[G];
#pragma unroll
      for (int g = 0; g < EACH / G; g++) {
#pragma unroll
        for (int j = 0; j < G; j++) {
          int i = first + placeOf(g * G + j);
          x[j] = i < vocabulary ? row[i] : narrowTo<T>(-INFINITY);
        }
        pack(x, groups[g]);
      }
    }
  }

  static __device__ __forceinline__ uint4 lowest() {
    uint32_t low = sizeof(T) == 4 ? 0xff800000u : 0xff80ff80u;
    return make_uint4(low, low, low, low);
  }

  static __device__ __forceinline__ void pack(const float (&x)[4], uint4& to) {
    to = make_uint4(__float_as_uint(x[0]), __float_as_uint(x[1]), __float_as_uint(x[2]), __float_as_uint(x[3]));
  }

  static __device__ __forceinline__ void pack(const bf16 (&x)[8], uint4& to) {
    to = make_uint4(x[0] | (uint32_t)x[1] << 16, x[2] | (uint32_t)x[3] << 16, x[4] | (uint32_t)x[5] << 16, x[6] | (uint32_t)x[7] << 16);
  }

  static __device__ __forceinline__ int placeOf(int e) { return (e / G * SLICE_THREADS + threadIdx.x) * G + e % G; }

  __device__ __forceinline__ void widened(float (&x)[EACH]) const {
#pragma unroll
    for (int g = 0; g < EACH / G; g++) {
      float y[G];
      values(groups[g], y, T{});
#pragma unroll
      for (int j = 0; j < G; j++) x[g * G + j] = y[j];
    }
  }
};
