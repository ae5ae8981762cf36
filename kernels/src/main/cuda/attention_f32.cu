// Causal softmax attention over packed sequences in f32, forward and backward, any D up to 256: the general path and the plain twin of
// attention_bf16.cu.
//
//   q, out, dOut, dQ   [N, H·D]  rows qStride elements apart     scores   s = scale · q · kᵀ, soft-capped as scores.cuh says
//                      forward: out f32 or bf16
//   k, v, dK, dV       [M, K·D]  rows kvStride elements apart    out      softmax(s) · v         H = K · group
//                      forward: k and v f32 or bf16, in rows or in the blocks of a cache that a table names (keyStart null)
//   lse, delta         [N, H]                                    lse      log Σ exp s;  delta = Σ dOut · out
//
// Sequence z has queries queryStart[z] to + queryLength[z] and keys keyStart[z] to + keyLength[z]; its last query stands at its last key. A
// query sees `window` keys counting its own, or all before it where window is 0.
// With `rounding` q·k is rounded to bf16, then its product with the scale, then the forward's probabilities exp(s − lse), which is why the
// forward takes the scores twice: lse first, then the output.
//
// Tiles of T queries by T keys in shared memory, T = 32, for D above 128 16; 128 threads. A score is a sum over d in order. In products
// with a score matrix a thread owns 4 columns of d and some rows; sums go over keys (or queries) in order. Every sum thus has one order,
// which depends on its own sequence alone, and no sum is shared between blocks: dQ and dK, dV are two passes, as atomics would let bits
// vary. An entry serves every D up to the one in its name; what D leaves of a row in shared memory is zero. Rows are 4 floats longer for
// the banks.
//
//   forward, dq   grid (H, query tiles of the longest sequence, sequences)
//   dkv           grid (K, key tiles of the longest sequence, sequences)
#include "scores.cuh"

static constexpr int THREADS = 128;

#define NOTHING __uint_as_float(0xff800000u)  // -infinity

template <int D>
struct Shape {
  static constexpr int TILE = D > 128 ? 16 : 32;
  static constexpr int PITCH = D + 4;            // of rows of q, k, v, dOut
  static constexpr int SCORES = TILE + 4;        // of rows of a score matrix
  static constexpr int QUERIES = TILE / 16;      // scores of a thread: queries ty · QUERIES + i,
  static constexpr int KEYS = TILE / 8;          // keys tx + 8 · j, tx = thread % 8, ty = thread / 8
  static constexpr int GROUPS = D / 4;           // of columns; a thread has columns 4 · (thread % GROUPS)
  static constexpr int ROWS = TILE * GROUPS / THREADS;  // and rows thread / GROUPS · ROWS + i of a product with a score matrix
};

// What a sequence's rows are, and one head's columns.
struct Sequence {
  int64_t queryRow, keyRow;
  int queries, keys, past;

  __device__ __forceinline__ Sequence(const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength) {
    int segment = blockIdx.z;
    queryRow = queryStart[segment], keyRow = keyStart ? keyStart[segment] : 0;
    queries = queryLength[segment], keys = keyLength[segment], past = keys - queries;
  }

  // Whether query i sees key j.
  __device__ __forceinline__ bool sees(int i, int j, int window) const {
    int ahead = past + i - j;
    return i < queries && j < keys && ahead >= 0 && !(window && ahead >= window);
  }
};

// TILE rows of d floats, a warp for each row; rows from `existing` on, and columns from d on, are zero.
template <int D>
static __device__ __forceinline__ void copyTile(float *tile, const float *from, int64_t stride, int existing, int d) {
#pragma unroll 2
  for (int row = threadIdx.x / 32; row < Shape<D>::TILE; row += THREADS / 32)
#pragma unroll
    for (int i = 0; i < D / 32; i++) {
      int column = threadIdx.x % 32 + i * 32;
      tile[row * Shape<D>::PITCH + column] = row < existing && column < d ? from[row * stride + column] : 0.f;
    }
}

static __device__ __forceinline__ float element(float x) { return x; }
static __device__ __forceinline__ float element(bf16 x) { return widen(x); }

// The same of the keys from `first` on, f32 or bf16, in rows or in the blocks of a cache.
template <int D, typename T>
static __device__ __forceinline__ void copyKeys(
    float *tile, const T *from, int64_t stride, int existing, int d, const int *table, int64_t tableRow, int blockTokens, int64_t start,
    int first) {
#pragma unroll 2
  for (int row = threadIdx.x / 32; row < Shape<D>::TILE; row += THREADS / 32) {
    int64_t at = row < existing ? keyRowOf(table, tableRow, blockTokens, start, first + row) * stride : 0;
#pragma unroll
    for (int i = 0; i < D / 32; i++) {
      int column = threadIdx.x % 32 + i * 32;
      tile[row * Shape<D>::PITCH + column] = row < existing && column < d ? element(from[at + column]) : 0.f;
    }
  }
}

// x[i][j] = Σ over d of rows[ty · QUERIES + i] · columns[tx + 8 · j]
template <int D>
static __device__ __forceinline__ void dots(
    float (&x)[Shape<D>::QUERIES][Shape<D>::KEYS], const float *rows, const float *columns, int d) {
  using S = Shape<D>;
  const float *row = rows + threadIdx.x / 8 * S::QUERIES * S::PITCH, *column = columns + threadIdx.x % 8 * S::PITCH;
#pragma unroll
  for (int i = 0; i < S::QUERIES; i++)
#pragma unroll
    for (int j = 0; j < S::KEYS; j++) x[i][j] = 0;
#pragma unroll 2
  for (int c = 0; c < d; c += 4) {
    float4 a[S::QUERIES], b[S::KEYS];
#pragma unroll
    for (int i = 0; i < S::QUERIES; i++) a[i] = *(const float4 *)(row + i * S::PITCH + c);
#pragma unroll
    for (int j = 0; j < S::KEYS; j++) b[j] = *(const float4 *)(column + j * 8 * S::PITCH + c);
#pragma unroll
    for (int i = 0; i < S::QUERIES; i++)
#pragma unroll
      for (int j = 0; j < S::KEYS; j++) {
        x[i][j] = fmaf(a[i].x, b[j].x, x[i][j]);
        x[i][j] = fmaf(a[i].y, b[j].y, x[i][j]);
        x[i][j] = fmaf(a[i].z, b[j].z, x[i][j]);
        x[i][j] = fmaf(a[i].w, b[j].w, x[i][j]);
      }
  }
}

// acc[i] += Σ over j < count of scores[j][ROWS · thread / GROUPS + i] · rows[j][this thread's 4 columns]
template <int D>
static __device__ __forceinline__ void mix(float4 (&acc)[Shape<D>::ROWS], const float *scores, const float *rows, int count) {
  using S = Shape<D>;
  const float *score = scores + threadIdx.x / S::GROUPS * S::ROWS, *row = rows + threadIdx.x % S::GROUPS * 4;
#pragma unroll 2
  for (int j = 0; j < count; j++) {
    float4 x = *(const float4 *)(row + j * S::PITCH);
#pragma unroll
    for (int i = 0; i < S::ROWS; i += 4) {
      float4 p = *(const float4 *)(score + j * S::SCORES + i);
      float each[4] = {p.x, p.y, p.z, p.w};
#pragma unroll
      for (int e = 0; e < 4; e++) {
        acc[i + e].x = fmaf(each[e], x.x, acc[i + e].x);
        acc[i + e].y = fmaf(each[e], x.y, acc[i + e].y);
        acc[i + e].z = fmaf(each[e], x.z, acc[i + e].z);
        acc[i + e].w = fmaf(each[e], x.w, acc[i + e].w);
      }
    }
  }
}

static __device__ __forceinline__ void put(float *to, float x) { *to = x; }
static __device__ __forceinline__ void put(bf16 *to, float x) { *to = narrow(x); }

// This thread's rows and columns of a product times `scale`, to rows `stride` apart.
template <int D, typename T>
static __device__ __forceinline__ void store(T *to, int64_t stride, int existing, int d, const float4 (&acc)[Shape<D>::ROWS], float scale) {
  using S = Shape<D>;
  int column = threadIdx.x % S::GROUPS * 4, first = threadIdx.x / S::GROUPS * S::ROWS;
#pragma unroll
  for (int i = 0; i < S::ROWS; i++) {
    if (first + i >= existing) continue;
    float each[4] = {acc[i].x, acc[i].y, acc[i].z, acc[i].w};
#pragma unroll
    for (int e = 0; e < 4; e++)
      if (column + e < d) put(to + (first + i) * stride + column + e, each[e] * scale);
  }
}

template <int D, typename T>
static __device__ __forceinline__ void attentionForward(
    const float *q, const T *k, const T *v, void *out, float *lse, const int *queryStart, const int *queryLength,
    const int *keyStart, const int *keyLength, const int *table, int tableStride, int blockTokens, int heads, int group, int d, int qStride, int kvStride, int outStride, float scale,
    float softCap, int window, int rounding, int outF32) {
  using S = Shape<D>;
  extern __shared__ __align__(16) float shared[];
  float *sQ = shared, *sK = sQ + S::TILE * S::PITCH, *sP = sK + S::TILE * S::PITCH;  // K, then V; probabilities [key][query]

  int head = blockIdx.x;
  Sequence z(queryStart, queryLength, keyStart, keyLength);
  int tile = (z.queries + S::TILE - 1) / S::TILE - 1 - (int)blockIdx.y;
  if (tile < 0) return;
  int first = tile * S::TILE, existing = min(S::TILE, z.queries - first);
  int lastKey = z.past + first + existing - 1;
  int fromTile = (window ? max(0, z.past + first - window + 1) : 0) / S::TILE;
  int endTile = lastKey < 0 ? fromTile : lastKey / S::TILE + 1;
  int64_t row0 = z.queryRow + first, column = head / group * (int64_t)d;
  int64_t tableRow = (int64_t)blockIdx.z * tableStride;

  copyTile<D>(sQ, q + row0 * qStride + head * (int64_t)d, qStride, existing, d);
  int tx = threadIdx.x % 8, ty = threadIdx.x / 8;
  float x[S::QUERIES][S::KEYS], most[S::QUERIES], sum[S::QUERIES], rowLse[S::QUERIES];
#pragma unroll
  for (int i = 0; i < S::QUERIES; i++) most[i] = NOTHING, sum[i] = 0;
  for (int t = fromTile; t < endTile; t++) {
    __syncthreads();
    copyKeys<D>(sK, k + column, kvStride, z.keys - t * S::TILE, d, table, tableRow, blockTokens, z.keyRow, t * S::TILE);
    __syncthreads();
    dots<D>(x, sQ, sK, d);
#pragma unroll
    for (int i = 0; i < S::QUERIES; i++) {
      float high = most[i];
#pragma unroll
      for (int j = 0; j < S::KEYS; j++) {
        bool seen = z.sees(first + ty * S::QUERIES + i, t * S::TILE + tx + 8 * j, window);
        x[i][j] = seen ? score(x[i][j], scale, softCap, rounding) : NOTHING;
        high = fmaxf(high, x[i][j]);
      }
#pragma unroll
      for (int lanes = 4; lanes > 0; lanes >>= 1) high = fmaxf(high, __shfl_xor_sync(~0u, high, lanes));
      float from = high == NOTHING ? 0 : high, part = 0;
#pragma unroll
      for (int j = 0; j < S::KEYS; j++) part += expf(x[i][j] - from);
#pragma unroll
      for (int lanes = 4; lanes > 0; lanes >>= 1) part += __shfl_xor_sync(~0u, part, lanes);
      sum[i] = fmaf(sum[i], expf(most[i] - from), part);
      most[i] = high;
    }
  }
#pragma unroll
  for (int i = 0; i < S::QUERIES; i++) {
    int row = ty * S::QUERIES + i;
    rowLse[i] = sum[i] == 0 ? NOTHING : most[i] + logf(sum[i]);
    if (tx == 0 && row < existing) lse[(row0 + row) * heads + head] = rowLse[i];
  }

  float4 acc[S::ROWS] = {};
  for (int t = fromTile; t < endTile; t++) {
    __syncthreads();
    copyKeys<D>(sK, k + column, kvStride, z.keys - t * S::TILE, d, table, tableRow, blockTokens, z.keyRow, t * S::TILE);
    __syncthreads();
    dots<D>(x, sQ, sK, d);
#pragma unroll
    for (int i = 0; i < S::QUERIES; i++)
#pragma unroll
      for (int j = 0; j < S::KEYS; j++) {
        int query = ty * S::QUERIES + i, key = tx + 8 * j;
        bool seen = z.sees(first + query, t * S::TILE + key, window);
        float p = seen ? expf(score(x[i][j], scale, softCap, rounding) - rowLse[i]) : 0;
        sP[key * S::SCORES + query] = rounding ? roundToBf16(p) : p;
      }
    __syncthreads();
    copyKeys<D>(sK, v + column, kvStride, z.keys - t * S::TILE, d, table, tableRow, blockTokens, z.keyRow, t * S::TILE);
    __syncthreads();
    mix<D>(acc, sP, sK, S::TILE);
  }
  int64_t at = row0 * outStride + head * (int64_t)d;
  if (outF32) {
    store<D>((float *)out + at, outStride, existing, d, acc, 1);
  } else {
    store<D>((bf16 *)out + at, outStride, existing, d, acc, 1);
  }
}

template <int D>
static __device__ __forceinline__ void attentionBackwardQ(
    const float *q, const float *k, const float *v, const float *dOut, const float *lse, const float *delta, float *dQ,
    const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int d, int qStride,
    int kvStride, int dOutStride, int dQStride, float scale, float softCap, int window, int rounding) {
  using S = Shape<D>;
  extern __shared__ __align__(16) float shared[];
  constexpr int MATRIX = S::TILE * S::PITCH;
  float *sQ = shared, *sO = sQ + MATRIX, *sK = sO + MATRIX, *sV = sK + MATRIX, *sS = sV + MATRIX;  // dS [key][query]

  int head = blockIdx.x;
  Sequence z(queryStart, queryLength, keyStart, keyLength);
  int tile = (z.queries + S::TILE - 1) / S::TILE - 1 - (int)blockIdx.y;
  if (tile < 0) return;
  int first = tile * S::TILE, existing = min(S::TILE, z.queries - first);
  int lastKey = z.past + first + existing - 1;
  int fromTile = (window ? max(0, z.past + first - window + 1) : 0) / S::TILE;
  int endTile = lastKey < 0 ? fromTile : lastKey / S::TILE + 1;
  int64_t row0 = z.queryRow + first, column = head / group * (int64_t)d;
  const float *keys = k + z.keyRow * kvStride + column, *values = v + z.keyRow * kvStride + column;

  copyTile<D>(sQ, q + row0 * qStride + head * (int64_t)d, qStride, existing, d);
  copyTile<D>(sO, dOut + row0 * dOutStride + head * (int64_t)d, dOutStride, existing, d);
  int tx = threadIdx.x % 8, ty = threadIdx.x / 8;
  float rowLse[S::QUERIES], rowDelta[S::QUERIES], x[S::QUERIES][S::KEYS], dp[S::QUERIES][S::KEYS];
#pragma unroll
  for (int i = 0; i < S::QUERIES; i++) {
    int row = ty * S::QUERIES + i;
    rowLse[i] = row < existing ? lse[(row0 + row) * heads + head] : 0;
    rowDelta[i] = row < existing ? delta[(row0 + row) * heads + head] : 0;
  }
  float4 acc[S::ROWS] = {};
  for (int t = fromTile; t < endTile; t++) {
    int64_t at = t * S::TILE * (int64_t)kvStride;
    __syncthreads();
    copyTile<D>(sK, keys + at, kvStride, z.keys - t * S::TILE, d);
    copyTile<D>(sV, values + at, kvStride, z.keys - t * S::TILE, d);
    __syncthreads();
    dots<D>(x, sQ, sK, d);
    dots<D>(dp, sO, sV, d);
#pragma unroll
    for (int i = 0; i < S::QUERIES; i++)
#pragma unroll
      for (int j = 0; j < S::KEYS; j++) {
        int query = ty * S::QUERIES + i, key = tx + 8 * j;
        bool seen = z.sees(first + query, t * S::TILE + key, window);
        float s = score(x[i][j], scale, softCap, rounding), p = seen ? expf(s - rowLse[i]) : 0;
        sS[key * S::SCORES + query] = seen ? p * (dp[i][j] - rowDelta[i]) * slope(s, softCap) : 0;
      }
    __syncthreads();
    mix<D>(acc, sS, sK, S::TILE);
  }
  store<D>(dQ + row0 * dQStride + head * (int64_t)d, dQStride, existing, d, acc, scale);
}

template <int D>
static __device__ __forceinline__ void attentionBackwardKV(
    const float *q, const float *k, const float *v, const float *dOut, const float *lse, const float *delta, float *dK, float *dV,
    const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int d, int qStride,
    int kvStride, int dOutStride, int dKvStride, float scale, float softCap, int window, int rounding) {
  using S = Shape<D>;
  extern __shared__ __align__(16) float shared[];
  constexpr int MATRIX = S::TILE * S::PITCH;
  float *sQ = shared, *sO = sQ + MATRIX, *sK = sO + MATRIX, *sV = sK + MATRIX;
  float *sP = sV + MATRIX, *sS = sP + S::TILE * S::SCORES;  // P and dS, [query][key]

  int kvHead = blockIdx.x;
  Sequence z(queryStart, queryLength, keyStart, keyLength);
  int first = blockIdx.y * S::TILE, existing = min(S::TILE, z.keys - first);
  if (existing <= 0) return;
  int fromTile = max(0, first - z.past) / S::TILE;
  int endQuery = window ? min(z.queries, first + existing - 1 + window - z.past) : z.queries;
  int endTile = endQuery <= 0 ? 0 : (endQuery + S::TILE - 1) / S::TILE;
  int64_t keyRow = z.keyRow + first, column = kvHead * (int64_t)d;

  copyTile<D>(sK, k + keyRow * kvStride + column, kvStride, existing, d);
  copyTile<D>(sV, v + keyRow * kvStride + column, kvStride, existing, d);
  int tx = threadIdx.x % 8, ty = threadIdx.x / 8;
  float x[S::QUERIES][S::KEYS], dp[S::QUERIES][S::KEYS];
  float4 dk[S::ROWS] = {}, dv[S::ROWS] = {};
  for (int head = kvHead * group; head < (kvHead + 1) * group; head++)
    for (int t = fromTile; t < endTile; t++) {
      int firstQuery = t * S::TILE;
      int64_t row0 = z.queryRow + firstQuery;
      __syncthreads();
      copyTile<D>(sQ, q + row0 * qStride + head * (int64_t)d, qStride, z.queries - firstQuery, d);
      copyTile<D>(sO, dOut + row0 * dOutStride + head * (int64_t)d, dOutStride, z.queries - firstQuery, d);
      __syncthreads();
      dots<D>(x, sQ, sK, d);
      dots<D>(dp, sO, sV, d);
#pragma unroll
      for (int i = 0; i < S::QUERIES; i++) {
        int query = ty * S::QUERIES + i;
        bool exists = firstQuery + query < z.queries;
        float rowLse = exists ? lse[(row0 + query) * heads + head] : 0, rowDelta = exists ? delta[(row0 + query) * heads + head] : 0;
#pragma unroll
        for (int j = 0; j < S::KEYS; j++) {
          int key = tx + 8 * j;
          bool seen = z.sees(firstQuery + query, first + key, window);
          float s = score(x[i][j], scale, softCap, rounding), p = seen ? expf(s - rowLse) : 0;
          sP[query * S::SCORES + key] = p;
          sS[query * S::SCORES + key] = seen ? p * (dp[i][j] - rowDelta) * slope(s, softCap) : 0;
        }
      }
      __syncthreads();
      mix<D>(dv, sP, sO, S::TILE);
      mix<D>(dk, sS, sQ, S::TILE);
    }
  store<D>(dK + keyRow * dKvStride + column, dKvStride, existing, d, dk, scale);
  store<D>(dV + keyRow * dKvStride + column, dKvStride, existing, d, dv, 1);
}

// delta[n, h] = Σ dOut · out over a head's d elements. Grid (N, H / 4 rounded up), a warp for each head.
extern "C" __global__ void __launch_bounds__(THREADS) attention_delta_f32(
    const float *dOut, const float *out, float *delta, int heads, int d, int dOutStride, int outStride) {
  int64_t row = blockIdx.x;
  int head = blockIdx.y * (THREADS / 32) + threadIdx.x / 32;
  if (head >= heads) return;
  const float *x = dOut + row * dOutStride + head * (int64_t)d, *y = out + row * outStride + head * (int64_t)d;
  float sum = 0;
#pragma unroll 2
  for (int c = threadIdx.x % 32; c < d; c += 32) sum = fmaf(x[c], y[c], sum);
  sum = warpSum(sum);
  if (threadIdx.x % 32 == 0) delta[row * heads + head] = sum;
}

#define FORWARD(NAME, T, D)                                                                                                           \
  extern "C" __global__ void __launch_bounds__(THREADS, 4) attention_forward_##NAME##_d##D(                                           \
      const float *q, const T *k, const T *v, void *out, float *lse, const int *queryStart, const int *queryLength,                   \
      const int *keyStart, const int *keyLength, const int *table, int tableStride, int blockTokens, int heads, int group, int d,     \
      int qStride, int kvStride, int outStride, float scale, float softCap, int window, int rounding, int outF32) {                   \
    attentionForward<D, T>(q, k, v, out, lse, queryStart, queryLength, keyStart, keyLength, table, tableStride, blockTokens, heads,   \
                           group, d, qStride, kvStride, outStride, scale, softCap, window, rounding, outF32);                         \
  }

#define BACKWARD(D)                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS, 3) attention_backward_dq_f32_d##D(                                            \
      const float *q, const float *k, const float *v, const float *dOut, const float *lse, const float *delta, float *dQ,             \
      const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int d,          \
      int qStride, int kvStride, int dOutStride, int dQStride, float scale, float softCap, int window, int rounding) {                \
    attentionBackwardQ<D>(q, k, v, dOut, lse, delta, dQ, queryStart, queryLength, keyStart, keyLength, heads, group, d, qStride,      \
                          kvStride, dOutStride, dQStride, scale, softCap, window, rounding);                                          \
  }                                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS, 3) attention_backward_dkv_f32_d##D(                                           \
      const float *q, const float *k, const float *v, const float *dOut, const float *lse, const float *delta, float *dK, float *dV,  \
      const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int d,          \
      int qStride, int kvStride, int dOutStride, int dKvStride, float scale, float softCap, int window, int rounding) {               \
    attentionBackwardKV<D>(q, k, v, dOut, lse, delta, dK, dV, queryStart, queryLength, keyStart, keyLength, heads, group, d, qStride, \
                           kvStride, dOutStride, dKvStride, scale, softCap, window, rounding);                                        \
  }

FORWARD(f32, float, 64)
FORWARD(f32, float, 128)
FORWARD(f32, float, 256)
FORWARD(bf16keys, bf16, 64)
FORWARD(bf16keys, bf16, 128)
FORWARD(bf16keys, bf16, 256)
BACKWARD(64)
BACKWARD(128)
BACKWARD(256)
