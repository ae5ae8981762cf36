// Matrix products of bf16 on the tensor cores of sm_80 and later (mma.sync), f32 sums:
//
//   C[M, N] = alpha · (op(A) · op(B) + op(A2) · op(B2)) + beta · C          C f32 or bf16, row-major, leading dimension ldc
//
//   gemm_bf16_nt_*   A [M, K], B [N, K]   y = x · Wᵀ, a linear layer's forward
//   gemm_bf16_nn_*   A [M, K], B [K, N]   dX = dY · W
//   gemm_bf16_tn_*   A [K, M], B [K, N]   dW = dYᵀ · x
//
// The second pair, [M, K2] and [N, K2] and so on, K2 = 0 for none, is the low-rank addition of LoRA as a few more k: with A2 = s·x·Aᵀ and
// B2 = B the layer's output is written once. M, N, K and K2 may be any.
//
//   entry         tile         threads  warp    stages  shared bytes  for
//   *_128x128     128x128x32   128      64x64   3       49,152        M and N large enough to fill the device; two blocks share an SM
//   *_128x256     128x256x32   256      64x64   4       98,304        large M and N where a block may have that much (not sm_86 and 89's 99 KB
//                                                                     beside another): each element of A is read half as often
//   *_64x64       64x64x32     128      32x32   4       32,768        small M or N
//   *_any         64x64x32     128      32x32   2       16,384        what isn't aligned
//
// All but _any want A, B, A2, B2 on 16 bytes, lda, ldb, lda2, ldb2 multiples of 8, and multiples of 8 where the contiguous dimension ends:
// K and K2 (nt), K, K2 and N (nn), M and N (tn). C may lie anywhere; 16 bytes
// and ldc a multiple of 8 are the fastest.
// The four give an element the same bits (tile_product.cuh says why), so that choosing by M is no loss of reproducibility.
//
// Launch: one block per tile, gridDim.x = ceil(M / BM) · ceil(N / BN). Blocks that run at the same time share rows and columns: the
// tiles are walked in bands of 8 tiles along M, down the band first, so that what a wave of blocks reads stays in L2.
#include "tile_product.cuh"

template <typename Tile>
static __device__ __forceinline__ void product(Factors first, Factors second, Result result) {
  const int BAND = 8;
  const int tilesM = (result.m + Tile::BM - 1) / Tile::BM, tilesN = (result.n + Tile::BN - 1) / Tile::BN;
  const int band = blockIdx.x / (BAND * tilesN), inBand = blockIdx.x % (BAND * tilesN);
  const int height = min(BAND, tilesM - band * BAND);
  const int m0 = (band * BAND + inBand % height) * Tile::BM, n0 = inBand / height * Tile::BN;
  Tile tile;
  tile.run(first, second, result.m, result.n, m0, n0, 0, first.k);
  tile.put(result, m0, n0);
}

#define GEMM(NAME, BM, BN, WARPS_M, WARPS_N, STAGES, BLOCKS, A_K_MAJOR, B_K_MAJOR, ALIGNED)                                              \
  extern "C" __global__ void __launch_bounds__(32 * WARPS_M * WARPS_N, BLOCKS)                                                           \
      NAME(const bf16* a, const bf16* b, const bf16* a2, const bf16* b2, void* c, int m, int n, int k, int k2, int lda, int ldb, int lda2, \
           int ldb2, int ldc, float alpha, float beta, int isBf16) {                                                                     \
    product<TileProduct<BM, BN, 32, WARPS_M, WARPS_N, STAGES, A_K_MAJOR, B_K_MAJOR, ALIGNED>>(                                           \
        Factors{a, b, lda, ldb, k}, Factors{a2, b2, lda2, ldb2, k2}, Result{c, m, n, ldc, alpha, beta, isBf16});                         \
  }

#define FORMS(TILE, BM, BN, WARPS_M, WARPS_N, STAGES, BLOCKS, ALIGNED)                                \
  GEMM(gemm_bf16_nt_##TILE, BM, BN, WARPS_M, WARPS_N, STAGES, BLOCKS, true, true, ALIGNED)            \
  GEMM(gemm_bf16_nn_##TILE, BM, BN, WARPS_M, WARPS_N, STAGES, BLOCKS, true, false, ALIGNED)           \
  GEMM(gemm_bf16_tn_##TILE, BM, BN, WARPS_M, WARPS_N, STAGES, BLOCKS, false, false, ALIGNED)

FORMS(128x128, 128, 128, 2, 2, 3, 2, true)
FORMS(128x256, 128, 256, 2, 4, 4, 1, true)
FORMS(64x64, 64, 64, 2, 2, 4, 3, true)
FORMS(any, 64, 64, 2, 2, 2, 3, false)
