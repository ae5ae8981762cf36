// Operators that pick, place or add whole rows: embedding and its gradient, gather, scatter; and windows of columns.
//
// gather_*: x [N, C], rows I32 [M] → out [M, C]; grid M / 8, block 32 x 8, a warp a row with four groups of 16 bytes under way
// in each lane, eight where the types are the same and nothing is converted (with four, 76 % of the copy's bandwidth at
// C = 4096 in bf16; 89 % so). An embedding is the same with the table for x. A row number outside of x makes NaN of the row it was to
// fill, which no loss survives unnoticed; nothing outside of x is read.
// scatter_*: out[rows[m]] = (or +=) x[m]; the same launch; rows without repeats, numbers outside of out are left out.
// slice_columns_*: a window of the columns of every row, a warp a row, and its gradient; the same launch.
// embedding_backward_*: dTable[ids[n]] += dOut[n], f32 sums. Grid (N, C / 1024 rounded up), block 256. Ids repeat, and
// atomics would add them in any order: the block of token n is the owner of its id only if no earlier token has the same id, and then
// adds every token's row that has it, in their order: the bits of a plain loop, without sorting. Looking through
// the ids costs N²/2 comparisons over the grid, little beside the rows up to some ten thousand tokens.
#include "elements.cuh"

constexpr int ROWS = 8;       // rows of a block
constexpr int UNROLLED = 4;   // groups that a lane has under way,
constexpr int COPIED = 8;     // and of those that stay as they are

// A warp's copy of so many groups of 16 bytes.
static __device__ __forceinline__ void copyRow(const uint4* from, uint4* to, int groups) {
  for (int first = threadIdx.x; first < groups; first += 32 * COPIED) {
    uint4 v[COPIED];
#pragma unroll
    for (int u = 0; u < COPIED; u++)
      if (first + u * 32 < groups) v[u] = from[first + u * 32];
#pragma unroll
    for (int u = 0; u < COPIED; u++)
      if (first + u * 32 < groups) to[first + u * 32] = v[u];
  }
}

template <int BYTES>
struct WordOf;
template <>
struct WordOf<2> {
  using Type = uint16_t;
};
template <>
struct WordOf<4> {
  using Type = uint32_t;
};

template <class TI, class TO, bool SCATTER>
static __device__ __forceinline__ void moveRows(const TI* x, const int* rows, TO* out, int64_t count, int64_t limit,
                                                int columns, int accumulate) {
  constexpr int G = Group<TI, TO>::SIZE;
  int64_t m = (int64_t)blockIdx.x * ROWS + threadIdx.y;
  if (m >= count) return;
  int row = rows[m];
  bool known = row >= 0 && row < limit;
  if (SCATTER && !known) return;
  const TI* from = x + (SCATTER ? m : known ? row : 0) * columns;
  TO* to = out + (SCATTER ? row : m) * columns;
  bool vector = columns % G == 0 && groupAligned<TI, G>(x) && groupAligned<TO, G>(out);
  if constexpr (!SCATTER && sizeof(TI) == sizeof(TO)) {
    if (vector && known) {
      copyRow((const uint4*)from, (uint4*)to, columns / G);
      return;
    }
    if (known) {  // bits as they are, whatever they stand for: blocks of a quantized table are moved as 16-bit words
      using Word = typename WordOf<sizeof(TI)>::Type;
      for (int c = threadIdx.x; c < columns; c += 32) ((Word*)to)[c] = ((const Word*)from)[c];
      return;
    }
  }
  for (int first = threadIdx.x * G; first < columns; first += 32 * G * UNROLLED) {
    float v[UNROLLED][G];
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      int c = first + u * 32 * G;
      if (known) {
        if (c < columns) loadGroup<G>(from + c, columns - c, vector, v[u]);
      } else {
#pragma unroll
        for (int j = 0; j < G; j++) v[u][j] = __int_as_float(0x7fffffff);
      }
    }
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      int c = first + u * 32 * G;
      if (c < columns) {
        if (SCATTER && accumulate) {
          float before[G];
          loadGroup<G>(to + c, columns - c, vector, before);
#pragma unroll
          for (int j = 0; j < G; j++) v[u][j] = add(before[j], v[u][j]);
        }
        storeGroup<G>(to + c, columns - c, vector, v[u]);
      }
    }
  }
}

#define GATHER(NAME, TI, TO)                                                                                          \
  extern "C" __global__ void __launch_bounds__(32 * ROWS) gather_##NAME(const TI* x, const int* rows, TO* out,        \
                                                                        int64_t count, int64_t limit, int columns) {  \
    moveRows<TI, TO, false>(x, rows, out, count, limit, columns, 0);                                                  \
  }

// out[m] = x[rows[m]] for m < count; `limit` is the rows of x.
GATHER(f32, float, float)
GATHER(bf16, bf16, bf16)
GATHER(bf16_f32, bf16, float)
GATHER(f32_bf16, float, bf16)

#define SCATTER(NAME, T)                                                                                              \
  extern "C" __global__ void __launch_bounds__(32 * ROWS) scatter_##NAME(                                             \
      const T* x, const int* rows, T* out, int64_t count, int64_t limit, int columns, int accumulate) {               \
    moveRows<T, T, true>(x, rows, out, count, limit, columns, accumulate);                                            \
  }

// out[rows[m]] = (or +=) x[m] for m < count; `limit` is the rows of out.
SCATTER(f32, float)
SCATTER(bf16, bf16)

// A warp moves a row's window of `width` columns: narrow[n] = wide[n, from…], or the other way, added.
template <class T, bool BACKWARD>
static __device__ __forceinline__ void window(const T* source, T* target, int64_t rows, int stride, int from, int width) {
  constexpr int G = Group<T>::SIZE;
  int64_t n = (int64_t)blockIdx.x * ROWS + threadIdx.y;
  if (n >= rows) return;
  const T* x = source + (BACKWARD ? n * width : n * stride + from);
  T* y = target + (BACKWARD ? n * stride + from : n * width);
  bool vector = groupAligned<T, G>(x) && groupAligned<T, G>(y);
  for (int first = threadIdx.x * G; first < width; first += 32 * G * UNROLLED) {
    float v[UNROLLED][G];
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      int c = first + u * 32 * G;
      if (c < width) loadGroup<G>(x + c, width - c, vector, v[u]);
    }
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      int c = first + u * 32 * G;
      if (c < width) {
        if (BACKWARD) {
          float before[G];
          loadGroup<G>(y + c, width - c, vector, before);
#pragma unroll
          for (int j = 0; j < G; j++) v[u][j] = add(before[j], v[u][j]);
        }
        storeGroup<G>(y + c, width - c, vector, v[u]);
      }
    }
  }
}

#define WINDOW(NAME, T)                                                                                               \
  extern "C" __global__ void __launch_bounds__(32 * ROWS) slice_columns_##NAME(                                       \
      const T* x, T* out, int64_t rows, int stride, int from, int width) {                                            \
    window<T, false>(x, out, rows, stride, from, width);                                                              \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(32 * ROWS) slice_columns_backward_##NAME(                              \
      const T* dOut, T* dX, int64_t rows, int stride, int from, int width) {                                          \
    window<T, true>(dOut, dX, rows, stride, from, width);                                                             \
  }

// out[n, c] = x[n, from + c], and dX[n, from + c] += dOut[n, c], for c < width; rows of x and dX are `stride` elements.
WINDOW(f32, float)
WINDOW(bf16, bf16)

constexpr int OWNERS = 256;  // threads of a block that looks for its id
constexpr int OWN_COLUMNS = 4;

template <class T>
static __device__ __forceinline__ void embeddingBackward(const int* ids, const T* dOut, float* dTable, int tokens,
                                                         int vocabulary, int columns) {
  __shared__ int found[OWNERS];
  __shared__ int warpCounts[OWNERS / 32];
  int n = blockIdx.x;
  int id = ids[n];
  if (id < 0 || id >= vocabulary) return;
  bool earlier = false;
  for (int m = threadIdx.x; m < n && !earlier; m += OWNERS) earlier = ids[m] == id;
  if (__syncthreads_or(earlier)) return;
  int column = blockIdx.y * OWNERS * OWN_COLUMNS + threadIdx.x;
  float sum[OWN_COLUMNS];
#pragma unroll
  for (int j = 0; j < OWN_COLUMNS; j++) {
    int c = column + j * OWNERS;
    sum[j] = c < columns ? dTable[(int64_t)id * columns + c] : 0;
  }
  int lane = threadIdx.x & 31;
  for (int first = n; first < tokens; first += OWNERS) {
    int m = first + threadIdx.x;
    bool mine = m < tokens && ids[m] == id;
    uint32_t warp = __ballot_sync(~0u, mine);
    if (lane == 0) warpCounts[threadIdx.x >> 5] = __popc(warp);
    __syncthreads();
    int before = 0, total = 0;
#pragma unroll
    for (int w = 0; w < OWNERS / 32; w++) {
      if (w < (int)threadIdx.x >> 5) before += warpCounts[w];
      total += warpCounts[w];
    }
    if (mine) found[before + __popc(warp & ((1u << lane) - 1))] = m;
    __syncthreads();
    for (int k = 0; k < total; k++) {
      const T* row = dOut + (int64_t)found[k] * columns;
#pragma unroll
      for (int j = 0; j < OWN_COLUMNS; j++) {
        int c = column + j * OWNERS;
        if (c < columns) sum[j] = add(sum[j], widen(row[c]));
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int j = 0; j < OWN_COLUMNS; j++) {
    int c = column + j * OWNERS;
    if (c < columns) dTable[(int64_t)id * columns + c] = sum[j];
  }
}

extern "C" __global__ void __launch_bounds__(OWNERS) embedding_backward_f32(const int* ids, const float* dOut,
                                                                            float* dTable, int tokens, int vocabulary,
                                                                            int columns) {
  embeddingBackward(ids, dOut, dTable, tokens, vocabulary, columns);
}
extern "C" __global__ void __launch_bounds__(OWNERS) embedding_backward_bf16(const int* ids, const bf16* dOut,
                                                                             float* dTable, int tokens, int vocabulary,
                                                                             int columns) {
  embeddingBackward(ids, dOut, dTable, tokens, vocabulary, columns);
}
