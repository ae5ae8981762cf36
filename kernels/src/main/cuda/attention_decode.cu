// Attention of single queries over cached keys and values, as decoding asks for it, and adding rows to that cache.
//
//   q, out [N, H·D] f32 or bf16; k, v caches of rows [K·D], kvStride elements apart, f32 or bf16, H = K · group; lse [N, H] f32 or null
//   query n sees keys 0 to length[n] − 1, with a window the last `window` of them. Key j is row
//     table[sequence[n] · tableStride + j / blockTokens] · blockTokens + j % blockTokens  of a paged cache (sequence null: n), or
//     keyStart[n] + j                                                                     where table is null.
//   Query n is row n of q, out and lse, or row queryStart[n]; where queryLength[n] isn't 1 it is left out. Either may be null.
//   A query without keys gets zeros, and lse −infinity.
//
// Keys are split into parts of 512, counted from key 0, so a query's bits depend on its own keys alone, never on the batch. Grid (K · heads of a
// group / G rounded up, parts of the longest query, N), 32 to 128 threads: one part for up to G = 1, 2 or 4 heads that share a key head, so that K
// and V are read once for them. Each warp goes through tiles of 16 keys of its own, 16 of each 16 · warps: their rows come into shared memory by
// cp.async, the next keys while values are added and the next values while keys are multiplied, and no warp waits for another before the end. Scores:
// two lanes a key, every second 16 bytes of its row each; rows of K lie 32 bytes apart, which leaves the banks without conflicts. Then the tile's
// softmax beside the running one, and lanes laid out as (slices of keys) x (16 bytes of the row) add V. In the end slices and warps are summed in
// order. Queries of one part are done; the others leave maximum, sum and sum of p · v in `parts`, and attention_decode_combine puts these together,
// in order. Dynamic shared memory: what a tile of each warp takes, or the sums of all slices, G · d f32 each.
//
// Bound by reading the cache once. Of an H100's 3.0 TB/s 92 % for 64 sequences of 512 keys with 32 heads of keys, 70 % with 8 and 78 % for 256 with
// 8; 17 % for one of 4096 keys. Taking the scores of a part of 128 keys straight from memory, a row a thread, and V behind a barrier gave 77 % and
// for 256 with 8 59 %; two whole tiles a warp, which leave room for three blocks instead of four, 92, 49, 66 and 15 %. Parts of 128 and 256 keys were
// slower: what parts leave and a block's start cost more than the finer grid brings. Eight heads together have no room for a fourth block: twice four
// take 102 µs where they take 115, for 64 queries with 64 heads of which eight share a key head.
//
// With a soft cap scores are bent as scores.cuh says. Where torch has bf16 tensors q·k is rounded to bf16, then its product with the
// scale, then each probability exp(s − lse), which wants all scores first: attention_decode_scores reads K and leaves scores, bf16 as they are
// rounded, [N, H, parts · 512], and each part's maximum and sum; attention_decode_mix reads those and V. Where the longest query has one part
// attention_decode_rounded does both, to the same bits. The cache is read once all the same.
#include "fragments.cuh"
#include "scores.cuh"

static constexpr int THREADS = 128;
static constexpr int WARPS = THREADS / 32;
static constexpr int PART = 512;
static constexpr int TILE = 16;
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

// Where the parts of a query with several lie: two floats each, maximum and sum, behind all of them d floats each.
static __device__ __forceinline__ int64_t sumsFrom(int64_t parts) { return (2 * parts + 3) / 4 * 4; }

// What a kernel does of it all; ROUNDED is all of it where probabilities are rounded and nothing has more than one part.
enum class Work { ALL, SCORES, MIX, ROUNDED };

// The block's part of a query's keys, and the heads it is for.
template <typename T, int G>
struct Part {
  static constexpr int WIDTH = 16 / sizeof(T);
  static constexpr int PLACES = sizeof(T) / 2;  // a row has at most 32 · PLACES pieces of 16 bytes
  static constexpr int UNROLLED = G == 4 ? 2 : 4;

  const T *k, *v;  // this key head's
  const int *table;
  int64_t tableRow, start;
  unsigned char *kTile, *vTile;  // this warp's shared memory
  int blockTokens, kvStride, d, pieces, keys, from, first, present;
  int lane, warp, warps, slices, slice, piece;

  __device__ __forceinline__ int kPitch() const { return d * sizeof(T) + 32; }
  __device__ __forceinline__ int vPitch() const { return d * sizeof(T); }
  __device__ __forceinline__ int base(int t) const { return first + (t * warps + warp) * TILE; }
  __device__ __forceinline__ int count() const { return PART / (TILE * warps); }
  __device__ __forceinline__ bool has(int t) const { return t < count() && base(t) < keys && base(t) + TILE > from; }

  // Rows of tile t of K or V on their way to shared memory; a group of copies even where there are none.
  template <bool K>
  __device__ __forceinline__ void copy(int t) const {
    const T *all = K ? k : v;
    unsigned char *to = K ? kTile : vTile;
    const int pitch = K ? kPitch() : vPitch();
    if (has(t)) {
      int j = base(t) + lane, row = -1;
      if (lane < TILE && j >= from && j < keys) row = keyRowOf(table, tableRow, blockTokens, start, j);
#pragma unroll 4
      for (int r = slice; r < TILE + slice; r += slices) {
        int at = __shfl_sync(~0u, row, r % TILE);
        if (slice < slices && r < TILE && at >= 0) {
          int64_t begin = (int64_t)at * kvStride;
#pragma unroll
          for (int p = 0; p < PLACES; p++) {
            int c = piece + p * 32;
            if (c < pieces) copyAsync16(sharedAddress(to + r * pitch + c * 16), all + begin + c * WIDTH, true);
          }
        }
      }
    }
    commitCopies();
  }

  // Key lane / 2 of a tile with each head's query: this lane's half of the pieces and then the other's.
  __device__ __forceinline__ void products(float (&s)[G], const float (*sQ)[LARGEST_HEAD], bool seen) const {
    if (seen) {
      const unsigned char *row = kTile + lane / 2 * kPitch();
#pragma unroll UNROLLED
      for (int c = lane % 2; c < pieces; c += 2) {
        float x[WIDTH];
        load16(x, (const T *)(row + c * 16));
#pragma unroll
        for (int g = 0; g < G; g++)
#pragma unroll
          for (int e = 0; e < WIDTH; e += 4) {
            float4 y = *(const float4 *)&sQ[g][c * WIDTH + e];
            s[g] = fmaf(y.x, x[e], s[g]);
            s[g] = fmaf(y.y, x[e + 1], s[g]);
            s[g] = fmaf(y.z, x[e + 2], s[g]);
            s[g] = fmaf(y.w, x[e + 3], s[g]);
          }
      }
    }
#pragma unroll
    for (int g = 0; g < G; g++) s[g] += __shfl_xor_sync(~0u, s[g], 1);
  }

  // mixed += p · V of tile t.
  __device__ __forceinline__ void mix(float (&mixed)[PLACES][G][WIDTH], int t, const float (*sP)[G]) const {
    if (slice >= slices) return;
    int end = min(TILE, keys - base(t));
#pragma unroll UNROLLED
    for (int i = max(0, from - base(t)) + slice; i < end; i += slices) {
      float p[G];
#pragma unroll
      for (int g = 0; g < G; g++) p[g] = sP[i][g];
#pragma unroll
      for (int place = 0; place < PLACES; place++) {
        int c = piece + place * 32;
        if (PLACES == 1 || c < pieces) {
          float x[WIDTH];
          load16(x, (const T *)(vTile + i * vPitch() + c * 16));
#pragma unroll
          for (int g = 0; g < G; g++)
#pragma unroll
            for (int e = 0; e < WIDTH; e++) mixed[place][g][e] = fmaf(p[g], x[e], mixed[place][g][e]);
        }
      }
    }
  }
};

// The sum of warps' sums, each of e^(s − high) for its own high.
template <int G>
static __device__ __forceinline__ float2 together(const float (*sHigh)[G], const float (*sAll)[G], int warps, int g) {
  float most = NOTHING, sum = 0;
  for (int w = 0; w < warps; w++) most = fmaxf(most, sHigh[w][g]);
#pragma unroll 1
  for (int w = 0; w < warps; w++) sum = fmaf(sAll[w][g], sAll[w][g] == 0 ? 0 : expf(sHigh[w][g] - most), sum);
  return make_float2(most, sum);
}

template <typename T, int G, Work WORK>
static __device__ __forceinline__ void decode(
    const void *q, const T *k, const T *v, void *out, float *lse, float *parts, bf16 *scores, const int *table, const int *sequence, const int *keyStart,
    const int *length, const int *queryStart, const int *queryLength, int tableStride, int blockTokens, int group, int d, int qStride, int kvStride, int outStride, float scale,
    float softCap, int window, int qF32, int outF32) {
  constexpr bool SCORING = WORK != Work::MIX, MIXING = WORK != Work::SCORES, ROUNDING = WORK != Work::ALL;
  constexpr int WIDTH = Part<T, G>::WIDTH, PLACES = Part<T, G>::PLACES;
  extern __shared__ __align__(16) unsigned char memory[];
  __shared__ __align__(16) float sQ[SCORING ? G : 1][LARGEST_HEAD];
  __shared__ __align__(16) float sP[WARPS][TILE][G];
  __shared__ float sHigh[WARPS][G], sAll[WARPS][G], sLse[G];
  __shared__ bf16 sScores[WORK == Work::ROUNDED ? G : 1][PART];

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
  const int64_t firstPart = (n * (int64_t)heads + firstHead) * gridDim.y;  // of the first head; those of the next lie gridDim.y further

  Part<T, G> it;
  it.k = k + kvHead * (int64_t)d, it.v = v + kvHead * (int64_t)d;
  it.table = table, it.tableRow = (sequence ? sequence[n] : n) * (int64_t)tableStride, it.start = table ? 0 : keyStart[sequence ? sequence[n] : n];
  it.blockTokens = blockTokens, it.kvStride = kvStride, it.d = d, it.pieces = d / WIDTH;
  it.keys = keys, it.from = from, it.first = first, it.present = present;
  it.lane = threadIdx.x % 32, it.warp = threadIdx.x / 32, it.warps = blockDim.x / 32;
  int across = min(it.pieces, 32);  // lanes side by side along a row
  it.slices = 32 / across, it.slice = it.lane / across, it.piece = it.lane % across;
  it.kTile = memory + it.warp * TILE * (it.kPitch() + it.vPitch()), it.vTile = it.kTile + TILE * it.kPitch();
  const int lane = it.lane, warp = it.warp, key = lane / 2, half = lane % 2;

  if (SCORING) it.template copy<true>(0);
  if (WORK == Work::ALL || WORK == Work::MIX) it.template copy<false>(0);

  if (SCORING) {
#pragma unroll 1
    for (int i = threadIdx.x; i < G * d; i += blockDim.x) {
      int g = i / d, c = i % d;
      sQ[g][c] = g < present ? element(q, queryRow * qStride + (firstHead + g) * (int64_t)d + c, qF32) : 0;
    }
  } else if (threadIdx.x < present) {
    // log Σ e^s of all parts
    const float2 *stats = (const float2 *)parts + firstPart + threadIdx.x * (int64_t)gridDim.y;
    int begin = from / PART, end = max(begin + 1, (keys + PART - 1) / PART);
    float most = NOTHING, sum = 0;
#pragma unroll 4
    for (int i = begin; i < end; i++) most = fmaxf(most, stats[i].x);
#pragma unroll 4
    for (int i = begin; i < end; i++)
      if (stats[i].y > 0) sum = fmaf(stats[i].y, expf(stats[i].x - most), sum);
    float all = sum == 0 ? NOTHING : most + logf(sum);
    sLse[threadIdx.x] = all;
    if (lse && blockIdx.y == begin) lse[queryRow * heads + firstHead + threadIdx.x] = all;
  }
  __syncthreads();

  float high[G], all[G], mixed[PLACES][G][WIDTH] = {};
#pragma unroll
  for (int g = 0; g < G; g++) high[g] = NOTHING, all[g] = 0;

  if (SCORING) {
#pragma unroll 1
    for (int t = 0; t < it.count(); t++) {
      // K has landed; V may be on its way
      if (WORK == Work::ALL) {
        waitCopies<1>();
      } else {
        waitCopies<0>();
      }
      __syncwarp();
      int j = it.base(t) + key;
      bool has = it.has(t), seen = has && j >= from && j < keys;
      float s[G] = {};
      if (has) it.products(s, sQ, seen);
      __syncwarp();
      it.template copy<true>(t + 1);
      if (has) {
#pragma unroll
        for (int g = 0; g < G; g++) s[g] = scaled(s[g], scale, ROUNDING);
        if (softCap != 0) {
          // By way of shared memory, so that tanh is there once and takes no registers from the products.
#pragma unroll
          for (int g = 0; g < G; g++)
            if (half == 0) sP[warp][key][g] = s[g];
          __syncwarp();
#pragma unroll 1
          for (int g = half; g < G; g += 2) sP[warp][key][g] = bend(sP[warp][key][g], softCap, ROUNDING);
          __syncwarp();
#pragma unroll
          for (int g = 0; g < G; g++) s[g] = sP[warp][key][g];
          __syncwarp();
        }
#pragma unroll
        for (int g = 0; g < G; g++) {
          float most = warpMax(seen ? s[g] : NOTHING);
          if (most > high[g]) {
            float less = expf(high[g] - most);  // 0 the first time
            high[g] = most;
            all[g] *= less;
            if (WORK == Work::ALL)
#pragma unroll
              for (int p = 0; p < PLACES; p++)
#pragma unroll
                for (int e = 0; e < WIDTH; e++) mixed[p][g][e] *= less;
          }
          float p = seen ? expf(s[g] - high[g]) : 0;
          if (half == 0) {
            all[g] += p;
            if (WORK == Work::ALL) sP[warp][key][g] = p;
            if (WORK == Work::ROUNDED) sScores[g][j - first] = narrow(s[g]);
            if (WORK == Work::SCORES && seen && g < present) scores[(firstPart + g * (int64_t)gridDim.y) * PART + j] = narrow(s[g]);
          }
        }
      }
      if (WORK == Work::ALL) {
        waitCopies<1>();  // V, while K's next rows are on their way
        __syncwarp();
        if (has) it.mix(mixed, t, sP[warp]);
        __syncwarp();
        it.template copy<false>(t + 1);
      }
    }
#pragma unroll
    for (int g = 0; g < G; g++) {
      float sum = warpSum(all[g]);
      if (lane == 0) sHigh[warp][g] = high[g], sAll[warp][g] = sum;
    }
    waitCopies<0>();
    __syncthreads();
  }
  if (WORK == Work::ROUNDED) {
    it.template copy<false>(0);
    if (threadIdx.x < present) {
      float2 sum = together<G>(sHigh, sAll, it.warps, threadIdx.x);
      float lseOfHead = sum.y == 0 ? NOTHING : sum.x + logf(sum.y);
      sLse[threadIdx.x] = lseOfHead;
      if (lse) lse[queryRow * heads + firstHead + threadIdx.x] = lseOfHead;
    }
    __syncthreads();
  }
  if (WORK == Work::MIX || WORK == Work::ROUNDED) {
#pragma unroll 1
    for (int t = 0; t < it.count(); t++) {
      waitCopies<0>();
      __syncwarp();
      if (it.has(t)) {
        int j = it.base(t) + key;
        bool seen = j >= from && j < keys;
#pragma unroll
        for (int g = 0; g < G; g++) {
          if (half == 0) {
            float s = 0;
            if (WORK == Work::ROUNDED) {
              s = widen(sScores[g][j - first]);
            } else if (seen && g < present) {
              s = widen(scores[(firstPart + g * (int64_t)gridDim.y) * PART + j]);
            }
            sP[warp][key][g] = seen && g < present ? roundToBf16(expf(s - sLse[g])) : 0;
          }
        }
        __syncwarp();
        it.mix(mixed, t, sP[warp]);
        __syncwarp();
      }
      it.template copy<false>(t + 1);
    }
    waitCopies<0>();
    __syncthreads();
  }

  float *sums = (float *)memory;  // the tiles make room for them
  const int warps = it.warps, slices = it.slices;
  if (MIXING) {
#pragma unroll
    for (int g = 0; g < G; g++)
#pragma unroll
      for (int p = 0; p < PLACES; p++) {
        int c = it.piece + p * 32;
        if (it.slice < slices && c < it.pieces)
#pragma unroll
          for (int e = 0; e < WIDTH; e++) sums[((warp * slices + it.slice) * G + g) * d + c * WIDTH + e] = mixed[p][g][e];
      }
    __syncthreads();
  }
#pragma unroll 1
  for (int i = threadIdx.x; i < present * (MIXING ? d : 1); i += blockDim.x) {
    int g = MIXING ? i / d : i, c = MIXING ? i % d : 0;
    float2 sum = SCORING ? together<G>(sHigh, sAll, warps, g) : make_float2(0, 0);
    int64_t part = firstPart + g * (int64_t)gridDim.y + blockIdx.y;
    if (MIXING) {
      float total = 0;
#pragma unroll 1
      for (int w = 0; w < warps; w++) {
        float weight = ROUNDING ? 1 : sAll[w][g] == 0 ? 0 : expf(sHigh[w][g] - sum.x), ofWarp = 0;
        for (int l = 0; l < slices; l++) ofWarp += sums[((w * slices + l) * G + g) * d + c];
        total = fmaf(ofWarp, weight, total);
      }
      if (!whole) {
        parts[sumsFrom((int64_t)gridDim.z * heads * gridDim.y) + part * d + c] = total;
      } else {
        float value = ROUNDING ? total : sum.y == 0 ? 0 : total / sum.y;
        setElement(out, queryRow * outStride + (firstHead + g) * (int64_t)d + c, value, outF32);
      }
    }
    if (c == 0 && (WORK == Work::SCORES || (WORK == Work::ALL && !whole))) {
      parts[2 * part] = sum.x;
      parts[2 * part + 1] = sum.y;
    } else if (c == 0 && WORK == Work::ALL && lse) {
      lse[queryRow * heads + firstHead + g] = sum.y == 0 ? NOTHING : sum.x + logf(sum.y);
    }
  }
}

// Puts the parts of queries with more than one together. Grid (H, N), 256 threads: groups of d / 4 of them take a part each at a time, and
// are summed in order. What attention_decode_mix left is only to be added (`added`).
static constexpr int COMBINING = 256;

extern "C" __global__ void __launch_bounds__(COMBINING) attention_decode_combine(
    const float *parts, void *out, float *lse, const int *length, const int *queryStart,
    const int *queryLength, int partsOfAll, int d, int outStride, int window, int outF32, int added) {
  __shared__ __align__(16) float sSums[COMBINING * 4];
  int n = blockIdx.y, head = blockIdx.x, heads = gridDim.x;
  if (queryLength && queryLength[n] != 1) return;
  int64_t queryRow = queryStart ? queryStart[n] : n;
  int keys = length[n], first = (window ? max(0, keys - window) : 0) / PART, end = (keys + PART - 1) / PART;
  if (end - first < 2) return;
  int64_t mine = (n * (int64_t)heads + head) * partsOfAll;
  const float2 *stats = (const float2 *)parts + mine;
  const float *sums = parts + sumsFrom((int64_t)gridDim.y * heads * partsOfAll) + mine * d;
  float most = NOTHING, all = 0;
#pragma unroll 4
  for (int i = first; i < end; i++) most = fmaxf(most, stats[i].x);
  int across = d / 4, groups = COMBINING / across, group = threadIdx.x / across, c = threadIdx.x % across * 4;
  float4 total = make_float4(0, 0, 0, 0);
#pragma unroll 4
  for (int i = first; i < end; i++) {
    float2 part = stats[i];
    float weight = added ? 1 : part.y == 0 ? 0 : expf(part.x - most);
    all = fmaf(part.y, weight, all);
    if (group < groups && (i - first) % groups == group) {
      float4 x = *(const float4 *)(sums + i * (int64_t)d + c);
      total.x = fmaf(x.x, weight, total.x);
      total.y = fmaf(x.y, weight, total.y);
      total.z = fmaf(x.z, weight, total.z);
      total.w = fmaf(x.w, weight, total.w);
    }
  }
  if (group < groups) *(float4 *)&sSums[group * d + c] = total;
  __syncthreads();
#pragma unroll 1
  for (int i = threadIdx.x; i < d; i += COMBINING) {
    float sum = 0;
    for (int g = 0; g < groups; g++) sum += sSums[g * d + i];
    setElement(out, queryRow * outStride + head * (int64_t)d + i, added ? sum : sum / all, outF32);
  }
  if (lse && !added && threadIdx.x == 0) lse[queryRow * heads + head] = most + logf(all);
}

// Rows of keys and values to their places in the cache, rows of it; what has a place outside of its `cacheRows` is left out. Grid (N), 128 threads, 8
// elements each; `width` = K·D, a multiple of 8.
template <typename From, typename To>
static __device__ __forceinline__ void append(
    const From *k, const From *v, To *kCache, To *vCache, const int *places, int64_t cacheRows, int width, int stride, int kvStride) {
  int64_t n = blockIdx.x, row = places[n];
  if (row < 0 || row >= cacheRows) return;
  row *= kvStride;
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

#define DECODE(NAME, WORK, T, G)                                                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS, 4) attention_decode_##NAME##_g##G(                                            \
      const void *q, const T *k, const T *v, void *out, float *lse, float *parts, bf16 *scores, const int *table, const int *sequence, \
      const int *keyStart, const int *length, const int *queryStart, const int *queryLength, int tableStride, int blockTokens,        \
      int group, int d, int qStride, int kvStride, int outStride, float scale, float softCap, int window, int qF32, int outF32) {     \
    decode<T, G, Work::WORK>(q, k, v, out, lse, parts, scores, table, sequence, keyStart, length, queryStart, queryLength,            \
                             tableStride, blockTokens, group, d, qStride, kvStride, outStride, scale, softCap, window, qF32, outF32); \
  }

#define APPEND(NAME, FROM, TO)                                                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS) cache_append_##NAME(                                                          \
      const FROM *k, const FROM *v, TO *kCache, TO *vCache, const int *places, int64_t cacheRows, int width, int stride, int kvStride) { \
    append<FROM, TO>(k, v, kCache, vCache, places, cacheRows, width, stride, kvStride);                                               \
  }

DECODE(f32, ALL, float, 1)
DECODE(f32, ALL, float, 2)
DECODE(f32, ALL, float, 4)
DECODE(bf16, ALL, bf16, 1)
DECODE(bf16, ALL, bf16, 2)
DECODE(bf16, ALL, bf16, 4)
DECODE(rounded_bf16, ROUNDED, bf16, 1)
DECODE(rounded_bf16, ROUNDED, bf16, 2)
DECODE(rounded_bf16, ROUNDED, bf16, 4)
DECODE(scores_bf16, SCORES, bf16, 1)
DECODE(scores_bf16, SCORES, bf16, 2)
DECODE(scores_bf16, SCORES, bf16, 4)
DECODE(mix_bf16, MIX, bf16, 1)
DECODE(mix_bf16, MIX, bf16, 2)
DECODE(mix_bf16, MIX, bf16, 4)
APPEND(f32, float, float)
APPEND(bf16, bf16, bf16)
APPEND(f32_to_bf16, float, bf16)
