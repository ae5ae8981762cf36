// The products of LoRA, in which one dimension is the rank r (8 to 256, a multiple of 8), on the tensor cores of sm_80 and later; Hopper has
// gemm_lora.sm_90a.cu:
//
//   gemm_lora_nt_*   XA[M, r]   = alpha · X[M, K] · A[r, K]ᵀ           the way down, forward
//   gemm_lora_nn_*   dYB[M, r]  = alpha · dY[M, K] · B[K, r]           the way back through B
//   gemm_lora_tn_*   dA[r, N]   = alpha · dYB[K, r]ᵀ · X[K, N]         over K tokens
//                    dB[N, r]   = alpha · dY[K, N]ᵀ · XA[K, r]         over K tokens
//
// each + beta · C, C f32 or bf16. With r = 64 they do 64 operations for each byte of the large matrix: memory-bound, so that matrix is
// read from device memory once and many copies are on their way at a time. The tile spans the whole rank where r <= 64, or 128 with _64x128;
// what the tile has beyond r is filled with zeros and costs only idle arithmetic. Where the rank takes several tiles they are neighbours
// in the grid, and all but the first find the large matrix in L2.
//
//   entry                    tile         stages   shared bytes     launch, 128 threads
//   nt, nn _32x64            32x64x64     6         73,728          x = ceil(r / BN) · ceil(M / BM), the rank's tiles side by side;
//   nt, nn _64x16            64x16x64     8         81,920          y = 1
//   nt, nn _64x32            64x32x64     8         98,304
//   nt, nn _64x64            64x64x64     6         98,304
//   nt, nn _64x128           64x128x64    4         98,304
//   tn _64x128 (dA)          64x128x64    4         98,304          x = ceil(M / BM) · ceil(N / BN), the rank's tiles side by side;
//   tn _128x64 (dB)          128x64x64    4         98,304          y = splits
//
// Splits: with few tiles and many tokens the tokens are cut into gridDim.y pieces of `depth` (a multiple of 64). A piece's sums go to
// f32 partials [splits, M, N] as they are, and gemm_lora_sum adds these in ascending order and does alpha, beta and rounding: the same
// bits in every run. With one split the products write C themselves.
//
// All matrices on 16 bytes, leading dimensions and the contiguous extents (K, r, N) multiples of 8; else gemm_bf16_*_any does it.
// Bits of a row of nt and nn depend on its values and K alone (tile_product.cuh).
#include "tile_product.cuh"

// RANK_IS_N: n is the rank, and its tiles are neighbours; else m is.
template <typename Tile, bool RANK_IS_N>
static __device__ __forceinline__ void product(Factors factors, Result result, float* partials, int depth) {
  const int tilesM = (result.m + Tile::BM - 1) / Tile::BM, tilesN = (result.n + Tile::BN - 1) / Tile::BN;
  const int m0 = (RANK_IS_N ? blockIdx.x / tilesN : blockIdx.x % tilesM) * Tile::BM;
  const int n0 = (RANK_IS_N ? blockIdx.x % tilesN : blockIdx.x / tilesM) * Tile::BN;
  const int begin = blockIdx.y * depth, end = min(begin + depth, factors.k);
  Tile tile;
  tile.run(factors, Factors{0, 0, 0, 0, 0}, result.m, result.n, m0, n0, begin, end);
  if (gridDim.y > 1) {
    float* piece = partials + (int64_t)blockIdx.y * result.m * result.n;
    result = Result{piece, result.m, result.n, result.n, 1, 0, 0};
  }
  tile.put(result, m0, n0);
}

#define GEMM(NAME, BM, BN, WARPS_M, WARPS_N, STAGES, A_K_MAJOR, B_K_MAJOR, RANK_IS_N)                                               \
  extern "C" __global__ void __launch_bounds__(128, 2)                                                                              \
      NAME(const bf16* a, const bf16* b, void* c, float* partials, int m, int n, int k, int lda, int ldb, int ldc, float alpha,      \
           float beta, int isBf16, int depth) {                                                                                     \
    product<TileProduct<BM, BN, 64, WARPS_M, WARPS_N, STAGES, A_K_MAJOR, B_K_MAJOR, true>, RANK_IS_N>(                               \
        Factors{a, b, lda, ldb, k}, Result{c, m, n, ldc, alpha, beta, isBf16}, partials, depth);                                    \
  }

GEMM(gemm_lora_nt_32x64, 32, 64, 2, 2, 6, true, true, true)
GEMM(gemm_lora_nt_64x16, 64, 16, 4, 1, 8, true, true, true)
GEMM(gemm_lora_nt_64x32, 64, 32, 4, 1, 8, true, true, true)
GEMM(gemm_lora_nt_64x64, 64, 64, 2, 2, 6, true, true, true)
GEMM(gemm_lora_nt_64x128, 64, 128, 2, 2, 4, true, true, true)
GEMM(gemm_lora_nn_32x64, 32, 64, 2, 2, 6, true, false, true)
GEMM(gemm_lora_nn_64x16, 64, 16, 4, 1, 8, true, false, true)
GEMM(gemm_lora_nn_64x32, 64, 32, 4, 1, 8, true, false, true)
GEMM(gemm_lora_nn_64x64, 64, 64, 2, 2, 6, true, false, true)
GEMM(gemm_lora_nn_64x128, 64, 128, 2, 2, 4, true, false, true)
GEMM(gemm_lora_tn_64x128, 64, 128, 2, 2, 4, false, false, false)
GEMM(gemm_lora_tn_128x64, 128, 64, 2, 2, 4, false, false, true)

// C[M, N] = alpha · (sum over s, ascending, of partials[s]) + beta · C. Launch: 256 threads, one element each, x = ceil(M · N / 256).
extern "C" __global__ void __launch_bounds__(256)
    gemm_lora_sum(const float* partials, void* c, int m, int n, int splits, int ldc, float alpha, float beta, int isBf16) {
  const int64_t size = (int64_t)m * n, i = (int64_t)blockIdx.x * 256 + threadIdx.x;
  if (i >= size) return;
  float sum = 0;
#pragma unroll 4
  for (int s = 0; s < splits; s++) sum += partials[s * size + i];
  sum *= alpha;
  const int64_t at = i / n * ldc + i % n;
  if (isBf16) {
    bf16* to = (bf16*)c + at;
    *to = narrow(beta != 0 ? fmaf(beta, widen(*to), sum) : sum);
  } else {
    float* to = (float*)c + at;
    *to = beta != 0 ? fmaf(beta, *to, sum) : sum;
  }
}
