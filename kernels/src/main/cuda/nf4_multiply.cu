// Products of weights in 4 bits with the rows of a decoding step, by the tensor cores and without widening W in memory:
//
//   Y[M, N] = (or +=) X[M, K] · Wᵀ          X bf16, W [N, K] of bf16 as fourbit.cuh says, f32 sums, Y f32 or bf16
//
//   entry                     rows of X, of W in a block    x lies
//   multiply_4bit_bf16_8      8, 16                         as it is, [M, K]
//   multiply_4bit_bf16_16     16, 32                        as it is
//   multiply_4bit_bf16_32     32, 16                        as order_fragments leaves it
//   multiply_4bit_bf16_64     64, 32                        as order_fragments leaves it
//   ..._nested                                              the same, for double quantization, whose scales take more registers
//   order_fragments           x bf16 [M, K] → bf16 [M rounded up to whole groups of 8, K to whole runs of 128]
//
// Launch: block 256, grid N / rows of W, a grid of order_fragments M · K / 2048, both rounded-up sizes. K a multiple of 32, x and the codes at
// multiples of 16 bytes. Bound by reading 4 bits a weight, if only widening them were cheaper.
//
// The block's eight warps take turns at 128 columns. Lane 4 g + t has columns 32 t to 32 t + 31 of rows g and g + 8 of W, and of row g of X, in each
// run of 128: sixteen bytes of codes under one scale. The i-th of eight mma.m16n8k16 takes four of them, 4 i to 4 i + 3, as the columns 2 t, 2 t + 1,
// 2 t + 8 and 2 t + 9 of its fragments; the sum doesn't mind that columns have changed places on both sides. The next run is under way while one is
// multiplied. In the end the eight sums are added in order: a row's bits depend on K alone, in all entries.
//
// What bounds it is looking codes up, so two ways of doing that share the work. Row g of W goes through shared memory: a byte gives both of its
// values by one 8-byte read, from a table that each of sixteen lanes has to itself: two passes for 64 weights. Row g + 8 goes through registers: its
// block's sixteen products with the scale, rounded, lie as bytes in eight registers, and prmt picks four at a time by four codes: 3.4 instructions of
// the integer unit a weight. On an H100 one row takes, with 11008 x 4096, 4096 x 4096 and 4096 x 11008, in µs: all by shared memory 20.9, 10.8, 23.8;
// all by registers 19.9, 8.4, 18.3; a read for each code 24.5, 10.6, 23.3; half by registers and half by a read for each code 19.7, 9.1, 19.2; so
// 18.0, 7.9, 16.3. The bytes alone take 8.4, 3.1 and 8.4, and the profiler sees the multiprocessors idle for a quarter of such a launch. Whole rows
// of codes under way by cp.async, tried with shared memory alone, changed nothing.
//
// Where X has many rows, its fragments are most of what shared memory and L1 have to do: a warp's read of X touches 16 lines as it lies, 4 once
// order_fragments (1.8 µs) has put beside each other what lanes read together. With it 32 rows take 27.8, 11.9 and 23.6 µs (41.2, 14.8, 33.8 without)
// and 64 rows 39.7, 16.2 and 31.3. Reading eight rows at a time 32 would take 103, 47 and 101. Beyond 256 rows W is
// widened first (nf4_many_rows.cu).
#include "fourbit.cuh"
#include "fragments.cuh"

constexpr int THREADS = 256;
constexpr int WARPS = THREADS / 32;
constexpr int RUN = 128;  // columns of a warp's turn

// Both values of each byte of codes, sixteen times: half a warp's lanes, who are served together, have banks of their own.
struct Pairs {
  static constexpr int COPIES = 16;
  static constexpr int COPIED = 7;  // a byte times the 128 bytes of its copies
  float2 values[256 * COPIES];

  // For all threads of a block; a barrier is to follow.
  __device__ __forceinline__ void fill(const float* code) {
    static_assert(THREADS == 256, "a thread a byte");
    int t = threadIdx.x;
    float2 pair = make_float2(code[t >> 4], code[t & 15]);
#pragma unroll
    for (int c = 0; c < COPIES; c++) values[t * COPIES + ((t + c) & (COPIES - 1))] = pair;
  }

  // The four pairs of a word under a scale.
  __device__ __forceinline__ void widen(uint32_t word, float scale, uint32_t (&w)[4]) const {
    uint32_t copy = threadIdx.x % COPIES * sizeof(float2);
#pragma unroll
    for (int b = 0; b < 4; b++) {
      int place = 8 * b - COPIED;
      uint32_t entry = ((place < 0 ? word << -place : word >> place) & 0xff << COPIED) | copy;
      float2 v = *(const float2*)((const char*)values + entry);
      w[b] = narrow2(mul(v.x, scale), mul(v.y, scale));
    }
  }
};

// The sixteen values of a block of weights in bf16, the codes' lower and upper bytes apart: byte c % 4 of register c / 4.
struct Planes {
  uint32_t low[4], high[4];

  static __device__ __forceinline__ uint32_t permute(uint32_t a, uint32_t b, uint32_t selector) {
    uint32_t d;
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(d) : "r"(a), "r"(b), "r"(selector));
    return d;
  }

  static __device__ __forceinline__ uint32_t choose(uint32_t mask, uint32_t yes, uint32_t no) { return (mask & yes) | (~mask & no); }

  // code [16] at a multiple of 16 bytes
  __device__ __forceinline__ void fill(const float* code, float scale) {
#pragma unroll
    for (int r = 0; r < 4; r++) {
      float4 v = ((const float4*)code)[r];
      uint32_t a = narrow2(mul(v.x, scale), mul(v.y, scale)), b = narrow2(mul(v.z, scale), mul(v.w, scale));
      low[r] = permute(a, b, 0x6420), high[r] = permute(a, b, 0x7531);
    }
  }

  // The four pairs of a word. prmt has room for eight bytes, so codes from 8 on are looked up beside the others; a byte's first element lies in its
  // high nibble.
  __device__ __forceinline__ void widen(uint32_t word, uint32_t (&w)[4]) const {
    uint32_t within = word & 0x77777777u, upper = word >> 3 & 0x11111111u;
#pragma unroll
    for (int i = 0; i < 2; i++) {
      uint32_t mask = permute(0xff00u, 0, upper);
      uint32_t l = choose(mask, permute(low[2], low[3], within), permute(low[0], low[1], within));
      uint32_t h = choose(mask, permute(high[2], high[3], within), permute(high[0], high[1], within));
      w[2 * i] = permute(l, h, 0x4051), w[2 * i + 1] = permute(l, h, 0x6273);
      within >>= 16, upper >>= 16;
    }
  }
};

// The block's shared memory; sums take the tables' place.
struct Shared {
  union {
    Pairs pairs;
    float sums[WARPS][16 * 8];
  };
  float nestedCode[256];
  float4 code[4];
};

template <int TILES, int GROUPS, bool ORDERED, bool NESTED>
static __device__ __forceinline__ void multiply(Shared& shared, FOUR_BIT_PARAMETERS, const bf16* x, void* y, int isBf16, int accumulate, int rows, int outputs,
                                                int columns) {
  int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, g = lane >> 2, t = lane & 3;
  int first = blockIdx.x * 16 * TILES;
  // In units of 32 columns, which lie in one block; rows of W beyond the last repeat it, and their sums go nowhere.
  uint32_t starts[2 * TILES];
#pragma unroll
  for (int h = 0; h < 2 * TILES; h++) starts[h] = min(first + g + 8 * h, outputs - 1) * (uint32_t)(columns / 32);
  auto readCodes = [&](int k, int h) {
    return k < columns ? ((const uint4*)packed)[starts[h] + k / 32] : make_uint4(0, 0, 0, 0);
  };
  auto readScale = [&](int k, int h) {
    uint32_t block = (starts[h] + k / 32) >> (blockShift - 5);
    if (k >= columns) return StoredScale{0, 0};
    if (NESTED) return StoredScale{nestedAbsmax[block >> 8], ((const uint8_t*)absmax)[block]};
    return StoredScale{((const float*)absmax)[block], 0};
  };
  int k = warp * RUN + t * 32;
  // what comes from memory is asked for before the tables are waited for
  uint4 codes[2 * TILES];
  StoredScale stored[2 * TILES];
#pragma unroll
  for (int h = 0; h < 2 * TILES; h++) codes[h] = readCodes(k, h), stored[h] = readScale(k, h);
  shared.pairs.fill(code);
  if (threadIdx.x < 16) ((float*)shared.code)[threadIdx.x] = code[threadIdx.x];
  if (NESTED) shared.nestedCode[threadIdx.x] = nestedCode[threadIdx.x];
  __syncthreads();
  // as with the rows of W
  const bf16* xs[ORDERED ? 1 : GROUPS];
  int64_t groupStride = ORDERED ? (int64_t)8 * ((columns + RUN - 1) / RUN * RUN) : 0;
  if (ORDERED) {
    xs[0] = x + warp * RUN * 8 + lane * 8;
  } else {
#pragma unroll
    for (int r = 0; r < GROUPS; r++) xs[r] = x + (int64_t)min(g + 8 * r, rows - 1) * columns;
  }
  int groups = ORDERED ? (rows + 7) / 8 : 0;
  float d[TILES][GROUPS][4] = {};
#pragma unroll 1
  for (; k - t * 32 < columns; k += WARPS * RUN) {
    int ahead = k + WARPS * RUN;
    uint4 next[2 * TILES];
    float scales[TILES];
    Planes planes[TILES];
#pragma unroll
    for (int h = 0; h < 2 * TILES; h++) next[h] = readCodes(ahead, h);
#pragma unroll
    for (int h = 0; h < 2 * TILES; h++) {
      float scale = NESTED ? add(mul(shared.nestedCode[stored[h].coded], stored[h].value), offset) : stored[h].value;
      stored[h] = readScale(ahead, h);
      if (h % 2) {
        planes[h / 2].fill((const float*)shared.code, scale);
      } else {
        scales[h / 2] = scale;
      }
    }
#pragma unroll
    for (int q = 0; q < 4; q++) {
      uint4 part[GROUPS];
#pragma unroll
      for (int r = 0; r < GROUPS; r++) {
        part[r] = make_uint4(0, 0, 0, 0);
        if (ORDERED) {
          if (r < groups) part[r] = *(const uint4*)(xs[0] + r * groupStride + q * 256);
        } else {
          if (k < columns) part[r] = *(const uint4*)(xs[r] + k + 8 * q);
        }
      }
#pragma unroll
      for (int tile = 0; tile < TILES; tile++) {
        uint32_t upper[4], lower[4];
        auto word = [&](const uint4& c) { return q == 0 ? c.x : q == 1 ? c.y : q == 2 ? c.z : c.w; };
        shared.pairs.widen(word(codes[2 * tile]), scales[tile], upper);
        planes[tile].widen(word(codes[2 * tile + 1]), lower);
#pragma unroll
        for (int i = 0; i < 2; i++) {
          const uint32_t a[4] = {upper[2 * i], lower[2 * i], upper[2 * i + 1], lower[2 * i + 1]};
#pragma unroll
          for (int r = 0; r < GROUPS; r++) multiply(d[tile][r], a, i ? part[r].z : part[r].x, i ? part[r].w : part[r].y);
        }
      }
    }
    if (ORDERED) xs[0] += WARPS * RUN * 8;
#pragma unroll
    for (int h = 0; h < 2 * TILES; h++) codes[h] = next[h];
  }
  // d holds outputs g and g + 8 of rows 2 t and 2 t + 1 of x
#pragma unroll
  for (int tile = 0; tile < TILES; tile++)
#pragma unroll
    for (int r = 0; r < GROUPS; r++) {
      __syncthreads();
#pragma unroll
      for (int e = 0; e < 4; e++) shared.sums[warp][(2 * t + (e & 1)) * 16 + g + (e & 2 ? 8 : 0)] = d[tile][r][e];
      __syncthreads();
      int i = threadIdx.x;
      int row = 8 * r + (i >> 4), output = first + 16 * tile + (i & 15);
      if (i < 16 * 8 && row < rows && output < outputs) {
        float total = 0;
#pragma unroll
        for (int w = 0; w < WARPS; w++) total += shared.sums[w][i];
        int64_t at = (int64_t)row * outputs + output;
        if (isBf16) {
          bf16* to = (bf16*)y + at;
          *to = narrow(accumulate ? add(widen(*to), total) : total);
        } else {
          float* to = (float*)y + at;
          *to = accumulate ? add(*to, total) : total;
        }
      }
    }
}

#define MULTIPLY(NAME, TILES, GROUPS, ORDERED, NESTED, BLOCKS)                                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)                                                                             \
      NAME(FOUR_BIT_PARAMETERS, const bf16* x, void* y, int isBf16, int accumulate, int rows, int outputs, int columns) {                   \
    __shared__ Shared shared;                                                                                                               \
    multiply<TILES, GROUPS, ORDERED, NESTED>(shared, FOUR_BIT_ARGUMENTS, x, y, isBf16, accumulate, rows, outputs, columns);                 \
  }

MULTIPLY(multiply_4bit_bf16_8, 1, 1, false, false, 3)
MULTIPLY(multiply_4bit_bf16_8_nested, 1, 1, false, true, 3)
MULTIPLY(multiply_4bit_bf16_16, 2, 2, false, false, 2)
MULTIPLY(multiply_4bit_bf16_16_nested, 2, 2, false, true, 2)
MULTIPLY(multiply_4bit_bf16_32, 1, 4, true, false, 2)
MULTIPLY(multiply_4bit_bf16_32_nested, 1, 4, true, true, 2)
MULTIPLY(multiply_4bit_bf16_64, 2, 8, true, false, 1)
MULTIPLY(multiply_4bit_bf16_64_nested, 2, 8, true, true, 1)

// Eight neighbouring elements of row 8 r + lane / 4, from column 128 c + 32 (lane % 4) + 8 q on, lie from 8 (32 (4 (C r + c) + q) + lane) on, where
// there are C runs of 128 columns. Zeros where there is no row or column.
extern "C" __global__ void __launch_bounds__(THREADS) order_fragments(const bf16* x, bf16* out, int rows, int columns) {
  int runs = (columns + RUN - 1) / RUN;
  int i = blockIdx.x * THREADS + threadIdx.x, run = i >> 7, c = run % runs, r = run / runs;
  int row = 8 * r + (i >> 2 & 7), k = RUN * c + 32 * (i & 3) + 8 * (i >> 5 & 3);
  if (8 * r >= rows) return;
  *(uint4*)(out + (int64_t)i * 8) = row < rows && k < columns ? *(const uint4*)(x + (int64_t)row * columns + k) : make_uint4(0, 0, 0, 0);
}
