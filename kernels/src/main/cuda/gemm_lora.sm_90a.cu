// The products of LoRA on Hopper (sm_90a): wgmma fed by TMA. One dimension is a rank, of at most 256; the matrix of the others is wide and is
// read from device memory once.
//
//   gemm_lora_nt_*   C[M, r] = X[M, K] · A[r, K]ᵀ       the way down, forward
//   gemm_lora_nn_*   C[M, r] = dY[M, K] · B[K, r]       the way back through B
//   gemm_lora_tn_*   C[N, r] = dY[K, N]ᵀ · XA[K, r]     dB, over K tokens
//   gemm_lora_tt_*   C[r, N] = (X[K, N]ᵀ · dYB[K, r])ᵀ  dA, over K tokens: the same with the result turned
//
// each times alpha, + beta · C, C f32 or bf16. The wide side is the M of wgmma, the rank its N, and a block has the whole of it: an f32 adapter
// of rank 64 comes as three bf16 pieces beside each other (pieces.cu), 192 columns, whose sums are added where they are: with `piece` columns
// from one to the next, C has `columns` columns (rows, for _tt) ((t₂ + t₁) + t₀).
//
//   entry          tile, wide side x rank    stages    launch, 160 threads
//   *_64           64 x 64                   12        x = ceil(M / 64) or ceil(N / 64);
//   *_128          64 x 128                  8         y = 1 for nt and nn, 2 for tn and tt, a cluster
//   *_192          64 x 192                  6
//   *_256          64 x 256                  5
//
// Shared bytes: 1024 + stages · (128 · (64 + columns of the tile) + 16).
//
// Few tiles and many tokens: the two blocks of a cluster take `depth` tokens each, a multiple of 64, and each adds a half of both
// sums, the first block's first, of which it reads one from the other's shared memory: no partial sums in device memory, no second kernel.
//
// Measured on an H100 (8192 tokens, f32 C, before the sums went through shared memory, which costs 1 us and folds): rank 192 and 4096 columns nt, nn
// 32 us, tn, tt 32 us, where gemm_lora.cu takes 50 to 76 us with its second kernel and the copy's bandwidth would allow 25; 11,008 columns nt 77
// (139) us, tn, tt 97 (93 to 103) us, whose 344 blocks are 2.6 waves. Rank 64: 28 us (30). Slower were: clusters of four (50 us: 128 of 132 multiprocessors
// don't hold 32 of them), clusters of two for nt (35 us, though 74 at 11,008), a low tile shared by two blocks by multicast (33 us), and mma.sync
// with such clusters (39 us).
//
// Arguments: maps of the wide matrix (box 64 x 64, 128-byte swizzle) and of the low one
// (box of the tile's columns x 64, else 64 x 64). Four warps multiply, a fifth is the producer: one thread
// of it keeps the ring full. What the rank doesn't fill of the tile is zeros.
//
// Bits: an element of nt and nn is one chain over ascending k in steps of 16, so they depend on its row, its column and K alone; of tn and tt
// two such chains, added in order.
#include "hopper.cuh"

// WIDE_K_MAJOR, LOW_K_MAJOR: k is contiguous. SPLITS blocks of a cluster share k. TURNED: C has the wide side as its columns.
template <int BN_, int STAGES_, bool WIDE_K_MAJOR_, bool LOW_K_MAJOR_, int SPLITS_, bool TURNED_>
struct Shape {
  static const int BM = 64, BN = BN_, BK = 64, STAGES = STAGES_, SPLITS = SPLITS_, WARPS = 4, THREADS = WARPS * 32 + 32;
  static const bool WIDE_K_MAJOR = WIDE_K_MAJOR_, LOW_K_MAJOR = LOW_K_MAJOR_, TURNED = TURNED_;
  static const int WIDE_BYTES = BM * BK * 2, STAGE_BYTES = WIDE_BYTES + BN * BK * 2, BARRIERS_AT = STAGES * STAGE_BYTES;
  // The sums' rows are C's rows; padded so that a warp's writes meet in no bank.
  static const int ROWS = TURNED ? BN : BM, COLUMNS = TURNED ? BM : BN, STRIDE = COLUMNS + (TURNED ? 4 : 8);
  static_assert(ROWS * STRIDE * 4 <= BARRIERS_AT, "the ring has room for the sums");
};

struct Problem {
  const TensorMap *wide, *low;
  void* c;
  int m, columns, k, ldc;  // m of the wide side; columns of C, or rows where it is turned
  float alpha, beta;
  int isBf16, depth, piece;
};

// One thread: copies k from `begin` on to the ring.
template <typename H>
static __device__ __forceinline__ void produce(const Problem& p, uint32_t ring, uint32_t full, uint32_t empty, int m0, int begin, int tiles) {
  Place<H::STAGES> place;
  for (int t = 0; t < tiles; t++) {
    const int k0 = begin + t * H::BK;
    const uint32_t wide = ring + place.stage * H::STAGE_BYTES, low = wide + H::WIDE_BYTES, barrier = full + place.stage * 8;
    await(empty + place.stage * 8, place.phase ^ 1);
    arriveExpecting(barrier, H::STAGE_BYTES);
    loadBox(wide, p.wide, H::WIDE_K_MAJOR ? k0 : m0, H::WIDE_K_MAJOR ? m0 : k0, barrier);
    if (H::LOW_K_MAJOR) {
      loadBox(low, p.low, k0, 0, barrier);
    } else {
#pragma unroll
      for (int i = 0; i < H::BN / 64; i++) loadBox(low + i * 8192, p.low, i * 64, k0, barrier);
    }
    place.advance();
  }
}

// The four warps: the sums of 64 rows of the wide side. One stage's wgmmas are in flight while the next stage's are issued.
template <typename H>
static __device__ __forceinline__ void consume(float (&d)[H::BN / 2], uint32_t ring, uint32_t full, uint32_t empty, int tiles) {
  const int WIDE_STEP = H::WIDE_K_MAJOR ? 32 : 2048, LOW_STEP = H::LOW_K_MAJOR ? 32 : 2048;  // bytes from 16 k to the next
#pragma unroll
  for (int i = 0; i < H::BN / 2; i++) d[i] = 0;
  Place<H::STAGES> place;
  uint32_t previous = 0;
  const int lane = threadIdx.x % 32;
  for (int t = 0; t < tiles; t++) {
    await(full + place.stage * 8, place.phase);
    const uint32_t tile = ring + place.stage * H::STAGE_BYTES;
    const uint64_t wide = descriptor(tile), low = descriptor(tile + H::WIDE_BYTES);
    wgmmaFence();
#pragma unroll
    for (int step = 0; step < H::BK / 16; step++)
      multiplyAsync<!H::WIDE_K_MAJOR, !H::LOW_K_MAJOR>(d, wide + step * (WIDE_STEP >> 4), low + step * (LOW_STEP >> 4));
    wgmmaCommit();
    wgmmaAwait<1>();
    if (t > 0 && lane == 0) arrive(empty + previous * 8);
    previous = place.stage;
    place.advance();
  }
  wgmmaAwait<0>();
  if (tiles > 0 && lane == 0) arrive(empty + previous * 8);
}

// Writes the sums over the ring.
template <typename H>
static __device__ __forceinline__ void lay(float* sums, const float (&d)[H::BN / 2]) {
  const int lane = threadIdx.x % 32, row = threadIdx.x / 32 * 16 + lane / 4;
#pragma unroll
  for (int i = 0; i < H::BN / 8; i++) {
    const int column = i * 8 + lane % 4 * 2;
    if (H::TURNED) {
      sums[column * H::STRIDE + row] = d[4 * i], sums[(column + 1) * H::STRIDE + row] = d[4 * i + 1];
      sums[column * H::STRIDE + row + 8] = d[4 * i + 2], sums[(column + 1) * H::STRIDE + row + 8] = d[4 * i + 3];
    } else {
      *(float2*)(sums + row * H::STRIDE + column) = make_float2(d[4 * i], d[4 * i + 1]);
      *(float2*)(sums + (row + 8) * H::STRIDE + column) = make_float2(d[4 * i + 2], d[4 * i + 3]);
    }
  }
}

static __device__ __forceinline__ float4 add(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }

// Columns `column` to `column` + 3 of a row of C, of which `valid` are there.
static __device__ __forceinline__ void put(const Problem& p, int row, int column, int valid, float4 sum) {
  float x[4] = {sum.x * p.alpha, sum.y * p.alpha, sum.z * p.alpha, sum.w * p.alpha};
  const int64_t at = (int64_t)row * p.ldc + column;
  const bool whole = valid >= 4 && (p.ldc & 3) == 0;
  if (p.isBf16) {
    bf16* to = (bf16*)p.c + at;
    if (p.beta != 0) {
#pragma unroll
      for (int j = 0; j < 4; j++)
        if (j < valid) x[j] = fmaf(p.beta, widen(to[j]), x[j]);
    }
    if (whole && ((uintptr_t)p.c & 7) == 0) {
      *(uint2*)to = make_uint2(narrow2(x[0], x[1]), narrow2(x[2], x[3]));
    } else {
#pragma unroll
      for (int j = 0; j < 4; j++)
        if (j < valid) to[j] = narrow(x[j]);
    }
  } else {
    float* to = (float*)p.c + at;
    if (p.beta != 0) {
#pragma unroll
      for (int j = 0; j < 4; j++)
        if (j < valid) x[j] = fmaf(p.beta, to[j], x[j]);
    }
    if (whole && ((uintptr_t)p.c & 15) == 0) {
      *(float4*)to = make_float4(x[0], x[1], x[2], x[3]);
    } else {
#pragma unroll
      for (int j = 0; j < 4; j++)
        if (j < valid) to[j] = x[j];
    }
  }
}

// Adds the cluster's sums of this block's share of the rows, folds pieces and hands the result out.
template <typename H>
static __device__ __forceinline__ void finish(const Problem& p, uint32_t sums, int m0) {
  uint32_t of[H::SPLITS];
#pragma unroll
  for (int s = 0; s < H::SPLITS; s++) of[s] = H::SPLITS > 1 ? addressIn(sums, s) : sums;
  auto four = [&](int row, int column) {
    const uint32_t at = (row * H::STRIDE + column) * 4;
    float4 sum = H::SPLITS > 1 ? readCluster4(of[0] + at) : read4(of[0] + at);
#pragma unroll
    for (int s = 1; s < H::SPLITS; s++) sum = add(sum, readCluster4(of[s] + at));
    return sum;
  };
  const int rows = H::TURNED ? p.columns : p.m - m0, columns = H::TURNED ? p.m - m0 : p.columns;
  const int GROUPS = H::COLUMNS / 4, used = min((columns + 3) / 4, GROUPS);
  const int toRow = H::TURNED ? p.piece : 0, toColumn = H::TURNED ? 0 : p.piece;
#pragma unroll 2
  for (int i = blockIdx.y * H::THREADS + threadIdx.x; i < H::ROWS * GROUPS; i += H::SPLITS * H::THREADS) {
    const int row = i / GROUPS, column = i % GROUPS;
    if (row >= rows || column >= used) continue;
    float4 sum;
    if (p.piece > 0) {
      sum = add(add(four(row + 2 * toRow, column * 4 + 2 * toColumn), four(row + toRow, column * 4 + toColumn)), four(row, column * 4));
    } else {
      sum = four(row, column * 4);
    }
    if (H::TURNED) {
      put(p, row, m0 + column * 4, columns - column * 4, sum);
    } else {
      put(p, m0 + row, column * 4, columns - column * 4, sum);
    }
  }
}

template <typename H>
static __device__ __forceinline__ void product(const Problem& p) {
  extern __shared__ unsigned char shared[];
  const uint32_t start = sharedAddress(shared), base = (start + 1023) & ~1023u;
  const uint32_t full = base + H::BARRIERS_AT, empty = full + H::STAGES * 8;
  if (threadIdx.x == 0) {
    for (int s = 0; s < H::STAGES; s++) {
      initBarrier(full + s * 8, 1);
      initBarrier(empty + s * 8, H::WARPS);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  __syncthreads();
  const int m0 = blockIdx.x * H::BM, begin = blockIdx.y * p.depth;
  const int tiles = max(0, (min(begin + p.depth, p.k) - begin + H::BK - 1) / H::BK);
  float* sums = (float*)(shared + (base - start));
  if (threadIdx.x < H::WARPS * 32) {
    float d[H::BN / 2];
    consume<H>(d, base, full, empty, tiles);
    asm volatile("bar.sync 1, %0;" ::"n"(H::WARPS * 32) : "memory");  // nobody reads the ring any more
    lay<H>(sums, d);
  } else {
    if (threadIdx.x % 32 == 0) produce<H>(p, base, full, empty, m0, begin, tiles);
    __syncwarp();
  }
  if (H::SPLITS > 1) {
    syncCluster();
  } else {
    __syncthreads();
  }
  finish<H>(p, base, m0);
  if (H::SPLITS > 1) syncCluster();  // shared memory lives as long as another block reads it
}

#define GEMM(NAME, BN, STAGES, WIDE_K_MAJOR, LOW_K_MAJOR, SPLITS, TURNED, CLUSTER)                                                   \
  extern "C" __global__ void CLUSTER __launch_bounds__(160, 1)                                                                       \
      NAME(const __grid_constant__ TensorMap wide, const __grid_constant__ TensorMap low, void* c, int m, int columns, int k,        \
           int ldc, float alpha, float beta, int isBf16, int depth, int piece) {                                                     \
    product<Shape<BN, STAGES, WIDE_K_MAJOR, LOW_K_MAJOR, SPLITS, TURNED>>(                                                           \
        Problem{&wide, &low, c, m, columns, k, ldc, alpha, beta, isBf16, depth, piece});                                             \
  }

#define RANKS(FORM, WIDE_K_MAJOR, LOW_K_MAJOR, SPLITS, TURNED, CLUSTER)                            \
  GEMM(gemm_lora_##FORM##_64, 64, 12, WIDE_K_MAJOR, LOW_K_MAJOR, SPLITS, TURNED, CLUSTER)          \
  GEMM(gemm_lora_##FORM##_128, 128, 8, WIDE_K_MAJOR, LOW_K_MAJOR, SPLITS, TURNED, CLUSTER)         \
  GEMM(gemm_lora_##FORM##_192, 192, 6, WIDE_K_MAJOR, LOW_K_MAJOR, SPLITS, TURNED, CLUSTER)         \
  GEMM(gemm_lora_##FORM##_256, 256, 5, WIDE_K_MAJOR, LOW_K_MAJOR, SPLITS, TURNED, CLUSTER)

RANKS(nt, true, true, 1, false, )
RANKS(nn, true, false, 1, false, )
RANKS(tn, false, false, 2, false, __cluster_dims__(1, 2, 1))
RANKS(tt, false, false, 2, true, __cluster_dims__(1, 2, 1))
