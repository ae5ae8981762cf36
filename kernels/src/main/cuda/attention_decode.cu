// Attention of single queries over cached keys and values, as decoding asks for it, and adding rows to that cache.
//
//   q, out [N, H·D] f32 or bf16; k, v caches of rows [K·D], kvStride elements apart, f32 or bf16, H = K · group; lse [N, H] f32 or null
//   query n sees keys 0 to length[n] − 1, with a window the last `window` of them. Key j is row
//     table[sequence[n] · tableStride + j / blockTokens] · blockTokens + j % blockTokens  of a paged cache (sequence null: n), or
//     keyStart[n] + j                                                                     where table is null.
//   Query n is row n of q, out and lse, or row queryStart[n]; where queryLength[n] isn't 1 it is left out. Either may be null.
//   A query without keys gets zeros, and lse −infinity.
//
// Keys are split into parts of 128, counted from key 0, so a query's bits depend on its own keys alone, never on the batch. Grid (K · heads
// of a group / G rounded up, parts of the longest query, N), 128 threads: one part for up to G = 1, 2, 4 or 8 heads that share a key head,
// so that K and V are read once for them. First a thread takes the scores of one key: 16 bytes of its row at a time, the queries from
// shared memory, no sums across lanes. Then the part's softmax. Then threads are laid out as (slices of keys) x (16 bytes of the row):
// whole rows of V are read by neighbouring threads, slices are summed in order. Queries of one part are done; the others leave maximum, sum
// and sum of p · v in `parts`, and attention_decode_combine puts these together, in order. Bound by reading the cache once.
//
// With a soft cap scores are bent as scores.cuh says. With `rounding` q·k is rounded to bf16, then its product with the scale; probabilities stay f32, as their sum isn't known in a part.
#include "scores.cuh"

static constexpr int THREADS = 128;
static constexpr int PART = 128;
static constexpr int LARGEST_HEAD = 256;

#define NOTHING __uint_as_float(0xff800000u)  // -infinity

static __device__ __forceinline__ void load16(float (&x)[4], const float *from) {
  float4 v = *(const float4 *)from;
  x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
}

static __device__ __forceinline__ void load16(float (&x)[8], const bf16 *from) {
  uint4 v = *(const uint4 *)from;
  uint32_t words[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
  for (int i = 0; i < 4; i++) x[2 * i] = __uint_as_float(words[i] << 16), x[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
}

static __device__ __forceinline__ float element(const void *from, int64_t at, int f32) {
  return f32 ? ((const float *)from)[at] : widen(((const bf16 *)from)[at]);
}

static __device__ __forceinline__ void setElement(void *to, int64_t at, float x, int f32) {
  if (f32) {
    ((float *)to)[at] = x;
  } else {
    ((bf16 *)to)[at] = narrow(x);
  }
}

// x[g] of all threads put together by `reduce` in a fixed order: lanes, then warps.
template <int G, typename Reduce, typename Warp>
static __device__ __forceinline__ void blockReduce(float (&x)[G], float (&space)[THREADS / 32][G], Warp warp, Reduce reduce) {
#pragma unroll
  for (int g = 0; g < G; g++) {
    float y = warp(x[g]);
    if (threadIdx.x % 32 == 0) space[threadIdx.x / 32][g] = y;
  }
  __syncthreads();
#pragma unroll
  for (int g = 0; g < G; g++) {
    x[g] = space[0][g];
#pragma unroll
    for (int w = 1; w < THREADS / 32; w++) x[g] = reduce(x[g], space[w][g]);
  }
}

template <typename T, int G>
static __device__ __forceinline__ void decode(
    const void *q, const T *k, const T *v, void *out, float *lse, float *parts, const int *table, const int *sequence, const int *keyStart,
    const int *length, const int *queryStart, const int *queryLength, int tableStride, int blockTokens, int group, int d, int qStride, int kvStride, int outStride, float scale,
    float softCap, int window, int rounding, int qF32, int outF32) {
  constexpr int WIDTH = 16 / sizeof(T);
  __shared__ __align__(16) float sQ[G][LARGEST_HEAD];
  __shared__ __align__(16) float sP[PART][G];
  __shared__ float sMost[THREADS / 32][G], sSum[THREADS / 32][G], sHigh[G], sAll[G];
  __shared__ __align__(16) float sMixed[G][THREADS * WIDTH];
  __shared__ int64_t sRow[PART];

  int n = blockIdx.z;
  if (queryLength && queryLength[n] != 1) return;
  int64_t queryRow = queryStart ? queryStart[n] : n;
  int chunks = (group + G - 1) / G;
  int kvHead = blockIdx.x / chunks, firstHead = blockIdx.x % chunks * G;  // of the group
  int present = min(G, group - firstHead), heads = gridDim.x / chunks * group;
  firstHead += kvHead * group;
  int keys = length[n], from = window ? max(0, keys - window) : 0;
  int first = blockIdx.y * PART;
  bool whole = keys <= 0 ? blockIdx.y == 0 : from / PART == (keys - 1) / PART;
  if (keys > 0 ? first >= keys || first + PART <= from : !whole) return;

#pragma unroll 1
  for (int i = threadIdx.x; i < G * d; i += THREADS) {
    int g = i / d, c = i % d;
    sQ[g][c] = g < present ? element(q, queryRow * qStride + (firstHead + g) * (int64_t)d + c, qF32) : 0;
  }
  int j = first + threadIdx.x;
  bool seen = j >= from && j < keys;
  int64_t row = 0;
  if (seen) row = keyRowOf(table, (sequence ? sequence[n] : n) * (int64_t)tableStride, blockTokens, table ? 0 : keyStart[n], j);
  sRow[threadIdx.x] = row * kvStride + kvHead * (int64_t)d;
  __syncthreads();

  float s[G] = {};
  if (seen) {
    const T *key = k + row * kvStride + kvHead * (int64_t)d;
#pragma unroll 4
    for (int c = 0; c < d; c += WIDTH) {
      float x[WIDTH];
      load16(x, key + c);
#pragma unroll
      for (int g = 0; g < G; g++)
#pragma unroll
        for (int e = 0; e < WIDTH; e += 4) {
          float4 y = *(const float4 *)&sQ[g][c + e];
          s[g] = fmaf(y.x, x[e], s[g]);
          s[g] = fmaf(y.y, x[e + 1], s[g]);
          s[g] = fmaf(y.z, x[e + 2], s[g]);
          s[g] = fmaf(y.w, x[e + 3], s[g]);
        }
    }
  }
#pragma unroll
  for (int g = 0; g < G; g++) s[g] = scaled(s[g], scale, rounding);
  if (softCap != 0) {
    // By way of shared memory, so that tanh is there once and takes no registers from the products.
#pragma unroll
    for (int g = 0; g < G; g++) sP[threadIdx.x][g] = s[g];
#pragma unroll 1
    for (int g = 0; g < G; g++) sP[threadIdx.x][g] = bend(sP[threadIdx.x][g], softCap, rounding);
#pragma unroll
    for (int g = 0; g < G; g++) s[g] = sP[threadIdx.x][g];
  }
  float most[G], sum[G];
#pragma unroll
  for (int g = 0; g < G; g++) {
    if (!seen) s[g] = NOTHING;
    most[g] = s[g];
  }
  blockReduce<G>(most, sMost, [](float x) { return warpMax(x); }, [](float x, float y) { return fmaxf(x, y); });
#pragma unroll
  for (int g = 0; g < G; g++) {
    sum[g] = seen ? expf(s[g] - most[g]) : 0;
    sP[threadIdx.x][g] = sum[g];
  }
  blockReduce<G>(sum, sSum, [](float x) { return warpSum(x); }, [](float x, float y) { return x + y; });

  int pieces = d / WIDTH, slices = THREADS / pieces;
  int slice = threadIdx.x / pieces, piece = threadIdx.x % pieces;
  float mixed[G][WIDTH] = {};
  if (slice < slices) {
    int end = min(PART, keys - first);
#pragma unroll 4
    for (int i = max(0, from - first) + slice; i < end; i += slices) {
      float x[WIDTH];
      load16(x, v + sRow[i] + piece * WIDTH);
#pragma unroll
      for (int g = 0; g < G; g++) {
        float p = sP[i][g];
#pragma unroll
        for (int e = 0; e < WIDTH; e++) mixed[g][e] = fmaf(p, x[e], mixed[g][e]);
      }
    }
  }
#pragma unroll
  for (int g = 0; g < G; g++)
#pragma unroll
    for (int e = 0; e < WIDTH; e++) sMixed[g][threadIdx.x * WIDTH + e] = mixed[g][e];
  if (threadIdx.x == 0) {
#pragma unroll
    for (int g = 0; g < G; g++) sHigh[g] = most[g], sAll[g] = sum[g];
  }
  __syncthreads();
#pragma unroll 1
  for (int i = threadIdx.x; i < present * d; i += THREADS) {
    int g = i / d, c = i % d;
    int64_t head = n * (int64_t)heads + firstHead + g;
    float *part = parts + (head * gridDim.y + blockIdx.y) * (d + 2);
    float high = sHigh[g], all = sAll[g], total = 0;
#pragma unroll 2
    for (int l = 0; l < slices; l++) total += sMixed[g][l * d + c];
    if (!whole) {
      part[2 + c] = total;
    } else {
      setElement(out, queryRow * outStride + (firstHead + g) * (int64_t)d + c, all == 0 ? 0 : total / all, outF32);
    }
    if (c == 0 && !whole) {
      part[0] = high;
      part[1] = all;
    } else if (c == 0 && lse) {
      lse[queryRow * heads + firstHead + g] = all == 0 ? NOTHING : high + logf(all);
    }
  }
}

// Puts the parts of queries with more than one together. Grid (H, N), 128 threads, each with columns of D.
extern "C" __global__ void __launch_bounds__(THREADS) attention_decode_combine(
    const float *parts, void *out, float *lse, const int *length, const int *queryStart,
    const int *queryLength, int partsOfAll, int d, int outStride, int window, int outF32) {
  int n = blockIdx.y, head = blockIdx.x, heads = gridDim.x;
  if (queryLength && queryLength[n] != 1) return;
  int64_t queryRow = queryStart ? queryStart[n] : n;
  int keys = length[n], first = (window ? max(0, keys - window) : 0) / PART, end = (keys + PART - 1) / PART;
  if (end - first < 2) return;
  const float *mine = parts + (n * (int64_t)heads + head) * partsOfAll * (d + 2);
  float most = NOTHING, sum = 0;
#pragma unroll 2
  for (int i = first; i < end; i++) most = fmaxf(most, mine[i * (int64_t)(d + 2)]);
#pragma unroll 2
  for (int i = first; i < end; i++) sum = fmaf(mine[i * (int64_t)(d + 2) + 1], expf(mine[i * (int64_t)(d + 2)] - most), sum);
#pragma unroll 1
  for (int c = threadIdx.x; c < d; c += THREADS) {
    float total = 0;
#pragma unroll 4
    for (int i = first; i < end; i++) {
      const float *part = mine + i * (int64_t)(d + 2);
      total = fmaf(part[2 + c], expf(part[0] - most), total);
    }
    setElement(out, queryRow * outStride + head * (int64_t)d + c, total / sum, outF32);
  }
  if (lse && threadIdx.x == 0) lse[queryRow * heads + head] = most + logf(sum);
}

// Rows of keys and values to their places in the cache: row n is key position[n] of sequence[n] (null: n), which begins at row
// keyStart[sequence] where table is null. Grid (N), 128 threads, 8 elements each; `width` = K·D, a multiple of 8.
template <typename From, typename To>
static __device__ __forceinline__ void append(
    const From *k, const From *v, To *kCache, To *vCache, const int *table, const int *sequence, const int *keyStart, const int *position,
    int tableStride, int blockTokens, int width, int stride, int kvStride) {
  int64_t n = blockIdx.x;
  int mine = sequence ? sequence[n] : (int)n;
  int64_t row = keyRowOf(table, mine * (int64_t)tableStride, blockTokens, table ? 0 : keyStart[mine], position[n]) * kvStride;
#pragma unroll 1
  for (int c = threadIdx.x * 8; c < width; c += THREADS * 8) {
    if constexpr (sizeof(From) == sizeof(To)) {
      constexpr int STEP = 16 / sizeof(To);
#pragma unroll
      for (int i = 0; i < 8; i += STEP) {
        *(uint4 *)(kCache + row + c + i) = *(const uint4 *)(k + n * stride + c + i);
        *(uint4 *)(vCache + row + c + i) = *(const uint4 *)(v + n * stride + c + i);
      }
    } else {
      float a[4], b[4];
      load16(a, k + n * stride + c);
      load16(b, k + n * stride + c + 4);
      *(uint4 *)(kCache + row + c) = make_uint4(narrow2(a[0], a[1]), narrow2(a[2], a[3]), narrow2(b[0], b[1]), narrow2(b[2], b[3]));
      load16(a, v + n * stride + c);
      load16(b, v + n * stride + c + 4);
      *(uint4 *)(vCache + row + c) = make_uint4(narrow2(a[0], a[1]), narrow2(a[2], a[3]), narrow2(b[0], b[1]), narrow2(b[2], b[3]));
    }
  }
}

#define DECODE(NAME, T, G)                                                                                                            \
  extern "C" __global__ void __launch_bounds__(THREADS, G == 8 ? 4 : 6) attention_decode_##NAME##_g##G(                                               \
      const void *q, const T *k, const T *v, void *out, float *lse, float *parts, const int *table, const int *sequence,              \
      const int *keyStart, const int *length, const int *queryStart, const int *queryLength, int tableStride, int blockTokens,        \
      int group, int d, int qStride, int kvStride, int outStride, float scale, float softCap, int window, int rounding, int qF32, int outF32) {      \
    decode<T, G>(q, k, v, out, lse, parts, table, sequence, keyStart, length, queryStart, queryLength, tableStride, blockTokens,      \
                 group, d, qStride, kvStride, outStride, scale, softCap, window, rounding, qF32, outF32);                                    \
  }

#define APPEND(NAME, FROM, TO)                                                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS) cache_append_##NAME(                                                          \
      const FROM *k, const FROM *v, TO *kCache, TO *vCache, const int *table, const int *sequence, const int *keyStart,               \
      const int *position, int tableStride, int blockTokens, int width, int stride, int kvStride) {                                   \
    append<FROM, TO>(k, v, kCache, vCache, table, sequence, keyStart, position, tableStride, blockTokens, width, stride, kvStride);   \
  }

DECODE(f32, float, 1)
DECODE(f32, float, 2)
DECODE(f32, float, 4)
DECODE(f32, float, 8)
DECODE(bf16, bf16, 1)
DECODE(bf16, bf16, 2)
DECODE(bf16, bf16, 4)
DECODE(bf16, bf16, 8)
APPEND(f32, float, float)
APPEND(bf16, bf16, bf16)
APPEND(f32_to_bf16, float, bf16)
