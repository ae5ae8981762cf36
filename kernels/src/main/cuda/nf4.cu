// Weights in NF4 and FP4, with or without double quantization: widening, quantizing, and products with few rows.
//
// dequantize_4bit_TYPE: the flat matrix in f32, bf16 or f16; grid n / 8192, block 256. A thread reads 4 bytes (2 for f32)
// and writes 16, four times, so that both sides are whole lines; codes are looked up in shared memory. What a
// weight was rounded to before it was stored comes first (`rounding`), the output's type after it.
// quantize_4bit_TYPE: from f32, bf16 or f16; grid n / 4096, block 256. Lanes that share a block of weights find its largest magnitude by
// shuffles, each with groups of 16 bytes (a warp a block with 2-byte loads took 19 % of the copy's bandwidth from bf16;
// 51 % so); a warp takes a block where they can't and at the end. Exact to bitsandbytes' plain code; *failed becomes 1 where a value is NaN or infinite. quantize_8bit: the scales less their mean, the first step of double quantization;
// grid scales / 2048.
// multiply_4bit_*: y [M, N] = (or +=) x [M, K] · Wᵀ for M up to 8, as in decoding, without widening W in memory: bound by
// reading 4 bits a weight. _f32: x and y f32, f32 products, any K and rounding; grid N / 16, block 256, a warp two rows
// of W. _bf16: x bf16, a weight of bf16; grid N / 16, block 256: the block's eight warps take turns at 128 columns of sixteen rows of
// W, widen them in registers and multiply them by mma.m16n8k16 with x as the narrow side (columns of the result beyond M are not
// written); the eight sums are added in order. A row's bits depend on K alone, not on M or the rows beside it.
// Codes are looked up cheaply: a byte gives both of its values by one 8-byte read of shared memory, from a table that each of sixteen
// lanes has to itself, so that no two meet in a bank (3 instructions a weight, a 4-byte read for each took 4.5); loads come before the table, the next
// run's before this one's products, and six blocks fit a multiprocessor (five with double quantization), all of N = 11008 on an H100 at once.
// Measured on an H100 for one row and 11008 x 4096: 21.6 µs before, 39 % of the copy's bandwidth, and 21.3 µs so; 13 µs were predicted, so look-ups
// aren't what bounds it, and what does isn't known yet.
#include "eightbit.cuh"
#include "fourbit.cuh"

constexpr int THREADS = 256;
constexpr int UNROLLED = 4;

template <class T, int ROUNDING>
static __device__ __forceinline__ void widenGroups(const FourBit& w, const uint32_t (&words)[UNROLLED],
                                                   const StoredScale (&scales)[UNROLLED], int64_t first, bool vector,
                                                   T* out, int64_t n) {
  constexpr int G = Group<T>::SIZE;
#pragma unroll
  for (int u = 0; u < UNROLLED; u++) {
    int64_t i = first + u * THREADS * G;
    if (i < n) {
      float scale = w.scale(scales[u]);
      float x[G];
#pragma unroll
      for (int j = 0; j < G; j++) x[j] = rounded<ROUNDING>(mul(w.code[nibble(words[u], j)], scale));
      storeGroup<G>(out + i, n - i, vector, x);
    }
  }
}

template <class T>
static __device__ __forceinline__ void dequantize(FOUR_BIT_PARAMETERS, int rounding, T* out, int64_t n) {
  constexpr int G = Group<T>::SIZE;
  __shared__ FourBitTables tables;
  FourBit w = fourBit(tables, FOUR_BIT_ARGUMENTS);
  bool vector = groupAligned<T, G>(out) && ((uintptr_t)packed & (G / 2 - 1)) == 0;
  int64_t first = (int64_t)blockIdx.x * (THREADS * G * UNROLLED) + threadIdx.x * G;
  // what comes from memory is asked for before the tables are waited for
  uint32_t words[UNROLLED];
  StoredScale scales[UNROLLED];
#pragma unroll
  for (int u = 0; u < UNROLLED; u++) {
    int64_t i = first + u * THREADS * G;
    words[u] = 0;
    if (vector && i + G <= n) {
      words[u] = G == 8 ? *(const uint32_t*)(packed + (i >> 1)) : *(const uint16_t*)(packed + (i >> 1));
    } else {
#pragma unroll
      for (int j = 0; j < G; j += 2)
        if (i + j < n) words[u] |= (uint32_t)packed[(i + j) >> 1] << 4 * j;
    }
    if (i < n) scales[u] = w.storedScale(i);  // a group lies within one block
  }
  fillTables(tables, code, nestedAbsmax ? nestedCode : nullptr);
  if (rounding == TO_F32) {
    widenGroups<T, TO_F32>(w, words, scales, first, vector, out, n);
  } else if (rounding == TO_BF16) {
    widenGroups<T, TO_BF16>(w, words, scales, first, vector, out, n);
  } else {
    widenGroups<T, TO_F16>(w, words, scales, first, vector, out, n);
  }
}

#define DEQUANTIZE(NAME, T)                                                                                           \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                               \
      dequantize_4bit_##NAME(FOUR_BIT_PARAMETERS, int rounding, T* out, int64_t n) {                                  \
    dequantize(FOUR_BIT_ARGUMENTS, rounding, out, n);                                                                 \
  }

DEQUANTIZE(f32, float)
DEQUANTIZE(bf16, bf16)
DEQUANTIZE(f16, f16)

constexpr int QUANTIZED = 4096;  // elements of a block of threads, a multiple of all sizes of a block of weights

// The 16 codes by their values, and the midpoints between those: made from any codebook, by rank. FP4 has two zeros; the lower code comes
// first, as in the reference.
struct Codebook {
  float sorted[16];
  float tree[16];
  uint8_t order[16];
};

static __device__ __forceinline__ void sortCodes(Codebook& book, const float* code) {
  int t = threadIdx.x;
  if (t < 16) {
    float value = code[t];
    int rank = 0;
    for (int j = 0; j < 16; j++) rank += code[j] < value || (code[j] == value && j < t);
    book.sorted[rank] = value;
    book.order[rank] = (uint8_t)t;
  }
  __syncthreads();
  plant<16>(book.tree, book.sorted, t);
  __syncthreads();
}

// One block of weights by a warp; sizes are powers of two.
template <class T>
static __device__ __forceinline__ void quantizeBlock(const Codebook& book, const T* values, int blockSize, int64_t block,
                                                     uint8_t* packed, float* absmax, int* failed, int64_t n) {
  int64_t first = block * blockSize;
  int lane = threadIdx.x & 31;
  int count = n - first < blockSize ? (int)(n - first) : blockSize;
  bool full = count == blockSize;
  uint32_t bits = 0;
  for (int i = lane; i < count; i += 32) bits = largerMagnitude(bits, widen(values[first + i]));
  float largest = warpLargest(bits);
  if (!full && largest < LEAST_ABSMAX) largest = LEAST_ABSMAX;
  if (lane == 0) {
    absmax[block] = largest;
    if (!(largest < INFINITY)) atomicOr(failed, 1);
  }
  float reciprocal = __frcp_rn(largest < LEAST_ABSMAX ? LEAST_ABSMAX : largest);
  for (int i = lane * 2; i < count; i += 64) {
    int codes[2];
#pragma unroll
    for (int j = 0; j < 2; j++) {
      float x = i + j < count ? widen(values[first + i + j]) : 0;
      float scaled = i + j >= count ? 0 : full ? mul(x, reciprocal) : __fdiv_rn(x, largest);
      codes[j] = book.order[nearest<16>(book.tree, clampToOne(scaled))];
    }
    packed[(first + i) >> 1] = (uint8_t)(codes[0] << 4 | codes[1]);
  }
}

template <class T>
static __device__ __forceinline__ void quantizeFourBit(const T* in, const float* code, int blockSize, uint8_t* packed,
                                                       float* absmax, int* failed, int64_t n) {
  constexpr int G = Group<T>::SIZE;
  constexpr int GROUPS = QUANTIZED / THREADS / G;
  __shared__ Codebook book;
  int64_t base = (int64_t)blockIdx.x * QUANTIZED;
  int shift = 31 - __clz(blockSize);
  int sharing = blockSize / G;  // lanes next to each other that have one block
  bool vector = base + QUANTIZED <= n && sharing <= 32 && groupAligned<T, G>(in) && ((uintptr_t)packed & (G / 2 - 1)) == 0;
  uint4 groups[GROUPS];
  if (vector) {
#pragma unroll
    for (int u = 0; u < GROUPS; u++) groups[u] = *(const uint4*)(in + base + (u * THREADS + threadIdx.x) * G);
  }
  sortCodes(book, code);
  if (!vector) {
    int64_t end = base + QUANTIZED < n ? base + QUANTIZED : n;
    for (int64_t block = (base >> shift) + (threadIdx.x >> 5); block << shift < end; block += THREADS / 32)
      quantizeBlock(book, in, blockSize, block, packed, absmax, failed, n);
    return;
  }
#pragma unroll
  for (int u = 0; u < GROUPS; u++) {
    int64_t at = base + (u * THREADS + threadIdx.x) * G;
    float x[G];
    values(groups[u], x, T{});
    uint32_t bits = 0;
#pragma unroll
    for (int j = 0; j < G; j++) bits = largerMagnitude(bits, x[j]);
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) {
      uint32_t other = __shfl_xor_sync(~0u, bits, d);
      if (d < sharing && other > bits) bits = other;
    }
    float largest = __uint_as_float(bits);
    if ((threadIdx.x & (sharing - 1)) == 0) {
      absmax[at >> shift] = largest;
      if (!(largest < INFINITY)) atomicOr(failed, 1);
    }
    float reciprocal = __frcp_rn(largest < LEAST_ABSMAX ? LEAST_ABSMAX : largest);
    uint32_t word = 0;
#pragma unroll
    for (int j = 0; j < G; j++)
      word |= (uint32_t)book.order[nearest<16>(book.tree, clampToOne(mul(x[j], reciprocal)))] << (j * 4 ^ 4);
    if (G == 8) {
      *(uint32_t*)(packed + at / 2) = word;
    } else {
      *(uint16_t*)(packed + at / 2) = (uint16_t)word;
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
  __shared__ float tree[256];
  int t = threadIdx.x;
  plant<256>(tree, map, t);
  __syncthreads();
  int64_t block = (int64_t)blockIdx.x * (THREADS / 32) + (t >> 5);
  if (block * BLOCK >= n) return;  // the whole warp
  int lane = t & 31;
  int count = n - block * BLOCK < BLOCK ? (int)(n - block * BLOCK) : BLOCK;
  float x[LANE];
#pragma unroll
  for (int j = 0; j < LANE; j++) {
    int i = lane * LANE + j;
    x[j] = i < count ? sub(values[block * BLOCK + i], offset) : 0;
  }
  quantize({codes, absmax}, tree, block, lane, count, ((uintptr_t)codes & 7) == 0, x);
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

// d += a · b, a [16, 16] by rows, b [16, 8] by columns (mma.sync.m16n8k16).
static __device__ __forceinline__ void mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Both values of each byte of codes, sixteen times: half a warp's lanes, who are served together, have banks of their own.
constexpr int PAIR_COPIES = 16;

static __device__ __forceinline__ void fillPairs(float2* pairs, const float* code) {
  static_assert(THREADS == 256, "a thread a byte");
  int t = threadIdx.x;
  float2 pair = make_float2(code[t >> 4], code[t & 15]);
#pragma unroll
  for (int c = 0; c < PAIR_COPIES; c++) pairs[t * PAIR_COPIES + ((t + c) & (PAIR_COPIES - 1))] = pair;
}

// Lane 4 g + t has columns 32 t to 32 t + 31 of rows g and g + 8 of W and of row g of x, in each run of 128 columns: sixteen bytes of
// codes under one scale. The i-th of eight products takes four of them, 4 i to 4 i + 3, as the columns 2 t, 2 t + 1, 2 t + 8 and
// 2 t + 9 of its fragments; the sum doesn't mind that columns have changed places on both sides. The next run is under way
// while one is multiplied.
template <bool NESTED, class T>
static __device__ __forceinline__ void multiplyBf16(FOUR_BIT_PARAMETERS, float2* pairs, const bf16* x, T* y,
                                                    int accumulate, int rows, int outputs, int columns) {
  constexpr int WARPS = THREADS / 32;
  __shared__ float nestedValues[NESTED ? 256 : 1];
  int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
  int first = blockIdx.x * 16;
  // rows beyond the last repeat it; their sums go nowhere
  int64_t starts[2];
#pragma unroll
  for (int h = 0; h < 2; h++) starts[h] = (int64_t)min(first + g + 8 * h, outputs - 1) * columns;
  auto readCodes = [&](int k, int h) {
    return k < columns ? *(const uint4*)(packed + ((starts[h] + k) >> 1)) : make_uint4(0, 0, 0, 0);
  };
  auto readScale = [&](int k, int h) {
    int64_t block = (starts[h] + k) >> blockShift;
    if (k >= columns) return StoredScale{0, 0};
    if (NESTED) return StoredScale{nestedAbsmax[block >> 8], ((const uint8_t*)absmax)[block]};
    return StoredScale{((const float*)absmax)[block], 0};
  };
  int k = warp * 128 + t * 32;
  // what comes from memory is asked for before the tables are waited for
  uint4 codes[2] = {readCodes(k, 0), readCodes(k, 1)};
  StoredScale stored[2] = {readScale(k, 0), readScale(k, 1)};
  fillPairs(pairs, code);
  if (NESTED) nestedValues[threadIdx.x] = nestedCode[threadIdx.x];
  __syncthreads();
  uint32_t copy = lane % PAIR_COPIES * sizeof(float2);
  const bf16* xs = x + (int64_t)min(g, rows - 1) * columns;  // as with the rows of W
  float d[4] = {0, 0, 0, 0};
#pragma unroll 1
  for (; k - t * 32 < columns; k += WARPS * 128) {
    int ahead = k + WARPS * 128;
    uint4 next[2] = {readCodes(ahead, 0), readCodes(ahead, 1)};
    float scales[2];
#pragma unroll
    for (int h = 0; h < 2; h++) {
      scales[h] = NESTED ? add(mul(nestedValues[stored[h].coded], stored[h].value), offset) : stored[h].value;
      stored[h] = readScale(ahead, h);
    }
#pragma unroll
    for (int q = 0; q < 4; q++) {
      uint4 part = make_uint4(0, 0, 0, 0);
      if (k < columns) part = *(const uint4*)(xs + k + 8 * q);
#pragma unroll
      for (int i = 0; i < 2; i++) {
        uint32_t a[4];
#pragma unroll
        for (int h = 0; h < 2; h++) {
          uint32_t word = q == 0 ? codes[h].x : q == 1 ? codes[h].y : q == 2 ? codes[h].z : codes[h].w;
#pragma unroll
          for (int j = 0; j < 2; j++) {
            // a byte times the 128 bytes of its copies
            constexpr int COPIED = 7;
            int place = 8 * (2 * i + j) - COPIED;
            uint32_t entry = ((place < 0 ? word << -place : word >> place) & 0xff << COPIED) | copy;
            float2 v = *(const float2*)((const char*)pairs + entry);
            a[h + 2 * j] = narrow2(mul(v.x, scales[h]), mul(v.y, scales[h]));
          }
        }
        mma(d, a, i ? part.z : part.x, i ? part.w : part.y);
      }
    }
    codes[0] = next[0], codes[1] = next[1];
  }
  __syncthreads();  // the pairs make room for the sums
  float(*sums)[16 * 8] = (float(*)[16 * 8])pairs;
  // d holds outputs g and g + 8 of rows 2 t and 2 t + 1 of x
#pragma unroll
  for (int e = 0; e < 4; e++) sums[warp][(2 * t + (e & 1)) * 16 + g + (e & 2 ? 8 : 0)] = d[e];
  __syncthreads();
  int i = threadIdx.x;
  int row = i >> 4, output = first + (i & 15);
  if (i < 16 * 8 && row < rows && output < outputs) {
    float total = 0;
#pragma unroll
    for (int k = 0; k < WARPS; k++) total += sums[k][i];
    T* to = y + (int64_t)row * outputs + output;
    *to = narrowTo<T>(accumulate ? add(widen(*to), total) : total);
  }
}

// K a multiple of 32, x and the codes at multiples of 16 bytes, and a weight that is rounded to bf16.
#define MULTIPLY_BF16(NAME, T, NESTED, BLOCKS)                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                       \
      NAME(FOUR_BIT_PARAMETERS, const bf16* x, T* y, int accumulate, int rows, int outputs, int columns) {            \
    __shared__ float2 pairs[256 * PAIR_COPIES];                                                                       \
    multiplyBf16<NESTED>(FOUR_BIT_ARGUMENTS, pairs, x, y, accumulate, rows, outputs, columns);                        \
  }

// _nested: with double quantization, whose scales take more registers.
MULTIPLY_BF16(multiply_4bit_bf16, bf16, false, 6)
MULTIPLY_BF16(multiply_4bit_bf16_f32, float, false, 6)
MULTIPLY_BF16(multiply_4bit_bf16_nested, bf16, true, 5)
MULTIPLY_BF16(multiply_4bit_bf16_f32_nested, float, true, 5)
