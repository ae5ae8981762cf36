// Products of at most 16 rows with a weight, bf16 with f32 sums: a linear layer in decoding. Memory-bound: the weight is read once.
//
//   Y[M, N] = alpha · (X[M, K] · W[N, K]ᵀ + X2[M, K2] · W2[N, K2]ᵀ) + beta · Y          M <= 16, Y f32 or bf16
//
//   gemm_bf16_few_rows_8     M <= 8          gemm_bf16_few_rows_16     M <= 16
//   *_any                    where addresses aren't on 16 bytes, or K, K2 or a leading dimension isn't a multiple of 8
//
// Launch: 256 threads, x = ceil(N / 16); no dynamic shared memory. A block has 16 rows of W, and its 8 warps share k: warp w takes k = 64 w to
// 64 w + 63, then those 512 further, and so on. So even N = 4096 has 2048 warps with 8 loads of 16 bytes a lane on their way.
//
// The tensor cores do the arithmetic, W as the 16 rows of mma.m16n8k16 and X as its 8 columns, without shared memory on the way: the k of
// an mma may be renamed as long as both operands agree, so a lane loads 8 neighbouring k of a row in one go and takes them for k = 2 t,
// 2 t + 1, 2 t + 8, 2 t + 9 of two mma (t = lane % 4). The pieces of the warps are added in order through shared memory.
//
// Bits: the chain of a warp and the order of the warps depend on K and K2 alone, and a column of mma doesn't see the other columns: a row of X
// gives the same bits whatever M, in all four entries. They aren't those of gemm_bf16.cu, whose chain is another.
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

// sums += X · Wᵀ of this warp's k. A column group is 8 rows of X.
template <int GROUPS, bool ALIGNED>
static __device__ __forceinline__ void accumulate(float (&sums)[GROUPS][4], const bf16* x, const bf16* w, int ldx, int ldw, int m, int n, int k) {
  const int lane = threadIdx.x % 32, row = lane / 4, n0 = blockIdx.x * 16 + row;
  const bf16 *upper = w + (int64_t)n0 * ldw, *lower = upper + (int64_t)8 * ldw;
#pragma unroll 2
  for (int i = threadIdx.x / 32 * 64 + lane % 4 * 8; i < k + lane % 4 * 8; i += 512) {
    uint4 u[2], l[2], v[GROUPS][2];
#pragma unroll
    for (int h = 0; h < 2; h++) {
      u[h] = eight<ALIGNED>(upper, n0 < n, i + 32 * h, k);
      l[h] = eight<ALIGNED>(lower, n0 + 8 < n, i + 32 * h, k);
    }
#pragma unroll
    for (int g = 0; g < GROUPS; g++)
#pragma unroll
      for (int h = 0; h < 2; h++) v[g][h] = eight<ALIGNED>(x + (int64_t)(g * 8 + row) * ldx, g * 8 + row < m, i + 32 * h, k);
#pragma unroll
    for (int g = 0; g < GROUPS; g++)
#pragma unroll
      for (int h = 0; h < 2; h++) {
        multiply(sums[g], u[h].x, l[h].x, u[h].y, l[h].y, v[g][h].x, v[g][h].y);
        multiply(sums[g], u[h].z, l[h].z, u[h].w, l[h].w, v[g][h].z, v[g][h].w);
      }
  }
}

template <int GROUPS, bool ALIGNED>
static __device__ __forceinline__ void product(const bf16* x, const bf16* w, const bf16* x2, const bf16* w2, void* y, int m, int n, int k, int k2,
                                               int ldx, int ldw, int ldx2, int ldw2, int ldy, float alpha, float beta, int isBf16) {
  __shared__ float pieces[8][GROUPS * 8][16];  // of each warp, [row of X][row of W]
  float sums[GROUPS][4];
#pragma unroll
  for (int g = 0; g < GROUPS; g++) sums[g][0] = sums[g][1] = sums[g][2] = sums[g][3] = 0;
  accumulate<GROUPS, ALIGNED>(sums, x, w, ldx, ldw, m, n, k);
  if (k2 > 0) accumulate<GROUPS, ALIGNED>(sums, x2, w2, ldx2, ldw2, m, n, k2);
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int g = 0; g < GROUPS; g++)
#pragma unroll
    for (int e = 0; e < 4; e++) pieces[threadIdx.x / 32][g * 8 + lane % 4 * 2 + e % 2][lane / 4 + e / 2 * 8] = sums[g][e];
  __syncthreads();
  const int row = threadIdx.x / 16, column = blockIdx.x * 16 + threadIdx.x % 16;
  if (row >= m || column >= n) return;
  float sum = 0;
#pragma unroll
  for (int i = 0; i < 8; i++) sum += pieces[i][row][threadIdx.x % 16];
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

#define GEMM(NAME, GROUPS, ALIGNED)                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256)                                                                                      \
      NAME(const bf16* x, const bf16* w, const bf16* x2, const bf16* w2, void* y, int m, int n, int k, int k2, int ldx, int ldw, int ldx2, \
           int ldw2, int ldy, float alpha, float beta, int isBf16) {                                                                     \
    product<GROUPS, ALIGNED>(x, w, x2, w2, y, m, n, k, k2, ldx, ldw, ldx2, ldw2, ldy, alpha, beta, isBf16);                              \
  }

GEMM(gemm_bf16_few_rows_8, 1, true)
GEMM(gemm_bf16_few_rows_16, 2, true)
GEMM(gemm_bf16_few_rows_8_any, 1, false)
GEMM(gemm_bf16_few_rows_16_any, 2, false)
