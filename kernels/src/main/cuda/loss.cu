// Cross-entropy over a vocabulary, with its gradient in place.
//
// logits [N, V], labels I32 [N] → losses [N] = log Σ e^logit − logit[label], and where asked for
// dLogits = (softmax − onehot) · scale, which may be the logits. Grid N, block 512, one row a block. Up to 32768 logits in bf16 or 16384
// in f32 are read once: a thread keeps eight groups of 16 bytes as they are in memory. Of longer rows (and of those that don't go
// in groups) the softmax's maximum and denominator come from one pass (Milakov and Gimelshein 2018: a thread's sum is scaled down
// whenever its maximum grows), the gradient from a second that finds most of the row in the L2 cache. In bf16 an
// exponential is 2^(d · log₂ e) by the special function unit, d = logit − maximum.
// Measured before (two passes over every row, one load waiting for the other): 65 % of the copy's bandwidth with the gradient, V = 32000
// in bf16; an H100 gave 97 %.
// A row's bits depend on V alone. Every row has a label: one outside of the vocabulary makes the loss and the gradient of its row NaN.
#include "elements.cuh"

constexpr int THREADS = 512;
constexpr int KEPT = 8;       // groups of a row in a thread's registers
constexpr int UNROLLED = 4;   // groups under way of a longer row

// The maximum of some logits and the sum of e^(logit − maximum).
struct Softmax {
  float max;
  float sum;
};

static __device__ __forceinline__ Softmax join(Softmax a, Softmax b) {
  float max = fmaxf(a.max, b.max);
  float origin = max == -INFINITY ? 0 : max;
  return {max, a.sum * expf(a.max - origin) + b.sum * expf(b.max - origin)};
}

static __device__ __forceinline__ Softmax warpJoin(Softmax s) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    Softmax other{__shfl_xor_sync(~0u, s.max, d), __shfl_xor_sync(~0u, s.sum, d)};
    // the lower lane's comes first in both, so that all lanes have the same bits
    s = threadIdx.x & d ? join(other, s) : join(s, other);
  }
  return s;
}

static __device__ __forceinline__ float power(float x, float) { return expf(x); }

static __device__ __forceinline__ float power(float x, bf16) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x * 1.4426950408889634f));
  return y;
}

// The larger of what `best` has and a group's logits, without NaN. Values in bf16 are compared in pairs as they are: taken apart
// here too, they would all be kept so for the sum, in twice the registers.
static __device__ __forceinline__ uint32_t largerPair(uint32_t a, uint32_t b) {
  uint32_t y;
  asm("max.bf16x2 %0, %1, %2;" : "=r"(y) : "r"(a), "r"(b));
  return y;
}

template <int COUNT>
static __device__ __forceinline__ float largest(const uint4 (&groups)[COUNT], bf16) {
  uint32_t best = 0xff80ff80u;  // −∞ twice
#pragma unroll
  for (int k = 0; k < COUNT; k++)
    best = largerPair(best, largerPair(largerPair(groups[k].x, groups[k].y), largerPair(groups[k].z, groups[k].w)));
  float lo, hi;
  pieces(best, lo, hi, bf16{});
  return fmaxf(lo, hi);
}

template <int COUNT>
static __device__ __forceinline__ float largest(const uint4 (&groups)[COUNT], float) {
  float best = -INFINITY;
#pragma unroll
  for (int k = 0; k < COUNT; k++) {
    float x[4];
    values(groups[k], x, float{});
#pragma unroll
    for (int j = 0; j < 4; j++) best = fmaxf(best, x[j]);
  }
  return best;
}

// The softmax so far and that of some groups.
template <class T, int COUNT>
static __device__ __forceinline__ Softmax extended(Softmax s, const uint4 (&groups)[COUNT]) {
  constexpr int G = Group<T>::SIZE;
  float max = fmaxf(s.max, largest(groups, T{}));
  float origin = max == -INFINITY ? 0 : max;
  float sum = s.sum * expf(s.max - origin);
#pragma unroll
  for (int k = 0; k < COUNT; k++) {
    float x[G];
    values(groups[k], x, T{});
#pragma unroll
    for (int j = 0; j < G; j++) sum += power(x[j] - origin, T{});
  }
  return {max, sum};
}

template <class T, bool VECTOR, bool WHOLE>
static __device__ __forceinline__ void rowLoss(const T* logits, const int* labels, float* losses, T* dLogits,
                                               float scale, int vocabulary) {
  constexpr int G = Group<T>::SIZE;
  constexpr int STEP = THREADS * G;
  __shared__ float maxima[THREADS / 32], sums[THREADS / 32];
  const T* row = logits + (int64_t)blockIdx.x * vocabulary;
  auto left = [=](int i) { return VECTOR ? G : vocabulary - i; };
  auto read = [=](int i) {
    return readStored(row + i, i < vocabulary ? left(i) : 0, VECTOR && i < vocabulary, -INFINITY);
  };
  int own = threadIdx.x * G;
  Softmax s{-INFINITY, 0};
  uint4 kept[KEPT];
  if constexpr (WHOLE) {
#pragma unroll
    for (int k = 0; k < KEPT; k++) kept[k] = read(own + k * STEP);
    s = extended<T>(s, kept);
  } else {
#pragma unroll 1
    for (int first = own; first < vocabulary; first += UNROLLED * STEP) {
      uint4 more[UNROLLED];
#pragma unroll
      for (int u = 0; u < UNROLLED; u++) more[u] = read(first + u * STEP);
      s = extended<T>(s, more);
    }
  }
  s = warpJoin(s);
  if ((threadIdx.x & 31) == 0) maxima[threadIdx.x >> 5] = s.max, sums[threadIdx.x >> 5] = s.sum;
  __syncthreads();
  int w = threadIdx.x & 31;
  s = w < THREADS / 32 ? Softmax{maxima[w], sums[w]} : Softmax{-INFINITY, 0};
  s = warpJoin(s);  // in every warp
  int label = labels[blockIdx.x];
  bool known = label >= 0 && label < vocabulary;
  if (threadIdx.x == 0) {
    double loss = (double)s.max + log((double)s.sum) - (known ? (double)widen(row[label]) : NAN);
    losses[blockIdx.x] = (float)loss;
  }
  if (!dLogits) return;
  __syncthreads();  // the label's logit has been read
  float share = known ? __frcp_rn(s.sum) : NAN;
  T* gradient = dLogits + (int64_t)blockIdx.x * vocabulary;
  auto write = [&](int i, uint4 group) {
    float x[G];
    values(group, x, T{});
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = power(x[j] - s.max, T{}) * share;
    if (label >= i && label < i + G) {
#pragma unroll
      for (int j = 0; j < G; j++)
        if (i + j == label) x[j] -= 1;
    }
#pragma unroll
    for (int j = 0; j < G; j++) x[j] *= scale;
    storeGroup<G>(gradient + i, left(i), VECTOR, x);
  };
  if constexpr (WHOLE) {
#pragma unroll
    for (int k = 0; k < KEPT; k++)
      if (own + k * STEP < vocabulary) write(own + k * STEP, kept[k]);
  } else {
#pragma unroll 1
    for (int first = own; first < vocabulary; first += UNROLLED * STEP) {
      uint4 more[UNROLLED];
#pragma unroll
      for (int u = 0; u < UNROLLED; u++) more[u] = read(first + u * STEP);
#pragma unroll
      for (int u = 0; u < UNROLLED; u++)
        if (first + u * STEP < vocabulary) write(first + u * STEP, more[u]);
    }
  }
}

template <class T>
static __device__ __forceinline__ void crossEntropy(const T* logits, const int* labels, float* losses, T* dLogits,
                                                    float scale, int vocabulary) {
  constexpr int G = Group<T>::SIZE;
  bool vector = vocabulary % G == 0 && groupAligned<T, G>(logits) && groupAligned<T, G>(dLogits);
  if (vector && vocabulary <= KEPT * THREADS * G) {
    rowLoss<T, true, true>(logits, labels, losses, dLogits, scale, vocabulary);
  } else if (vector) {
    rowLoss<T, true, false>(logits, labels, losses, dLogits, scale, vocabulary);
  } else {
    rowLoss<T, false, false>(logits, labels, losses, dLogits, scale, vocabulary);
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
    cross_entropy_f32(const float* logits, const int* labels, float* losses, float* dLogits, float scale, int vocabulary) {
  crossEntropy(logits, labels, losses, dLogits, scale, vocabulary);
}
extern "C" __global__ void __launch_bounds__(THREADS, 2)
    cross_entropy_bf16(const bf16* logits, const int* labels, float* losses, bf16* dLogits, float scale, int vocabulary) {
  crossEntropy(logits, labels, losses, dLogits, scale, vocabulary);
}
