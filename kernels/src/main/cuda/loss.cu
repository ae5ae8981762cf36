// Cross-entropy over a vocabulary, with its gradient in place.
//
// logits [N, V], labels I32 [N] → losses [N] = log Σ e^logit − logit[label], and where asked for
// dLogits = (softmax − onehot) · scale, which may be the logits. Grid N, block 512, one row a block. The softmax's maximum and
// denominator come from one pass (Milakov and Gimelshein 2018: a thread's sum is scaled down whenever its maximum
// grows), the gradient from a second that finds most of the row in the L2 cache; two logits in memory, none beside.
// A row's bits depend on V alone. Every row has a label: one outside of the vocabulary makes the loss and the gradient of its row NaN.
#include "elements.cuh"

constexpr int THREADS = 512;
constexpr int ELEMENTS = 16;  // that a thread has in registers at a time

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

template <class T>
static __device__ __forceinline__ void crossEntropy(const T* logits, const int* labels, float* losses, T* dLogits,
                                                    float scale, int vocabulary) {
  constexpr int G = Group<T>::SIZE;
  constexpr int UNROLLED = ELEMENTS / G;
  __shared__ float maxima[THREADS / 32], sums[THREADS / 32];
  const T* row = logits + (int64_t)blockIdx.x * vocabulary;
  bool vector = vocabulary % G == 0 && groupAligned<T, G>(logits) && (!dLogits || groupAligned<T, G>(dLogits));
  Softmax s{-INFINITY, 0};
  for (int first = threadIdx.x * G; first < vocabulary; first += THREADS * G * UNROLLED) {
    float x[UNROLLED][G];
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      int i = first + u * THREADS * G;
      loadGroup<G>(row + i, vocabulary - i, vector, x[u], -INFINITY);
    }
    float max = s.max;
#pragma unroll
    for (int u = 0; u < UNROLLED; u++)
#pragma unroll
      for (int j = 0; j < G; j++) max = fmaxf(max, x[u][j]);
    float origin = max == -INFINITY ? 0 : max;
    float sum = s.sum * expf(s.max - origin);
#pragma unroll
    for (int u = 0; u < UNROLLED; u++)
#pragma unroll
      for (int j = 0; j < G; j++) sum += expf(x[u][j] - origin);
    s = {max, sum};
  }
  s = warpJoin(s);
  if ((threadIdx.x & 31) == 0) maxima[threadIdx.x >> 5] = s.max, sums[threadIdx.x >> 5] = s.sum;
  __syncthreads();
  s = {maxima[0], sums[0]};
  for (int w = 1; w < THREADS / 32; w++) s = join(s, {maxima[w], sums[w]});
  int label = labels[blockIdx.x];
  bool known = label >= 0 && label < vocabulary;
  if (threadIdx.x == 0) {
    double loss = (double)s.max + log((double)s.sum) - (known ? (double)widen(row[label]) : NAN);
    losses[blockIdx.x] = (float)loss;
  }
  if (!dLogits) return;
  __syncthreads();  // the label's logit has been read
  float share = known ? __frcp_rn(s.sum) : NAN;
  T* to = dLogits + (int64_t)blockIdx.x * vocabulary;
  for (int first = threadIdx.x * G; first < vocabulary; first += THREADS * G * UNROLLED) {
    float x[UNROLLED][G];
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      int i = first + u * THREADS * G;
      loadGroup<G>(row + i, vocabulary - i, vector, x[u]);
    }
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      int i = first + u * THREADS * G;
#pragma unroll
      for (int j = 0; j < G; j++) x[u][j] = (expf(x[u][j] - s.max) * share - (i + j == label ? 1 : 0)) * scale;
      storeGroup<G>(to + i, vocabulary - i, vector, x[u]);
    }
  }
}

extern "C" __global__ void __launch_bounds__(THREADS, 3)
    cross_entropy_f32(const float* logits, const int* labels, float* losses, float* dLogits, float scale, int vocabulary) {
  crossEntropy(logits, labels, losses, dLogits, scale, vocabulary);
}
extern "C" __global__ void __launch_bounds__(THREADS, 3)
    cross_entropy_bf16(const bf16* logits, const int* labels, float* losses, bf16* dLogits, float scale, int vocabulary) {
  crossEntropy(logits, labels, losses, dLogits, scale, vocabulary);
}
