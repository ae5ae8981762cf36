// Weights in NF4 and FP4, with or without double quantization: widening, quantizing, and f32 products with few rows.
//
// dequantize_4bit_TYPE: the flat matrix in f32, bf16 or f16; grid n / 4096 (2048 for f32), block 256. A thread reads 4 bytes (2 for f32)
// and writes 16, twice, so that both sides are whole lines; codes are looked up in shared memory. What a
// weight was rounded to before it was stored comes first (`rounding`), the output's type after it. 90 % of the copy's bandwidth on an H100 (bf16,
// 11008 x 4096, single and double), which is what a copy of so many bytes has; with tests of the end and of the kind of scales between the loads it
// was 80 and 88 %. Four and eight groups a thread, 16-byte loads turned in shared memory, streaming hints: the same; a grid that stays: 85 %.
// quantize_4bit_TYPE: from f32, bf16 or f16; grid n / 16384, block 256. Lanes that share a block of weights find its largest magnitude by
// shuffles, each with groups of 16 bytes, two of them under way while two are quantized; a warp takes a block where they can't and at the end.
// Exact to bitsandbytes' plain code; *failed becomes 1 where a value is NaN or infinite. Codes are found by cells (nearest.cuh) instead of
// four halvings: 52 % of the copy's bandwidth on an H100 with those, 90 % with cells whose midpoint and count were one 8-byte look-up, 88 % as the two that
// nearest.cuh has now. The table must be small and made rarely: copies of it for each lane took 77 %, and 44 % for 4096 elements a block.
// FP4, whose zeros crowd a cell and whose codes aren't in order, takes as long as with halvings.
// quantize_8bit: the scales less their mean, the first step of double quantization; grid scales / 2048.
// multiply_4bit_f32_*: y [M, N] = (or +=) x [M, K] · Wᵀ for M up to 8, x and y f32, f32 products, any K and rounding, without widening W in memory;
// grid N / 16, block 256, a warp two rows of W. A row's bits depend on K alone, not on M or the rows beside it. What is of bf16 goes to
// nf4_multiply.cu.
#include "eightbit.cuh"
#include "fourbit.cuh"

constexpr int THREADS = 256;
constexpr int UNROLLED = 2;

// A block's elements where all of them are there and lie at multiples of 16 bytes: no branch between the loads, all of which are asked for
// before the tables are waited for.
template <class T, int ROUNDING, bool NESTED>
static __device__ __forceinline__ void widenWhole(FourBitTables& tables, FOUR_BIT_PARAMETERS, int64_t first, T* out) {
  constexpr int G = Group<T>::SIZE;
  uint32_t words[UNROLLED];
  float scales[UNROLLED];
  int coded[UNROLLED];
#pragma unroll
  for (int u = 0; u < UNROLLED; u++) {
    const uint8_t* from = packed + ((first + u * THREADS * G) >> 1);
    words[u] = G == 8 ? *(const uint32_t*)from : *(const uint16_t*)from;
  }
#pragma unroll
  for (int u = 0; u < UNROLLED; u++) {
    int64_t block = (first + u * THREADS * G) >> blockShift;  // a group lies within one
    scales[u] = NESTED ? nestedAbsmax[block >> 8] : ((const float*)absmax)[block];
    if (NESTED) coded[u] = ((const uint8_t*)absmax)[block];
  }
  static_assert(THREADS == 256, "a thread for each nested code");
  if (threadIdx.x < 16) tables.code[threadIdx.x] = code[threadIdx.x];
  if (NESTED) tables.nestedCode[threadIdx.x] = nestedCode[threadIdx.x];
  __syncthreads();
#pragma unroll
  for (int u = 0; u < UNROLLED; u++) {
    float scale = NESTED ? add(mul(tables.nestedCode[coded[u]], scales[u]), offset) : scales[u];
    float x[G];
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = rounded<ROUNDING>(mul(tables.code[nibble(words[u], j)], scale));
    storeVector<G>(out + first + u * THREADS * G, x);
  }
}

template <class T, int ROUNDING>
static __device__ __forceinline__ void widenBlock(FourBitTables& tables, FOUR_BIT_PARAMETERS, T* out, int64_t n) {
  constexpr int G = Group<T>::SIZE;
  constexpr int CHUNK = THREADS * G * UNROLLED;
  int64_t begin = (int64_t)blockIdx.x * CHUNK, first = begin + threadIdx.x * G;
  if (begin + CHUNK <= n && groupAligned<T, G>(out) && ((uintptr_t)packed & (G / 2 - 1)) == 0) {
    if (nestedAbsmax) {
      widenWhole<T, ROUNDING, true>(tables, FOUR_BIT_ARGUMENTS, first, out);
    } else {
      widenWhole<T, ROUNDING, false>(tables, FOUR_BIT_ARGUMENTS, first, out);
    }
    return;
  }
  FourBit w = openFourBit(tables, FOUR_BIT_ARGUMENTS);
#pragma unroll 1
  for (int64_t i = first; i < begin + CHUNK && i < n; i += THREADS * G) {
#pragma unroll 1
    for (int j = 0; j < G && i + j < n; j++) out[i + j] = narrowTo<T>(w.element<ROUNDING>(i + j));
  }
}

// What a weight of OWN's type is rounded to is rounded again to nothing else when it is stored as T.
template <class T, int OWN>
static __device__ __forceinline__ void dequantize(FOUR_BIT_PARAMETERS, int rounding, T* out, int64_t n) {
  __shared__ FourBitTables tables;
  if (rounding == TO_F32 || rounding == OWN) {
    widenBlock<T, TO_F32>(tables, FOUR_BIT_ARGUMENTS, out, n);
  } else if (OWN != TO_BF16 && rounding == TO_BF16) {
    widenBlock<T, TO_BF16>(tables, FOUR_BIT_ARGUMENTS, out, n);
  } else if (OWN != TO_F16) {
    widenBlock<T, TO_F16>(tables, FOUR_BIT_ARGUMENTS, out, n);
  }
}

#define DEQUANTIZE(NAME, T, OWN)                                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS, 8)                                                            \
      dequantize_4bit_##NAME(FOUR_BIT_PARAMETERS, int rounding, T* out, int64_t n) {                                  \
    dequantize<T, OWN>(FOUR_BIT_ARGUMENTS, rounding, out, n);                                                         \
  }

DEQUANTIZE(f32, float, TO_F32)
DEQUANTIZE(bf16, bf16, TO_BF16)
DEQUANTIZE(f16, f16, TO_F16)

constexpr int QUANTIZED = 16384;  // elements of a block of threads, a multiple of all sizes of a block of weights
constexpr int TOGETHER = 2;       // groups of a thread that are under way while as many are quantized

// A thread's next groups, a block of threads apart. Volatile, so that they are asked for here and not where they are used.
template <class T>
static __device__ __forceinline__ void readAhead(uint4 (&groups)[TOGETHER], const T* from) {
#pragma unroll
  for (int u = 0; u < TOGETHER; u++)
    asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(groups[u].x), "=r"(groups[u].y), "=r"(groups[u].z), "=r"(groups[u].w) : "l"(from + u * THREADS * Group<T>::SIZE));
}

// The 16 codes by their values: any codebook, by rank. FP4 has two zeros; the lower code comes first, as in the reference.
struct Codebook {
  Nearest<EvenCells, 16> nearest;
  float sorted[16];
  uint8_t order[16];
  bool crowded, ascending;  // whether codes are in order

  __device__ __forceinline__ void open(const float* code) {
    int t = threadIdx.x;
    int rank = 0;
    if (t < 16) {
      float value = code[t];
      for (int j = 0; j < 16; j++) rank += code[j] < value || (code[j] == value && j < t);
      sorted[rank] = value;
      order[rank] = (uint8_t)t;
    }
    bool inOrder = !__syncthreads_or(t < 16 && rank != t);
    bool several = prepare(nearest, sorted);
    if (t == 0) crowded = several, ascending = inOrder;
    __syncthreads();
  }
};

// One block of weights by a warp; sizes are powers of two.
template <class T>
static __device__ __forceinline__ void quantizeBlock(const Codebook& book, const T* values, int blockSize, int64_t block,
                                                     uint8_t* packed, float* absmax, int* failed, int64_t n) {
  int64_t first = block * blockSize;
  int lane = threadIdx.x & 31;
  int count = n - first < blockSize ? (int)(n - first) : blockSize;
  bool full = count == blockSize;
  float largest = 0;
  for (int i = lane; i < count; i += 32) largest = largerMagnitude(largest, widen(values[first + i]));
  largest = largestOver(32, largest);
  if (!full) largest = divisorOf(largest);
  if (lane == 0) {
    absmax[block] = largest;
    if (!(largest < INFINITY)) atomicOr(failed, 1);
  }
  float reciprocal = __frcp_rn(divisorOf(largest));
  for (int i = lane * 2; i < count; i += 64) {
    int codes[2];
#pragma unroll
    for (int j = 0; j < 2; j++) {
      float x = i + j < count ? widen(values[first + i + j]) : 0;
      float scaled = i + j >= count ? 0 : full ? mul(x, reciprocal) : __fdiv_rn(x, largest);
      codes[j] = book.order[book.nearest.code<true>(scaled)];
    }
    packed[(first + i) >> 1] = (uint8_t)(codes[0] << 4 | codes[1]);
  }
}

// The codes of a group, which has a block of weights with the other lanes that share it.
template <bool ORDERED, int G>
static __device__ __forceinline__ uint32_t quantizeGroup(const Codebook& book, const float (&x)[G], float reciprocal) {
  uint32_t word = 0;
#pragma unroll
  for (int i = 0; i < G; i++) {
    int j = (G - 1 - i) ^ 1;  // the first of two elements lies in a byte's high nibble
    float scaled = mul(x[j], reciprocal);
    int code = ORDERED ? book.nearest.code<false>(scaled) : book.order[book.nearest.code<true>(scaled)];
    word = word << 4 | code;
  }
  return word;
}

template <class T>
static __device__ __forceinline__ void quantizeFourBit(const T* in, const float* code, int blockSize, uint8_t* packed,
                                                       float* absmax, int* failed, int64_t n) {
  constexpr int G = Group<T>::SIZE;
  constexpr int STEP = THREADS * TOGETHER * G;
  __shared__ Codebook book;
  int64_t base = (int64_t)blockIdx.x * QUANTIZED;
  int shift = 31 - __clz(blockSize);
  int sharing = blockSize / G;  // lanes next to each other that have one block
  bool vector = base + QUANTIZED <= n && sharing <= 32 && groupAligned<T, G>(in) && ((uintptr_t)packed & (G / 2 - 1)) == 0;
  uint4 groups[TOGETHER], next[TOGETHER];
  const T* from = in + base + threadIdx.x * G;
  if (vector) readAhead<T>(groups, from);
  book.open(code);
  if (!vector) {
    int64_t end = base + QUANTIZED < n ? base + QUANTIZED : n;
    for (int64_t block = (base >> shift) + (threadIdx.x >> 5); block << shift < end; block += THREADS / 32)
      quantizeBlock(book, in, blockSize, block, packed, absmax, failed, n);
    return;
  }
  bool ordered = book.ascending && !book.crowded;
#pragma unroll 1
  for (int k = 0; k < QUANTIZED; k += STEP) {
    if (k + STEP < QUANTIZED) readAhead<T>(next, from + k + STEP);
#pragma unroll
    for (int u = 0; u < TOGETHER; u++) {
      int64_t at = base + k + (u * THREADS + threadIdx.x) * G;
      float x[G];
      values(groups[u], x, T{});
      float largest = 0;
#pragma unroll
      for (int j = 0; j < G; j++) largest = largerMagnitude(largest, x[j]);
      largest = largestOver(sharing, largest);
      if ((threadIdx.x & (sharing - 1)) == 0) {
        absmax[at >> shift] = largest;
        if (!(largest < INFINITY)) atomicOr(failed, 1);
      }
      float reciprocal = __frcp_rn(divisorOf(largest));
      uint32_t word = ordered ? quantizeGroup<true>(book, x, reciprocal) : quantizeGroup<false>(book, x, reciprocal);
      if (G == 8) {
        *(uint32_t*)(packed + at / 2) = word;
      } else {
        *(uint16_t*)(packed + at / 2) = (uint16_t)word;
      }
      groups[u] = next[u];
    }
  }
}

#define QUANTIZE(NAME, T)                                                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                               \
      quantize_4bit_##NAME(const T* values, const float* code, int blockSize, uint8_t* packed, float* absmax,         \
                           int* failed, int64_t n) {                                                                  \
    quantizeFourBit(values, code, blockSize, packed, absmax, failed, n);                                              \
  }

QUANTIZE(f32, float)
QUANTIZE(bf16, bf16)
QUANTIZE(f16, f16)

// codes and absmax of values − offset in blocks of 256, through a map f32 [256].
extern "C" __global__ void __launch_bounds__(THREADS)
    quantize_8bit(const float* values, float offset, const float* map, uint8_t* codes, float* absmax, int64_t n) {
  __shared__ float ascending[256];
  __shared__ Nearest<SignedCells, 256> nearest;
  int t = threadIdx.x;
  ascending[t] = map[t];
  __syncthreads();
  prepare(nearest, ascending);
  int64_t block = (int64_t)blockIdx.x * (THREADS / 32) + (t >> 5);
  if (block * BLOCK >= n) return;  // the whole warp
  int lane = t & 31;
  int count = n - block * BLOCK < BLOCK ? (int)(n - block * BLOCK) : BLOCK;
  float x[LANE];
#pragma unroll
  for (int j = 0; j < LANE; j++) {
    int i = placeOf(lane, j);
    x[j] = i < count ? sub(values[block * BLOCK + i], offset) : 0;
  }
  quantize<false>({codes, absmax}, nearest, block, lane, count, x);
}

constexpr int WARP_OUTPUTS = 2;  // rows of W of a warp of the f32 product
constexpr int STRIDE = 256;      // columns that a warp takes in one step, eight a lane

// Eight elements from `at` on, of which `valid` are there; the others are zeros.
template <int ROUNDING>
static __device__ __forceinline__ void widenEight(const FourBit& w, int64_t at, int valid, bool vector, float (&x)[8]) {
  if (vector && valid >= 8) {
    uint32_t word = *(const uint32_t*)(w.packed + (at >> 1));
    float scale = w.scale(at);
#pragma unroll
    for (int j = 0; j < 8; j++) x[j] = rounded<ROUNDING>(mul(w.code[nibble(word, j)], scale));
  } else {
#pragma unroll
    for (int j = 0; j < 8; j++) x[j] = j < valid ? w.element<ROUNDING>(at + j) : 0;
  }
}

template <int M, int ROUNDING>
static __device__ __forceinline__ void multiply(const FourBit& w, const float* x, float* y, int accumulate, int rows,
                                                int outputs, int columns) {
  int warp = blockIdx.x * (THREADS / 32) + (threadIdx.x >> 5);
  int lane = threadIdx.x & 31;
  int first = warp * WARP_OUTPUTS;
  if (first >= outputs) return;  // the whole warp
  bool vector = columns % 8 == 0 && groupAligned<float, 8>(x) && ((uintptr_t)w.packed & 3) == 0;
  float sum[WARP_OUTPUTS][M];
#pragma unroll
  for (int o = 0; o < WARP_OUTPUTS; o++)
#pragma unroll
    for (int m = 0; m < M; m++) sum[o][m] = 0;
#pragma unroll 2
  for (int k = lane * 8; k < columns; k += STRIDE) {
    float weights[WARP_OUTPUTS][8];
#pragma unroll
    for (int o = 0; o < WARP_OUTPUTS; o++)
      widenEight<ROUNDING>(w, (int64_t)(first + o) * columns + k, first + o < outputs ? columns - k : 0, vector,
                           weights[o]);
#pragma unroll
    for (int m = 0; m < M; m++) {
      float v[8];
      loadGroup<8>(x + (int64_t)m * columns + k, m < rows ? columns - k : 0, vector, v);
#pragma unroll
      for (int o = 0; o < WARP_OUTPUTS; o++)
#pragma unroll
        for (int j = 0; j < 8; j++) sum[o][m] = __fmaf_rn(v[j], weights[o][j], sum[o][m]);
    }
  }
#pragma unroll
  for (int o = 0; o < WARP_OUTPUTS; o++)
#pragma unroll
    for (int m = 0; m < M; m++) {
      float total = warpSum(sum[o][m]);
      if (lane == 0 && m < rows && first + o < outputs) {
        float* to = y + (int64_t)m * outputs + first + o;
        *to = accumulate ? add(*to, total) : total;
      }
    }
}

template <int M>
static __device__ __forceinline__ void multiply(FOUR_BIT_PARAMETERS, int rounding, const float* x, float* y,
                                                int accumulate, int rows, int outputs, int columns) {
  __shared__ FourBitTables tables;
  FourBit w = openFourBit(tables, FOUR_BIT_ARGUMENTS);
  if (rounding == TO_F32) {
    multiply<M, TO_F32>(w, x, y, accumulate, rows, outputs, columns);
  } else if (rounding == TO_BF16) {
    multiply<M, TO_BF16>(w, x, y, accumulate, rows, outputs, columns);
  } else {
    multiply<M, TO_F16>(w, x, y, accumulate, rows, outputs, columns);
  }
}

#define MULTIPLY(M)                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS, 3)                                                             \
      multiply_4bit_f32_##M(FOUR_BIT_PARAMETERS, int rounding, const float* x, float* y, int accumulate, int rows,    \
                            int outputs, int columns) {                                                               \
    multiply<M>(FOUR_BIT_ARGUMENTS, rounding, x, y, accumulate, rows, outputs, columns);                              \
  }

// For up to so many rows of x; each row's sum is the same in all of them.
MULTIPLY(1)
MULTIPLY(2)
MULTIPLY(4)
MULTIPLY(8)
