// Matrix products in f32 without tensor cores, for any shape and alignment:
//
//   C[M, N] = alpha · op(A) · op(B) + beta · C          row-major, beta 0 doesn't read C
//
//   gemm_f32_nn_*   A [M, K], B [K, N]      gemm_f32_nt_*   A [M, K], B [N, K]
//   gemm_f32_tn_*   A [K, M], B [K, N]      gemm_f32_tt_*   A [K, M], B [N, K]
//
//   entry       tile          threads   sums a thread   for
//   *_128x128   128x128x8     256       8x8             large M and N: 16 FMA for each float read from shared memory
//   *_64x64     64x64x16      256       4x4             the rest
//
// Launch: x = ceil(N / BN), y = ceil(M / BM); 16,896 or 17,408 bytes of shared memory, static. Elements are read one by one, neighbours by
// neighbouring lanes where memory is contiguous, and the next tile's are on their way in registers while this one's are multiplied.
// Bits: an element is one chain of FMA over ascending k from 0, then alpha and beta; so both tiles agree, and M is of no influence.
//
//   gemm_f32_few_rows   Y[M, N] = alpha · X[M, K] · W[N, K]ᵀ + beta · Y for few rows (decoding), memory-bound: one warp for each row of W.
//
// Launch: 128 threads, x = ceil(N / 4). Lane l adds up k = 4 l to 4 l + 3, then those 128 further, and so on, by a chain of FMA for
// each row of X; a fixed tree adds the lanes. The rows of X are taken four at a time but never mixed, so a row's bits depend on its values,
// on W and on K alone. They aren't those of the tiled kernels: a row is reproducible within decoding and within prompt reading.
#include "common.cuh"

// The share of one thread in bringing SPAN x BK elements of op(A) (or columns of op(B)) to shared memory as [k][m].
template <bool K_MAJOR, int SPAN, int BK>
struct TileSource {
  static const int LINE = K_MAJOR ? BK : SPAN, STEP = 256 / LINE, COUNT = SPAN * BK / 256, PITCH = SPAN + 4;
  const float* from;
  int64_t step;   // elements from one of this thread's elements to its next
  int left;       // K-major: rows of the matrix from this thread's first on; else elements of a row of the matrix
  int deep;       // this thread's first k in the tile
  float held[COUNT];

  __device__ __forceinline__ void open(const float* matrix, int ld, int first, int extent) {
    const int line = threadIdx.x / LINE, at = threadIdx.x % LINE;
    from = matrix + (K_MAJOR ? (int64_t)(first + line) * ld + at : (int64_t)line * ld + first + at);
    step = (int64_t)STEP * ld;
    left = extent - first - (K_MAJOR ? line : at);
    deep = K_MAJOR ? at : line;
  }

  // Reads the next tile, of which the matrix has `depth` k.
  __device__ __forceinline__ void fetch(int depth) {
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
      const bool there = K_MAJOR ? i * STEP < left && deep < depth : left > 0 && deep + i * STEP < depth;
      held[i] = there ? from[i * step] : 0;
    }
    from += K_MAJOR ? BK : step * (BK / STEP);
  }

  __device__ __forceinline__ void keep(float* tile) const {
    float* to = tile + (K_MAJOR ? threadIdx.x % LINE * PITCH + threadIdx.x / LINE : threadIdx.x / LINE * PITCH + threadIdx.x % LINE);
#pragma unroll
    for (int i = 0; i < COUNT; i++) to[K_MAJOR ? i * STEP : i * STEP * PITCH] = held[i];
  }
};

static __device__ __forceinline__ void put(float* to, float sum, float alpha, float beta) {
  sum *= alpha;
  *to = beta != 0 ? fmaf(beta, *to, sum) : sum;
}

// BM = BN = 64 · SQUARES: a thread holds SQUARES² squares of 4 x 4 sums, 64 apart.
template <int SQUARES, bool A_K_MAJOR, bool B_K_MAJOR>
static __device__ __forceinline__ void product(const float* a, const float* b, float* c, int m, int n, int k, int lda, int ldb, int ldc,
                                               float alpha, float beta) {
  const int SPAN = 64 * SQUARES, BK = 16 / SQUARES, PITCH = SPAN + 4, SUMS = 4 * SQUARES;
  __shared__ __align__(16) float tileA[2][BK * PITCH], tileB[2][BK * PITCH];
  const int m0 = blockIdx.y * SPAN, n0 = blockIdx.x * SPAN;
  const int row = threadIdx.x / 16 * 4, column = threadIdx.x % 16 * 4;
  TileSource<A_K_MAJOR, SPAN, BK> sourceA;
  TileSource<B_K_MAJOR, SPAN, BK> sourceB;
  float sums[SUMS][SUMS];
#pragma unroll
  for (int i = 0; i < SUMS; i++)
#pragma unroll
    for (int j = 0; j < SUMS; j++) sums[i][j] = 0;

  sourceA.open(a, lda, m0, m);
  sourceB.open(b, ldb, n0, n);
  sourceA.fetch(k);
  sourceB.fetch(k);
  int buffer = 0;
  for (int depth = k; depth > 0; depth -= BK) {
    sourceA.keep(tileA[buffer]);
    sourceB.keep(tileB[buffer]);
    __syncthreads();  // one a tile: who writes a buffer again has passed the barrier after its last reads
    if (depth > BK) {
      sourceA.fetch(depth - BK);
      sourceB.fetch(depth - BK);
    }
    const float *x0 = tileA[buffer] + row, *y0 = tileB[buffer] + column;
#pragma unroll
    for (int deep = 0; deep < BK; deep++) {
      float x[SUMS], y[SUMS];
#pragma unroll
      for (int s = 0; s < SQUARES; s++) {
        *(float4*)(x + 4 * s) = *(const float4*)(x0 + deep * PITCH + 64 * s);
        *(float4*)(y + 4 * s) = *(const float4*)(y0 + deep * PITCH + 64 * s);
      }
#pragma unroll
      for (int i = 0; i < SUMS; i++)
#pragma unroll
        for (int j = 0; j < SUMS; j++) sums[i][j] = fmaf(x[i], y[j], sums[i][j]);
    }
    buffer ^= 1;
  }
  const bool aligned = ((ldc & 3) | ((uintptr_t)c & 15)) == 0;
#pragma unroll
  for (int i = 0; i < SUMS; i++) {
    const int r = m0 + row + i % 4 + i / 4 * 64;
    if (r >= m) continue;
#pragma unroll
    for (int s = 0; s < SQUARES; s++) {
      const int q = n0 + column + s * 64;
      float* to = c + (int64_t)r * ldc + q;
      float4 x = make_float4(sums[i][4 * s], sums[i][4 * s + 1], sums[i][4 * s + 2], sums[i][4 * s + 3]);
      if (aligned && q + 4 <= n) {
        x = make_float4(x.x * alpha, x.y * alpha, x.z * alpha, x.w * alpha);
        if (beta != 0) {
          const float4 old = *(float4*)to;
          x = make_float4(fmaf(beta, old.x, x.x), fmaf(beta, old.y, x.y), fmaf(beta, old.z, x.z), fmaf(beta, old.w, x.w));
        }
        *(float4*)to = x;
      } else {
        if (q < n) put(to, x.x, alpha, beta);
        if (q + 1 < n) put(to + 1, x.y, alpha, beta);
        if (q + 2 < n) put(to + 2, x.z, alpha, beta);
        if (q + 3 < n) put(to + 3, x.w, alpha, beta);
      }
    }
  }
}

#define GEMM(NAME, SQUARES, BLOCKS, A_K_MAJOR, B_K_MAJOR)                                                                                      \
  extern "C" __global__ void __launch_bounds__(256, BLOCKS)                                                                                    \
      NAME(const float* a, const float* b, float* c, int m, int n, int k, int lda, int ldb, int ldc, float alpha, float beta) {                \
    product<SQUARES, A_K_MAJOR, B_K_MAJOR>(a, b, c, m, n, k, lda, ldb, ldc, alpha, beta);                                                      \
  }

#define FORMS(TILE, SQUARES, BLOCKS)                          \
  GEMM(gemm_f32_nn_##TILE, SQUARES, BLOCKS, true, false)      \
  GEMM(gemm_f32_nt_##TILE, SQUARES, BLOCKS, true, true)       \
  GEMM(gemm_f32_tn_##TILE, SQUARES, BLOCKS, false, false)     \
  GEMM(gemm_f32_tt_##TILE, SQUARES, BLOCKS, false, true)

FORMS(128x128, 2, 2)
FORMS(64x64, 1, 2)

extern "C" __global__ void __launch_bounds__(128)
    gemm_f32_few_rows(const float* x, const float* w, float* y, int m, int n, int k, int ldx, int ldw, int ldy, float alpha, float beta) {
  const int ROWS = 4;
  const int lane = threadIdx.x % 32, column = blockIdx.x * 4 + threadIdx.x / 32;
  if (column >= n) return;
  const float* weights = w + (int64_t)column * ldw;
  const bool aligned = (((uintptr_t)x | (uintptr_t)w) & 15) == 0 && ((ldx | ldw | k) & 3) == 0;
  for (int m0 = 0; m0 < m; m0 += ROWS) {
    float sums[ROWS] = {0, 0, 0, 0};
    if (aligned) {
#pragma unroll 2
      for (int i = lane * 4; i < k; i += 128) {
        const float4 u = *(const float4*)(weights + i);
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
          if (m0 + r < m) {
            const float4 v = *(const float4*)(x + (int64_t)(m0 + r) * ldx + i);
            sums[r] = fmaf(u.w, v.w, fmaf(u.z, v.z, fmaf(u.y, v.y, fmaf(u.x, v.x, sums[r]))));
          }
        }
      }
    } else {
      for (int i = lane * 4; i < k; i += 128) {
        for (int j = i; j < min(i + 4, k); j++) {
          const float u = weights[j];
#pragma unroll
          for (int r = 0; r < ROWS; r++)
            if (m0 + r < m) sums[r] = fmaf(u, x[(int64_t)(m0 + r) * ldx + j], sums[r]);
        }
      }
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      const float sum = warpSum(sums[r]);
      if (lane == 0 && m0 + r < m) put(y + (int64_t)(m0 + r) * ldy + column, sum, alpha, beta);
    }
  }
}
