// Causal softmax attention over packed sequences on the tensor cores, forward and backward (FlashAttention-2, Dao 2023), D = 64, 96, 128.
//
//   q, out, dOut, dQ   [N, H·D]  rows qStride (outStride) elements apart       scores   s = scale · q · kᵀ
//   k, v, dK, dV       [M, K·D]  rows kvStride elements apart, H = K · group   out      softmax(s) · v
//   lse, delta         [N, H] f32                                              lse      log Σ exp s;  delta = Σ dOut · out
//
// q, k, v, dOut are bf16; out and the gradients bf16 or f32. All rows start at multiples of 16 bytes. Sequence z has queries queryStart[z]
// to + queryLength[z] and keys keyStart[z] to + keyLength[z]; its last query stands at its last key. A query sees `window` keys counting
// its own, or all before it where window is 0. With `rounding` q·k is
// rounded to bf16, then its product with the scale. Probabilities and dS enter the second products as bf16.
//
// Forward: grid (H, query tiles of the longest sequence, sequences), 128 threads, tiles of 128 queries and 64 keys, 48 where D = 128 (64
// would spill registers). A warp owns 32 query rows as two fragments, so that a fragment of K or V that it reads feeds two mma. K and V
// have one buffer each: V arrives while scores are taken, the next K during the softmax and the second product; two blocks share a
// multiprocessor. Heavy tiles (late queries) start first.
//
// Backward takes two passes instead of atomics on f32, which would make bits vary from run to run; it takes the scores twice, 7 products
// instead of 5. Each sums in registers, in a fixed order, and writes once:
//   dq:   grid as forward, tiles of 64 queries, keys 32 at a time in two stages; S = Q·Kᵀ, dP = dO·Vᵀ, dS = P(dP − delta), dQ = scale · dS·K.
//   dkv:  grid (K, key tiles, sequences), tiles of 64 keys; the queries of the group's heads 32 at a time in two stages;
//         Sᵀ = K·Qᵀ, dPᵀ = V·dOᵀ, dV = Pᵀ·dO, dK = scale · dSᵀ·Q. Transposed scores leave Pᵀ and dSᵀ where mma wants its A.
// Key tiles start at multiples of their size counted from the sequence's first key: a row's bits depend on its own sequence alone.
#include "fragments.cuh"

static constexpr int THREADS = 128;
static constexpr float LOG2E = 1.4426950408889634f;

#define NOTHING __uint_as_float(0xff800000u)  // -infinity

// Tensor-core scores to what goes into the exponential, up to the factor that `rounding` leaves.
static __device__ __forceinline__ float roundedScore(float dot, float scale) { return roundToBf16(roundToBf16(dot) * scale); }

template <int TILES>
static __device__ __forceinline__ void roundScores(float (&s)[TILES][4], float scale) {
#pragma unroll
  for (int n = 0; n < TILES; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) s[n][e] = roundedScore(s[n][e], scale);
}

// exp(s − lse) in powers of 2. It is at most 1; where scores are so large that f32 can't hold their difference from lse, too.
static __device__ __forceinline__ float probability(float s, float factor, float lseLog2) {
  float x = fmaf(s, factor, -lseLog2);
  asm("min.NaN.f32 %0, %0, 0f00000000;" : "+f"(x));
  return exp2Fast(x);
}

template <int D>
static __device__ __forceinline__ void attentionForward(
    const bf16 *q, const bf16 *k, const bf16 *v, void *out, float *lse, const int *queryStart, const int *queryLength, const int *keyStart,
    const int *keyLength, int heads, int group, int qStride, int kvStride, int outStride, float scale, int window, int rounding,
    int outF32) {
  constexpr int FRAGMENTS = 2, ROWS = 16 * FRAGMENTS, QUERIES = THREADS / 32 * ROWS, KEYS = D == 128 ? 48 : 64, PITCH = pitch<D>;
  extern __shared__ __align__(16) bf16 shared[];
  bf16 *sQ = shared, *sK = sQ + QUERIES * PITCH, *sV = sK + KEYS * PITCH;

  int head = blockIdx.x, segment = blockIdx.z;
  int queries = queryLength[segment], keys = keyLength[segment];
  int tile = (queries + QUERIES - 1) / QUERIES - 1 - (int)blockIdx.y;
  if (tile < 0) return;
  int firstQuery = tile * QUERIES, existing = min(QUERIES, queries - firstQuery);
  int position = keys - queries + firstQuery;  // of the tile's first query among the keys
  int lastKey = position + existing - 1;
  int keyTile = (window ? max(0, position - window + 1) : 0) / KEYS;
  int endTile = lastKey < 0 ? keyTile : lastKey / KEYS + 1;
  int64_t row0 = queryStart[segment] + (int64_t)firstQuery;
  int64_t kvColumn = head / group * D;
  const bf16 *kBase = k + keyStart[segment] * (int64_t)kvStride + kvColumn;
  const bf16 *vBase = v + keyStart[segment] * (int64_t)kvStride + kvColumn;

  copyTile<QUERIES, D, THREADS>(sQ, q + row0 * qStride + head * D, qStride, existing);
  if (keyTile < endTile) {
    copyTile<KEYS, D, THREADS>(sK, kBase + keyTile * KEYS * (int64_t)kvStride, kvStride, keys - keyTile * KEYS);
  }
  commitCopies();

  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  uint32_t qRows[FRAGMENTS];
#pragma unroll
  for (int f = 0; f < FRAGMENTS; f++) qRows[f] = rowsAddress<D>(sQ, warp * ROWS + f * 16);
  uint32_t kColumns = columnsAddress<D>(sK), vDepth = depthAddress<D>(sV);
  float factor = (rounding ? 1.f : scale) * LOG2E;

  float o[FRAGMENTS][D / 8][4] = {};
  float most[FRAGMENTS][2], sum[FRAGMENTS][2];
#pragma unroll
  for (int f = 0; f < FRAGMENTS; f++) most[f][0] = most[f][1] = NOTHING, sum[f][0] = sum[f][1] = 0;

  for (; keyTile < endTile; keyTile++) {
    waitCopies<0>();
    __syncthreads();  // K is here, and nobody reads the last V any more
    copyTile<KEYS, D, THREADS>(sV, vBase + keyTile * KEYS * (int64_t)kvStride, kvStride, keys - keyTile * KEYS);
    commitCopies();

    float s[FRAGMENTS][KEYS / 8][4] = {};
#pragma unroll
    for (int d = 0; d < D / 16; d++) {
      uint32_t a[FRAGMENTS][4];
#pragma unroll
      for (int f = 0; f < FRAGMENTS; f++) loadMatrices(a[f], qRows[f] + d * 32);
#pragma unroll
      for (int n = 0; n < KEYS / 16; n++) {
        uint32_t b[4];
        loadMatrices(b, kColumns + (n * 16 * PITCH + d * 16) * 2);
#pragma unroll
        for (int f = 0; f < FRAGMENTS; f++) {
          multiply(s[f][2 * n], a[f], b[0], b[1]);
          multiply(s[f][2 * n + 1], a[f], b[2], b[3]);
        }
      }
    }

    waitCopies<0>();
    __syncthreads();  // V is here, and nobody reads K any more
    if (keyTile + 1 < endTile) {
      copyTile<KEYS, D, THREADS>(sK, kBase + (keyTile + 1) * KEYS * (int64_t)kvStride, kvStride, keys - (keyTile + 1) * KEYS);
    }
    commitCopies();

    int firstKey = keyTile * KEYS;
    bool masked = firstKey + KEYS - 1 > position || (window && firstKey <= position + QUERIES - 1 - window);
    float shrink[FRAGMENTS][2];
    bool grown = false;
#pragma unroll
    for (int f = 0; f < FRAGMENTS; f++) {
      if (rounding) roundScores(s[f], scale);
      if (masked) {
        int at = position + warp * ROWS + f * 16 + g - firstKey;  // column of the row's own key
#pragma unroll
        for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
          for (int e = 0; e < 4; e++) {
            int ahead = at + e / 2 * 8 - (n * 8 + 2 * t + e % 2);
            if (ahead < 0 || (window && ahead >= window)) s[f][n][e] = NOTHING;
          }
      }
#pragma unroll
      for (int half = 0; half < 2; half++) {
        float high = most[f][half];
#pragma unroll
        for (int n = 0; n < KEYS / 8; n++) high = fmaxf(high, fmaxf(s[f][n][2 * half], s[f][n][2 * half + 1]));
        high = rowMax(high);
        float from = high == NOTHING ? 0 : high;
        shrink[f][half] = exp2Fast((most[f][half] - from) * factor);
        grown |= high != most[f][half];
        most[f][half] = high;
        float part = 0;
#pragma unroll
        for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
          for (int e = 2 * half; e < 2 * half + 2; e++) {
            s[f][n][e] = exp2Fast((s[f][n][e] - from) * factor);
            part += s[f][n][e];
          }
        sum[f][half] = sum[f][half] * shrink[f][half] + part;
      }
    }
    if (__any_sync(~0u, grown)) {  // later keys seldom have a new maximum; the factor is 1 where they don't
#pragma unroll
      for (int f = 0; f < FRAGMENTS; f++)
#pragma unroll
        for (int n = 0; n < D / 8; n++)
#pragma unroll
          for (int e = 0; e < 4; e++) o[f][n][e] *= shrink[f][e / 2];
    }

#pragma unroll
    for (int j = 0; j < KEYS / 16; j++) {
      uint32_t p[FRAGMENTS][4];
#pragma unroll
      for (int f = 0; f < FRAGMENTS; f++) roundToRows(p[f], s[f], j);
#pragma unroll
      for (int n = 0; n < D / 16; n++) {
        uint32_t b[4];
        loadTransposed(b, vDepth + (j * 16 * PITCH + n * 16) * 2);
#pragma unroll
        for (int f = 0; f < FRAGMENTS; f++) {
          multiply(o[f][2 * n], p[f], b[0], b[1]);
          multiply(o[f][2 * n + 1], p[f], b[2], b[3]);
        }
      }
    }
  }

  waitCopies<0>();
  __syncthreads();  // the rows of Q become those of the output
#pragma unroll
  for (int f = 0; f < FRAGMENTS; f++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float total = rowSum(sum[f][half]);
      float inverse = total == 0 ? 0 : 1 / total;
      int row = warp * ROWS + f * 16 + half * 8 + g;
      bool exists = row < existing;
      if (exists && t == 0) {
        float top = rounding ? most[f][half] : most[f][half] * scale;
        lse[(row0 + row) * heads + head] = total == 0 ? NOTHING : top + logf(total);
      }
#pragma unroll
      for (int n = 0; n < D / 8; n++) {
        float x = o[f][n][2 * half] * inverse, y = o[f][n][2 * half + 1] * inverse;
        if (!outF32) {
          *(uint32_t *)(sQ + row * PITCH + n * 8 + 2 * t) = narrow2(x, y);
        } else if (exists) {
          *(float2 *)((float *)out + (row0 + row) * outStride + head * D + n * 8 + 2 * t) = make_float2(x, y);
        }
      }
    }
  if (outF32) return;
  __syncwarp();
#pragma unroll
  for (int i = lane; i < ROWS * (D / 8); i += 32) {
    int row = warp * ROWS + i / (D / 8), column = i % (D / 8) * 8;
    if (row < existing) *(uint4 *)((bf16 *)out + (row0 + row) * outStride + head * D + column) = *(const uint4 *)(sQ + row * PITCH + column);
  }
}

// 16 rows of gradients from C tiles, times `scale`, to memory: row of lane group g at `to`, and 8 rows on; dtype bf16 or f32.
template <int D>
static __device__ __forceinline__ void storeGradient(
    void *to, int64_t offset, int64_t stride, int existing, const float (&c)[D / 8][4], float scale, int f32) {
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int row = half * 8 + g;
    if (row >= existing) continue;
#pragma unroll
    for (int n = 0; n < D / 8; n++) {
      float x = c[n][2 * half] * scale, y = c[n][2 * half + 1] * scale;
      int64_t at = offset + row * stride + n * 8 + 2 * t;
      if (f32) {
        *(float2 *)((float *)to + at) = make_float2(x, y);
      } else {
        *(uint32_t *)((bf16 *)to + at) = narrow2(x, y);
      }
    }
  }
}

template <int D>
static __device__ __forceinline__ void attentionBackwardQ(
    const bf16 *q, const bf16 *k, const bf16 *v, const bf16 *dOut, const float *lse, const float *delta, void *dQ, const int *queryStart,
    const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int qStride, int kvStride, int dOutStride,
    int dQStride, float scale, int window, int rounding, int gradientF32) {
  constexpr int QUERIES = THREADS / 32 * 16, KEYS = 32, PITCH = pitch<D>, STAGE = 2 * KEYS * PITCH;
  extern __shared__ __align__(16) bf16 shared[];
  bf16 *sQ = shared, *sO = sQ + QUERIES * PITCH, *sKV = sO + QUERIES * PITCH;  // stages of K, then V

  int head = blockIdx.x, segment = blockIdx.z;
  int queries = queryLength[segment], keys = keyLength[segment];
  int tile = (queries + QUERIES - 1) / QUERIES - 1 - (int)blockIdx.y;
  if (tile < 0) return;
  int firstQuery = tile * QUERIES, existing = min(QUERIES, queries - firstQuery);
  int position = keys - queries + firstQuery;
  int lastKey = position + existing - 1;
  int keyTile = (window ? max(0, position - window + 1) : 0) / KEYS;
  int endTile = lastKey < 0 ? keyTile : lastKey / KEYS + 1;
  int64_t row0 = queryStart[segment] + (int64_t)firstQuery;
  int64_t kvColumn = head / group * D;
  const bf16 *kBase = k + keyStart[segment] * (int64_t)kvStride + kvColumn;
  const bf16 *vBase = v + keyStart[segment] * (int64_t)kvStride + kvColumn;
  auto copyKeys = [&](int from, int stage) {
    bf16 *to = sKV + stage * STAGE;
    copyTile<KEYS, D, THREADS>(to, kBase + from * KEYS * (int64_t)kvStride, kvStride, keys - from * KEYS);
    copyTile<KEYS, D, THREADS>(to + KEYS * PITCH, vBase + from * KEYS * (int64_t)kvStride, kvStride, keys - from * KEYS);
  };

  copyTile<QUERIES, D, THREADS>(sQ, q + row0 * qStride + head * D, qStride, existing);
  copyTile<QUERIES, D, THREADS>(sO, dOut + row0 * dOutStride + head * D, dOutStride, existing);
  commitCopies();
  if (keyTile < endTile) copyKeys(keyTile, 0);
  commitCopies();

  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  float rowLse[2], rowDelta[2];
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int row = warp * 16 + half * 8 + g;
    bool exists = row < existing;
    rowLse[half] = exists ? lse[(row0 + row) * heads + head] * LOG2E : 0;
    rowDelta[half] = exists ? delta[(row0 + row) * heads + head] : 0;
  }
  waitCopies<1>();
  __syncthreads();
  uint32_t a[D / 16][4], ao[D / 16][4];
  uint32_t qRows = rowsAddress<D>(sQ, warp * 16), oRows = rowsAddress<D>(sO, warp * 16);
#pragma unroll
  for (int d = 0; d < D / 16; d++) {
    loadMatrices(a[d], qRows + d * 32);
    loadMatrices(ao[d], oRows + d * 32);
  }

  float factor = (rounding ? 1.f : scale) * LOG2E;
  float dq[D / 8][4] = {};
  for (int stage = 0; keyTile < endTile; keyTile++, stage ^= 1) {
    waitCopies<0>();
    __syncthreads();  // these keys are here, and nobody reads the other stage any more
    if (keyTile + 1 < endTile) copyKeys(keyTile + 1, stage ^ 1);
    commitCopies();

    const bf16 *sK = sKV + stage * STAGE, *sV = sK + KEYS * PITCH;
    uint32_t kColumns = columnsAddress<D>(sK), vColumns = columnsAddress<D>(sV), kDepth = depthAddress<D>(sK);
    float s[KEYS / 8][4] = {}, dp[KEYS / 8][4] = {};
#pragma unroll
    for (int d = 0; d < D / 16; d++)
#pragma unroll
      for (int n = 0; n < KEYS / 16; n++) {
        uint32_t b[4];
        loadMatrices(b, kColumns + (n * 16 * PITCH + d * 16) * 2);
        multiply(s[2 * n], a[d], b[0], b[1]);
        multiply(s[2 * n + 1], a[d], b[2], b[3]);
        loadMatrices(b, vColumns + (n * 16 * PITCH + d * 16) * 2);
        multiply(dp[2 * n], ao[d], b[0], b[1]);
        multiply(dp[2 * n + 1], ao[d], b[2], b[3]);
      }

    int firstKey = keyTile * KEYS;
    if (rounding) roundScores(s, scale);
#pragma unroll
    for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) s[n][e] = probability(s[n][e], factor, rowLse[e / 2]) * (dp[n][e] - rowDelta[e / 2]);
    if (firstKey + KEYS - 1 > position || (window && firstKey <= position + QUERIES - 1 - window)) {
      int at = position + warp * 16 + g - firstKey;
#pragma unroll
      for (int n = 0; n < KEYS / 8; n++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
          int ahead = at + e / 2 * 8 - (n * 8 + 2 * t + e % 2);
          if (ahead < 0 || (window && ahead >= window)) s[n][e] = 0;
        }
    }

#pragma unroll
    for (int j = 0; j < KEYS / 16; j++) {
      uint32_t ds[4];
      roundToRows(ds, s, j);
#pragma unroll
      for (int n = 0; n < D / 16; n++) {
        uint32_t b[4];
        loadTransposed(b, kDepth + (j * 16 * PITCH + n * 16) * 2);
        multiply(dq[2 * n], ds, b[0], b[1]);
        multiply(dq[2 * n + 1], ds, b[2], b[3]);
      }
    }
  }
  waitCopies<0>();
  storeGradient<D>(dQ, (row0 + warp * 16) * dQStride + head * D, dQStride, existing - warp * 16, dq, scale, gradientF32);
}

template <int D>
static __device__ __forceinline__ void attentionBackwardKV(
    const bf16 *q, const bf16 *k, const bf16 *v, const bf16 *dOut, const float *lse, const float *delta, void *dK, void *dV,
    const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int qStride,
    int kvStride, int dOutStride, int dKvStride, float scale, int window, int rounding, int gradientF32) {
  constexpr int KEYS = THREADS / 32 * 16, QUERIES = 32, PITCH = pitch<D>, STAGE = 2 * QUERIES * PITCH;
  extern __shared__ __align__(16) bf16 shared[];
  bf16 *sK = shared, *sV = sK + KEYS * PITCH, *sQO = sV + KEYS * PITCH;  // stages of Q, then dO
  float *sRows = (float *)(sQO + 2 * STAGE);                             // stages of lse, then delta

  int kvHead = blockIdx.x, segment = blockIdx.z;
  int queries = queryLength[segment], keys = keyLength[segment];
  int firstKey = blockIdx.y * KEYS;  // early keys, seen by most queries, start first
  int existing = min(KEYS, keys - firstKey);
  if (existing <= 0) return;
  int past = keys - queries;
  int fromQuery = max(0, firstKey - past);
  int endQuery = window ? min(queries, firstKey + existing - 1 + window - past) : queries;
  int fromTile = fromQuery / QUERIES;
  int tiles = endQuery <= fromQuery ? 0 : (endQuery + QUERIES - 1) / QUERIES - fromTile;
  int steps = tiles * group;
  int64_t queryRow = queryStart[segment], keyRow = keyStart[segment] + (int64_t)firstKey;

  auto copyQueries = [&](int step, int stage) {
    int head = kvHead * group + step / tiles, first = (fromTile + step % tiles) * QUERIES, existing = queries - first;
    bf16 *to = sQO + stage * STAGE;
    int64_t row = queryRow + first;
    copyTile<QUERIES, D, THREADS>(to, q + row * qStride + head * D, qStride, existing);
    copyTile<QUERIES, D, THREADS>(to + QUERIES * PITCH, dOut + row * dOutStride + head * D, dOutStride, existing);
    if (threadIdx.x < 2 * QUERIES) {
      int i = threadIdx.x % QUERIES;
      const float *rows = threadIdx.x < QUERIES ? lse : delta;
      bool exists = i < existing;
      copyAsync4(sharedAddress(sRows + stage * 2 * QUERIES + threadIdx.x), rows + (exists ? (row + i) * heads + head : 0), exists);
    }
  };

  copyTile<KEYS, D, THREADS>(sK, k + keyRow * kvStride + kvHead * D, kvStride, existing);
  copyTile<KEYS, D, THREADS>(sV, v + keyRow * kvStride + kvHead * D, kvStride, existing);
  if (steps > 0) copyQueries(0, 0);
  commitCopies();

  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  uint32_t kRows = rowsAddress<D>(sK, warp * 16), vRows = rowsAddress<D>(sV, warp * 16);
  float factor = (rounding ? 1.f : scale) * LOG2E;
  float dk[D / 8][4] = {}, dv[D / 8][4] = {};
  for (int step = 0; step < steps; step++) {
    int stage = step % 2;
    waitCopies<0>();
    __syncthreads();  // these queries are here, and nobody reads the other stage any more
    if (step + 1 < steps) copyQueries(step + 1, stage ^ 1);
    commitCopies();

    const bf16 *sQ = sQO + stage * STAGE, *sO = sQ + QUERIES * PITCH;
    uint32_t qColumns = columnsAddress<D>(sQ), oColumns = columnsAddress<D>(sO);
    float s[QUERIES / 8][4] = {}, dp[QUERIES / 8][4] = {};
#pragma unroll
    for (int d = 0; d < D / 16; d++) {
      uint32_t ak[4], av[4];
      loadMatrices(ak, kRows + d * 32);
      loadMatrices(av, vRows + d * 32);
#pragma unroll
      for (int n = 0; n < QUERIES / 16; n++) {
        uint32_t b[4];
        loadMatrices(b, qColumns + (n * 16 * PITCH + d * 16) * 2);
        multiply(s[2 * n], ak, b[0], b[1]);
        multiply(s[2 * n + 1], ak, b[2], b[3]);
        loadMatrices(b, oColumns + (n * 16 * PITCH + d * 16) * 2);
        multiply(dp[2 * n], av, b[0], b[1]);
        multiply(dp[2 * n + 1], av, b[2], b[3]);
      }
    }

    int first = (fromTile + step % tiles) * QUERIES;
    int position = past + first;  // of the tile's first query among the keys
    if (rounding) roundScores(s, scale);
#pragma unroll
    for (int n = 0; n < QUERIES / 8; n++) {
      float2 columnLse = *(const float2 *)(sRows + stage * 2 * QUERIES + n * 8 + 2 * t);
      float2 columnDelta = *(const float2 *)(sRows + stage * 2 * QUERIES + QUERIES + n * 8 + 2 * t);
      float lseOf[2] = {columnLse.x * LOG2E, columnLse.y * LOG2E}, deltaOf[2] = {columnDelta.x, columnDelta.y};
#pragma unroll
      for (int e = 0; e < 4; e++) {
        s[n][e] = probability(s[n][e], factor, lseOf[e % 2]);
        dp[n][e] = s[n][e] * (dp[n][e] - deltaOf[e % 2]);
      }
    }
    bool ragged = first + QUERIES > queries;
    if (position < firstKey + KEYS - 1 || (window && position + QUERIES - 1 >= firstKey + window) || ragged) {
      int at = position - (firstKey + warp * 16 + g);
#pragma unroll
      for (int n = 0; n < QUERIES / 8; n++)
#pragma unroll
        for (int e = 0; e < 4; e++) {
          int column = n * 8 + 2 * t + e % 2, ahead = at + column - e / 2 * 8;
          if (ahead < 0 || (window && ahead >= window) || first + column >= queries) s[n][e] = dp[n][e] = 0;
        }
    }

    uint32_t qDepth = depthAddress<D>(sQ), oDepth = depthAddress<D>(sO);
#pragma unroll
    for (int j = 0; j < QUERIES / 16; j++) {
      uint32_t p[4], ds[4];
      roundToRows(p, s, j);
      roundToRows(ds, dp, j);
#pragma unroll
      for (int n = 0; n < D / 16; n++) {
        uint32_t b[4];
        loadTransposed(b, oDepth + (j * 16 * PITCH + n * 16) * 2);
        multiply(dv[2 * n], p, b[0], b[1]);
        multiply(dv[2 * n + 1], p, b[2], b[3]);
        loadTransposed(b, qDepth + (j * 16 * PITCH + n * 16) * 2);
        multiply(dk[2 * n], ds, b[0], b[1]);
        multiply(dk[2 * n + 1], ds, b[2], b[3]);
      }
    }
  }
  waitCopies<0>();
  int64_t offset = (keyRow + warp * 16) * dKvStride + kvHead * D;
  storeGradient<D>(dK, offset, dKvStride, existing - warp * 16, dk, scale, gradientF32);
  storeGradient<D>(dV, offset, dKvStride, existing - warp * 16, dv, 1, gradientF32);
}

// delta[n, h] = Σ dOut · out over a head's D elements, D a multiple of 4. Grid (N, H / 4 rounded up), a warp for each head.
extern "C" __global__ void __launch_bounds__(THREADS) attention_delta_bf16(
    const bf16 *dOut, const void *out, float *delta, int heads, int d, int dOutStride, int outStride, int outF32) {
  int64_t row = blockIdx.x;
  int head = blockIdx.y * (THREADS / 32) + threadIdx.x / 32;
  if (head >= heads) return;
  const bf16 *x = dOut + row * dOutStride + head * d;
  int64_t at = row * outStride + head * d;
  float sum = 0;
#pragma unroll 1
  for (int c = threadIdx.x % 32 * 4; c < d; c += 128) {
    uint2 four = *(const uint2 *)(x + c);
    float4 y;
    if (outF32) {
      y = *(const float4 *)((const float *)out + at + c);
    } else {
      uint2 bits = *(const uint2 *)((const bf16 *)out + at + c);
      y.x = __uint_as_float(bits.x << 16), y.y = __uint_as_float(bits.x & 0xffff0000u);
      y.z = __uint_as_float(bits.y << 16), y.w = __uint_as_float(bits.y & 0xffff0000u);
    }
    sum = fmaf(__uint_as_float(four.x << 16), y.x, sum);
    sum = fmaf(__uint_as_float(four.x & 0xffff0000u), y.y, sum);
    sum = fmaf(__uint_as_float(four.y << 16), y.z, sum);
    sum = fmaf(__uint_as_float(four.y & 0xffff0000u), y.w, sum);
  }
  sum = warpSum(sum);
  if (threadIdx.x % 32 == 0) delta[row * heads + head] = sum;
}

#define ENTRIES(D)                                                                                                                    \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) attention_forward_bf16_d##D(                                               \
      const bf16 *q, const bf16 *k, const bf16 *v, void *out, float *lse, const int *queryStart, const int *queryLength,              \
      const int *keyStart, const int *keyLength, int heads, int group, int qStride, int kvStride, int outStride, float scale,         \
      int window, int rounding, int outF32) {                                                                                         \
    attentionForward<D>(q, k, v, out, lse, queryStart, queryLength, keyStart, keyLength, heads, group, qStride, kvStride, outStride,  \
                        scale, window, rounding, outF32);                                                                             \
  }                                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) attention_backward_dq_bf16_d##D(                                           \
      const bf16 *q, const bf16 *k, const bf16 *v, const bf16 *dOut, const float *lse, const float *delta, void *dQ,                  \
      const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int qStride,    \
      int kvStride, int dOutStride, int dQStride, float scale, int window, int rounding, int gradientF32) {                           \
    attentionBackwardQ<D>(q, k, v, dOut, lse, delta, dQ, queryStart, queryLength, keyStart, keyLength, heads, group, qStride,         \
                          kvStride, dOutStride, dQStride, scale, window, rounding, gradientF32);                                      \
  }                                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) attention_backward_dkv_bf16_d##D(                                          \
      const bf16 *q, const bf16 *k, const bf16 *v, const bf16 *dOut, const float *lse, const float *delta, void *dK, void *dV,        \
      const int *queryStart, const int *queryLength, const int *keyStart, const int *keyLength, int heads, int group, int qStride,    \
      int kvStride, int dOutStride, int dKvStride, float scale, int window, int rounding, int gradientF32) {                          \
    attentionBackwardKV<D>(q, k, v, dOut, lse, delta, dK, dV, queryStart, queryLength, keyStart, keyLength, heads, group, qStride,    \
                           kvStride, dOutStride, dKvStride, scale, window, rounding, gradientF32);                                    \
  }

ENTRIES(64)
ENTRIES(96)
ENTRIES(128)
