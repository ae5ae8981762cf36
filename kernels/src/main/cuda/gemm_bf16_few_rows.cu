// Products of few rows with a weight, bf16 with f32 sums: a linear layer in decoding. Memory-bound: the weight is read once.
//
//   Y[M, N] = alpha · (X[M, K] · W[N, K]ᵀ + X2[M, K2] · W2[N, K2]ᵀ) + beta · Y          Y f32 or bf16
//
//   entry                      rows of X, of W in a block    for
//   gemm_bf16_few_rows_8       8, 16                         M <= 8
//   gemm_bf16_few_rows_16      16, 16                        M <= 16
//   gemm_bf16_few_rows_32      32, 16                        M <= 32
//   gemm_bf16_few_rows_64      64, 32                        more; from some hundred rows on gemm_bf16_many_rows.cu gives the same bits faster
//   gemm_bf16_few_rows_any     16, 16                        addresses off 16 bytes, or K, K2 or a leading dimension no multiple of 8
//
// Launch: 256 threads, x = blocks along M, y = blocks along N, so that blocks with the same weights run side by side and all but the first
// find them in L2; no dynamic shared memory. The 8 warps of a block share k: warp w takes k = 64 w to 64 w + 63, then those 512 further,
// and so on. So even N = 4096 has 2048 warps with 8 loads of 16 bytes a lane on their way.
//
// How much is on its way is what counts, more than how often X is read from L2. On an H100, 4096 x 4096 and 11008 x 4096, µs: 8 rows 14.4 and 34.0
// with the registers that the compiler took by itself (62), 13.8 and 32.4 with those that three blocks a multiprocessor leave, 15.3 and 36.4 with
// those of four, which spills; the bytes alone take 11.1 and 30.0. 32 rows 18.3 and 46.8 with 32 rows of W in a block, 16.1 and 39.2 with 16. 64 rows
// 36.4 and 72.4 with 64 rows of W, whose sums leave no registers to read ahead; 25.0 and 67.9 with 32; 22.5 and 59.4 with the next 32 k of both on
// their way, which spills; 20.0 and 51.1 with those of W alone.
//
// The tensor cores do the arithmetic, W as the 16 rows of mma.m16n8k16 and X as its 8 columns, without shared memory on the way: the k of
// an mma may be renamed as long as both operands agree, so a lane loads 8 neighbouring k of a row in one go and takes them for k = 2 t,
// 2 t + 1, 2 t + 8, 2 t + 9 of two mma (t = lane % 4). The sums of the warps are added in order through shared memory.
//
// Bits: the chain of a warp and the order of the warps depend on K and K2 alone, and a column of mma doesn't see the other columns: a row of X
// gives the same bits whatever M, in all entries. They aren't those of gemm_bf16.cu, whose chain is another.
#include "common.cuh"

static __device__ __forceinline__ void multiply(float (&c)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// 8 elements from k on; zeros where there are none.
template <bool ALIGNED>
static __device__ __forceinline__ uint4 eight(const bf16* row, bool there, int k, int end) {
  if constexpr (ALIGNED) {
    return there && k < end ? *(const uint4*)(row + k) : make_uint4(0, 0, 0, 0);
  } else {
    uint32_t x[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      uint32_t low = there && k + 2 * i < end ? row[k + 2 * i] : 0, up = there && k + 2 * i + 1 < end ? row[k + 2 * i + 1] : 0;
      x[i] = low | up << 16;
    }
    return make_uint4(x[0], x[1], x[2], x[3]);
  }
}

// 32 k of TILES times 16 rows of W, as a lane holds them.
template <int TILES>
struct Weights {
  uint4 upper[TILES], lower[TILES];
};

// The same of GROUPS times 8 rows of X.
template <int GROUPS>
struct Inputs {
  uint4 rows[GROUPS];
};

template <int TILES, int GROUPS>
static __device__ __forceinline__ void multiply(float (&sums)[TILES][GROUPS][4], const Weights<TILES>& w, const Inputs<GROUPS>& x) {
#pragma unroll
  for (int t = 0; t < TILES; t++)
#pragma unroll
    for (int g = 0; g < GROUPS; g++) {
      multiply(sums[t][g], w.upper[t].x, w.lower[t].x, w.upper[t].y, w.lower[t].y, x.rows[g].x, x.rows[g].y);
      multiply(sums[t][g], w.upper[t].z, w.lower[t].z, w.upper[t].w, w.lower[t].w, x.rows[g].z, x.rows[g].w);
    }
}

// Where a lane reads them.
template <int TILES, int GROUPS, bool ALIGNED>
struct Source {
  const bf16 *w, *x;
  int64_t ldw, ldx;
  int n, m, k;  // rows of W and X from this lane's first on; depth

  __device__ __forceinline__ void load(Weights<TILES>& to, int at) const {
    at += threadIdx.x % 4 * 8;
#pragma unroll
    for (int t = 0; t < TILES; t++) {
      to.upper[t] = eight<ALIGNED>(w + t * 16 * ldw, t * 16 < n, at, k);
      to.lower[t] = eight<ALIGNED>(w + (t * 16 + 8) * ldw, t * 16 + 8 < n, at, k);
    }
  }

  __device__ __forceinline__ void load(Inputs<GROUPS>& to, int at) const {
    at += threadIdx.x % 4 * 8;
#pragma unroll
    for (int g = 0; g < GROUPS; g++) to.rows[g] = eight<ALIGNED>(x + g * 8 * ldx, g * 8 < m, at, k);
  }
};

// sums += X · Wᵀ of this warp's k. While 64 k are multiplied the next are on their way, or where sums leave no registers for that, while 32 k are
// multiplied the weights of the next.
template <int TILES, int GROUPS, bool ALIGNED>
static __device__ __forceinline__ void accumulate(float (&sums)[TILES][GROUPS][4], const bf16* x, const bf16* w, int ldx, int ldw, int m0, int m,
                                                  int n0, int n, int k) {
  const int row = threadIdx.x % 32 / 4;
  const Source<TILES, GROUPS, ALIGNED> source = {w + (int64_t)(n0 + row) * ldw, x + (int64_t)(m0 + row) * ldx, ldw, ldx, n - n0 - row, m - m0 - row, k};
  int i = threadIdx.x / 32 * 64;
  Weights<TILES> first, second;
  source.load(first, i);
  if (TILES * GROUPS <= 8) {
    Inputs<GROUPS> x1, x2;
    source.load(x1, i);
    source.load(second, i + 32);
    source.load(x2, i + 32);
    for (; i < k; i += 512) {
      Weights<TILES> w1, w2;
      Inputs<GROUPS> next1, next2;
      source.load(w1, i + 512);
      source.load(next1, i + 512);
      source.load(w2, i + 544);
      source.load(next2, i + 544);
      multiply(sums, first, x1);
      multiply(sums, second, x2);
      first = w1, x1 = next1, second = w2, x2 = next2;
    }
  } else {
    auto turn = [&](const Weights<TILES>& now, Weights<TILES>& next, int at, int then) {
      Inputs<GROUPS> inputs;
      source.load(inputs, at);
      source.load(next, then);
      multiply(sums, now, inputs);
    };
#pragma unroll 1
    for (; i < k; i += 512) {
      turn(first, second, i, i + 32);
      turn(second, first, i + 32, i + 512);
    }
  }
}

template <int TILES, int GROUPS, bool ALIGNED>
static __device__ __forceinline__ void product(const bf16* x, const bf16* w, const bf16* x2, const bf16* w2, void* y, int m, int n, int k, int k2,
                                               int ldx, int ldw, int ldx2, int ldw2, int ldy, float alpha, float beta, int isBf16) {
  __shared__ float pieces[8][GROUPS * 8][16];  // of each warp, [row of X][row of W], for one tile of W at a time
  const int m0 = blockIdx.x * GROUPS * 8, n0 = blockIdx.y * TILES * 16, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  float sums[TILES][GROUPS][4];
#pragma unroll
  for (int t = 0; t < TILES; t++)
#pragma unroll
    for (int g = 0; g < GROUPS; g++) sums[t][g][0] = sums[t][g][1] = sums[t][g][2] = sums[t][g][3] = 0;
  accumulate<TILES, GROUPS, ALIGNED>(sums, x, w, ldx, ldw, m0, m, n0, n, k);
  if (k2 > 0) accumulate<TILES, GROUPS, ALIGNED>(sums, x2, w2, ldx2, ldw2, m0, m, n0, n, k2);
#pragma unroll
  for (int t = 0; t < TILES; t++) {
    if (t > 0) __syncthreads();
#pragma unroll
    for (int g = 0; g < GROUPS; g++)
#pragma unroll
      for (int e = 0; e < 4; e++) pieces[warp][g * 8 + lane % 4 * 2 + e % 2][lane / 4 + e / 2 * 8] = sums[t][g][e];
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < GROUPS * 128; i += 256) {
      const int row = m0 + i / 16, column = n0 + t * 16 + i % 16;
      if (row >= m || column >= n) continue;
      float sum = 0;
#pragma unroll
      for (int j = 0; j < 8; j++) sum += pieces[j][i / 16][i % 16];
      sum *= alpha;
      const int64_t at = (int64_t)row * ldy + column;
      if (isBf16) {
        bf16* to = (bf16*)y + at;
        *to = narrow(beta != 0 ? fmaf(beta, widen(*to), sum) : sum);
      } else {
        float* to = (float*)y + at;
        *to = beta != 0 ? fmaf(beta, *to, sum) : sum;
      }
    }
  }
}

#define GEMM(NAME, TILES, GROUPS, ALIGNED, BLOCKS)                                                                                       \
  extern "C" __global__ void __launch_bounds__(256, BLOCKS)                                                                              \
      NAME(const bf16* x, const bf16* w, const bf16* x2, const bf16* w2, void* y, int m, int n, int k, int k2, int ldx, int ldw, int ldx2, \
           int ldw2, int ldy, float alpha, float beta, int isBf16) {                                                                     \
    product<TILES, GROUPS, ALIGNED>(x, w, x2, w2, y, m, n, k, k2, ldx, ldw, ldx2, ldw2, ldy, alpha, beta, isBf16);                       \
  }

GEMM(gemm_bf16_few_rows_8, 1, 1, true, 3)
GEMM(gemm_bf16_few_rows_16, 1, 2, true, 2)
GEMM(gemm_bf16_few_rows_32, 1, 4, true, 2)
GEMM(gemm_bf16_few_rows_64, 2, 8, true, 1)
GEMM(gemm_bf16_few_rows_any, 1, 2, false, 1)
