// Matrix products of bf16 on Hopper (sm_90a): wgmma fed by TMA, warp-specialised and persistent.
//
//   C[M, N] = alpha · (op(A) · op(B) + op(A2) · op(B2)) + beta · C          C f32 or bf16, row-major, leading dimension ldc
//
//   gemm_wgmma_nt_*   A [M, K], B [N, K]      gemm_wgmma_nn_*   A [M, K], B [K, N]      gemm_wgmma_tn_*   A [K, M], B [K, N]
//
// as in gemm_bf16.cu, whose second pair (K2 = 0 for none) has the same use here.
//
//   entry               tile          stages   shared bytes   blocks
//   *_128x256           128x256x64    4        231,584        one per SM, any number
//   *_128x128           128x128x64    6        231,648        one per SM, any number; for products with few tiles
//   *_128x256_pair      128x256x64    4        231,584        clusters of 2 along M: each loads half of B's tile for both (multicast)
//   nn_*_dropped        as *_128x256 and *_128x128: C = dropout of alpha · op(A) · op(B), + C: the input's gradient of a layer behind dropout
//
// Launch: 384 threads; gridDim.x = min(SMs, tiles), for _pair the same with pairs of tiles, times 2. Tiles are walked in bands of `band`
// tiles (pairs) along M, down the band first, so that the blocks that run at the same time share what they read from L2.
//
// Arguments: maps of A, B, A2, B2 (box 128 rows x 64 columns where k is contiguous, else 64 x 64; 128-byte swizzle) and of C (64 x 64,
// 128-byte swizzle). `store` chooses the way out: 0 f32 and 1 bf16 from registers with beta, C on 8 or 4 bytes, N and ldc even;
// 2 bf16 by TMA, beta taken as 0; 3 bf16 by TMA with beta, C read by TMA too. M, K and K2 may be any, as TMA fills with zeros and clips;
// leading dimensions are multiples of 8. _dropped takes store 2 and 3, N and ldc equal and a multiple of 4, and then `least`, `seed` and
// `stream` as elementwise.cu's dropout: an element is kept where the upper 24 bits of its word are no less than `least`.
//
// One warpgroup of three is the producer: a single thread keeps the ring of stages full, each stage one mbarrier `full` (bytes that have
// landed) and one `empty` (warps that have read it). The two others own 64 rows of the tile each and give most of the registers to their
// sums (128 f32 a thread at BN = 256): setmaxnreg moves registers from the producer to them. A consumer keeps one stage's wgmmas in flight
// while it issues the next stage's, and releases a stage when those of the stage after it are on their way. While consumers store a tile
// the producer loads the next one. Stores go through 64-column pieces in shared memory (stmatrix), two per warpgroup, so that one is
// filled while the other leaves. With store 3 the piece's old elements land in it first: those of the first two while the tile is
// multiplied, the others as their room becomes free. From registers, an adapter's second half (8192 x 4096, K = 384, added to a bf16 C) took
// 171 us on an H100, where the copy takes 50 for the bytes of C; those of LLaMA-2 7B's layers took 260 us on average, and 128 with pieces so.
//
// Bits: an element is one chain over ascending k in steps of 16, so they don't depend on M, the tile or the place in it.
#include "hopper.cuh"
#include "philox.cuh"

template <int BN_, int STAGES_, bool A_K_MAJOR_, bool B_K_MAJOR_, bool PAIR_>
struct Shape {
  static const int BM = 128, BN = BN_, BK = 64, STAGES = STAGES_;
  static const bool A_K_MAJOR = A_K_MAJOR_, B_K_MAJOR = B_K_MAJOR_, PAIR = PAIR_;
  static const int A_BYTES = BM * BK * 2, STAGE_BYTES = A_BYTES + BN * BK * 2;
  static const int PIECE_BYTES = 64 * 64 * 2;  // of C on its way out
  static const int PIECES_AT = STAGES * STAGE_BYTES, BARRIERS_AT = PIECES_AT + 4 * PIECE_BYTES;
  static const int OLD_AT = BARRIERS_AT + STAGES * 16;     // a barrier for each piece's old elements
  static const int SHARED_BYTES = 1024 + OLD_AT + 4 * 8;  // 1024 to align the rest
};

struct Problem {
  const TensorMap *a, *b, *a2, *b2, *c;
  void* out;
  int m, n, k, k2, ldc;
  float alpha, beta;
  int store, band;
  uint32_t least;
  uint64_t seed, stream;
};

// The tiles of one block, or pair of blocks: its first, and then each gridDim.x-th.
template <typename S>
struct Tiles {
  int index, count, step, tilesM, tilesN;

  __device__ __forceinline__ explicit Tiles(const Problem& p) {
    const int rows = S::PAIR ? 2 * S::BM : S::BM;
    tilesM = (p.m + rows - 1) / rows;
    tilesN = (p.n + S::BN - 1) / S::BN;
    count = tilesM * tilesN;
    index = S::PAIR ? blockIdx.x / 2 : blockIdx.x;
    step = S::PAIR ? gridDim.x / 2 : gridDim.x;
  }

  __device__ __forceinline__ bool next(const Problem& p, uint32_t rank, int& m0, int& n0) {
    if (index >= count) return false;
    const int band = index / (p.band * tilesN), inBand = index % (p.band * tilesN), height = min(p.band, tilesM - band * p.band);
    const int tileM = band * p.band + inBand % height;
    m0 = (S::PAIR ? tileM * 2 + (int)rank : tileM) * S::BM;
    n0 = inBand / height * S::BN;
    index += step;
    return true;
  }
};

// One thread: copies the operands' tiles into the ring as its stages become free.
template <typename S>
static __device__ __forceinline__ void produce(const Problem& p, uint32_t ring, uint32_t full, uint32_t empty, uint32_t rank) {
  const int tiles1 = (p.k + S::BK - 1) / S::BK, tiles = tiles1 + (p.k2 + S::BK - 1) / S::BK;
  const int BOX = S::B_K_MAJOR ? 128 : 64, BOXES = S::BN / BOX, MINE = S::PAIR ? BOXES / 2 : BOXES;
  Place<S::STAGES> place;
  int m0, n0;
  for (Tiles<S> walk(p); walk.next(p, rank, m0, n0);) {
    for (int t = 0; t < tiles; t++) {
      const bool second = t >= tiles1;
      const TensorMap *a = second ? p.a2 : p.a, *b = second ? p.b2 : p.b;
      const int k0 = (second ? t - tiles1 : t) * S::BK;
      const uint32_t to = ring + place.stage * S::STAGE_BYTES, barrier = full + place.stage * 8;
      await(empty + place.stage * 8, place.phase ^ 1);
      arriveExpecting(barrier, S::STAGE_BYTES);
      if (S::A_K_MAJOR) {
        loadBox(to, a, k0, m0, barrier);
      } else {
        loadBox(to, a, m0, k0, barrier);
        loadBox(to + 8192, a, m0 + 64, k0, barrier);
      }
#pragma unroll
      for (int i = 0; i < MINE; i++) {
        const int box = S::PAIR ? rank * MINE + i : i;
        const uint32_t at = to + S::A_BYTES + box * BOX * 128;
        const int column = S::B_K_MAJOR ? k0 : n0 + box * BOX, row = S::B_K_MAJOR ? n0 + box * BOX : k0;
        if (S::PAIR)
          loadBoxForBoth(at, b, column, row, barrier);
        else
          loadBox(at, b, column, row, barrier);
      }
      place.advance();
    }
  }
}

// Two neighbours of a row, from registers.
static __device__ __forceinline__ void put(const Problem& p, int row, int column, float x, float y) {
  if (row >= p.m || column >= p.n) return;
  const int64_t at = (int64_t)row * p.ldc + column;
  x *= p.alpha;
  y *= p.alpha;
  if (p.store == 0) {
    float2* to = (float2*)((float*)p.out + at);
    if (p.beta != 0) {
      float2 old = *to;
      x = fmaf(p.beta, old.x, x);
      y = fmaf(p.beta, old.y, y);
    }
    *to = make_float2(x, y);
  } else {
    uint32_t* to = (uint32_t*)((bf16*)p.out + at);
    if (p.beta != 0) {
      uint32_t old = *to;
      x = fmaf(p.beta, widen((bf16)old), x);
      y = fmaf(p.beta, widen((bf16)(old >> 16)), y);
    }
    *to = narrow2(x, y);
  }
}

// Which of the elements of C in columns `column` to `column` + 3, a multiple of four, are kept, a bit each.
static __device__ __forceinline__ uint32_t keptOfFour(const Problem& p, int row, int column) {
  uint4 words = philoxBlock(p.seed, p.stream, ((int64_t)row * p.n + column) >> 2);
  return (words.x >> 8 >= p.least) | (words.y >> 8 >= p.least) << 1 | (words.z >> 8 >= p.least) << 2 | (words.w >> 8 >= p.least) << 3;
}

// Drops of a thread's four elements: two of `row` from `column` on and the two 8 rows below. Its neighbour has the other half of the same
// fours, so one draws for the upper row, the other for the lower.
static __device__ __forceinline__ void drop(const Problem& p, int row, int column, float (&x)[4]) {
  const int odd = threadIdx.x & 1;
  const uint32_t mine = keptOfFour(p, row + odd * 8, column & ~3);
  const uint32_t others = __shfl_xor_sync(~0u, mine, 1);
  const uint32_t upper = (odd ? others : mine) >> (column & 2), lower = (odd ? mine : others) >> (column & 2);
  x[0] = upper & 1 ? x[0] : 0;
  x[1] = upper & 2 ? x[1] : 0;
  x[2] = lower & 1 ? x[2] : 0;
  x[3] = lower & 2 ? x[3] : 0;
}

// A warp's 16 rows and 16 columns of a piece of C, as ldmatrix and stmatrix hand them to the threads.
static __device__ __forceinline__ void readPiece(uint32_t at, uint32_t (&x)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(at) : "memory");
}

static __device__ __forceinline__ void writePiece(uint32_t at, const uint32_t (&x)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(at), "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3])
               : "memory");
}

// A warpgroup: the products of 64 rows of each tile. `group` is 0 or 1, `old` the barriers of its two pieces.
template <typename S, bool DROPPED>
static __device__ __forceinline__ void consume(const Problem& p, uint32_t ring, uint32_t full, uint32_t empty, uint32_t pieces, uint32_t old,
                                               int group, uint32_t rank) {
  const int tiles = (p.k + S::BK - 1) / S::BK + (p.k2 + S::BK - 1) / S::BK;
  const int thread = threadIdx.x % 128, warp = thread / 32, lane = thread % 32;
  const int A_STEP = S::A_K_MAJOR ? 32 : 2048, B_STEP = S::B_K_MAJOR ? 32 : 2048;  // bytes from 16 k to the next
  const uint32_t mine = pieces + group * 2 * S::PIECE_BYTES;
  auto release = [&](uint32_t stage) {
    if (lane == 0) {
      arrive(empty + stage * 8);
      if (S::PAIR) arriveAt(empty + stage * 8, rank ^ 1);
    }
  };
  Place<S::STAGES> place;
  uint32_t oldPhases = 0;  // a bit for each of the two pieces
  int m0, n0;
  auto present = [&](int piece) { return m0 + group * 64 < p.m && n0 + piece * 64 < p.n; };
  // One thread: asks for what C holds, when the piece's room is free.
  auto fetch = [&](int piece) {
    if (!present(piece)) return;
    arriveExpecting(old + (piece & 1) * 8, S::PIECE_BYTES);
    loadBox(mine + (piece & 1) * S::PIECE_BYTES, p.c, n0 + piece * 64, m0 + group * 64, old + (piece & 1) * 8);
  };
  for (Tiles<S> walk(p); walk.next(p, rank, m0, n0);) {
    float d[S::BN / 2];
#pragma unroll
    for (int i = 0; i < S::BN / 2; i++) d[i] = 0;
    uint32_t previous = 0;
    for (int t = 0; t < tiles; t++) {
      await(full + place.stage * 8, place.phase);
      const uint32_t tile = ring + place.stage * S::STAGE_BYTES;
      const uint64_t a = descriptor(tile + group * 8192), b = descriptor(tile + S::A_BYTES);
      wgmmaFence();
#pragma unroll
      for (int step = 0; step < S::BK / 16; step++)
        multiplyAsync<!S::A_K_MAJOR, !S::B_K_MAJOR>(d, a + step * (A_STEP >> 4), b + step * (B_STEP >> 4));
      wgmmaCommit();
      if (t == 0 && p.store == 3 && thread == 0) {
        awaitStoresRead<0>();
        fetch(0);
        fetch(1);
      }
      wgmmaAwait<1>();
      if (t > 0) release(previous);
      previous = place.stage;
      place.advance();
    }
    wgmmaAwait<0>();
    if (tiles > 0) release(previous);

    const int row0 = m0 + group * 64 + warp * 16;
    if (DROPPED || p.store >= 2) {
      const bool adds = p.store == 3;
#pragma unroll
      for (int piece = 0; piece < S::BN / 64; piece++) {
        const uint32_t to = mine + (piece & 1) * S::PIECE_BYTES;
        if (adds) {
          if (!present(piece)) break;  // nor are those to its right
          await(old + (piece & 1) * 8, oldPhases >> (piece & 1) & 1);
          oldPhases ^= 1 << (piece & 1);
        } else {
          if (thread == 0) awaitStoresRead<1>();
          syncGroup(1 + group);
        }
        const int row = warp * 16 + lane % 16;
#pragma unroll
        for (int i = 0; i < 4; i++) {
          const uint32_t at = to + row * 128 + (2 * i + lane / 16 ^ (row & 7)) * 16;
          float x[2][4];
          uint32_t words[4];
          if (adds) readPiece(at, words);
#pragma unroll
          for (int h = 0; h < 2; h++) {
#pragma unroll
            for (int j = 0; j < 4; j++) x[h][j] = d[piece * 32 + i * 8 + h * 4 + j] * p.alpha;
            if (DROPPED) drop(p, row0 + lane / 4, n0 + piece * 64 + (2 * i + h) * 8 + lane % 4 * 2, x[h]);
            if (adds) {
#pragma unroll
              for (int j = 0; j < 2; j++) {
                x[h][2 * j] = fmaf(p.beta, widen((bf16)words[2 * h + j]), x[h][2 * j]);
                x[h][2 * j + 1] = fmaf(p.beta, widen((bf16)(words[2 * h + j] >> 16)), x[h][2 * j + 1]);
              }
            }
            words[2 * h] = narrow2(x[h][0], x[h][1]);
            words[2 * h + 1] = narrow2(x[h][2], x[h][3]);
          }
          writePiece(at, words);
        }
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        syncGroup(1 + group);
        if (thread == 0) {
          if (present(piece)) storeBox(p.c, n0 + piece * 64, m0 + group * 64, to);
          commitStores();  // also an empty group, so that waiting for all but one frees the piece that comes next
          if (adds && piece + 2 < S::BN / 64) {
            awaitStoresRead<0>();
            fetch(piece + 2);
          }
        }
      }
    } else {
#pragma unroll
      for (int i = 0; i < S::BN / 8; i++) {
        const int column = n0 + i * 8 + lane % 4 * 2;
        put(p, row0 + lane / 4, column, d[4 * i], d[4 * i + 1]);
        put(p, row0 + lane / 4 + 8, column, d[4 * i + 2], d[4 * i + 3]);
      }
    }
  }
  if (thread == 0) asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");  // shared memory lives as long as the block
}

template <typename S, bool DROPPED>
static __device__ __forceinline__ void product(const Problem& p) {
  extern __shared__ unsigned char shared[];
  const uint32_t base = (sharedAddress(shared) + 1023) & ~1023u;
  const uint32_t full = base + S::BARRIERS_AT, empty = full + S::STAGES * 8, old = base + S::OLD_AT;
  uint32_t rank = 0;
  if (S::PAIR) asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  if (threadIdx.x == 0) {
    for (int s = 0; s < S::STAGES; s++) {
      initBarrier(full + s * 8, 1);
      initBarrier(empty + s * 8, S::PAIR ? 16 : 8);  // a warp of a consumer each, of both blocks in a pair
    }
    for (int piece = 0; piece < 4; piece++) initBarrier(old + piece * 8, 1);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  __syncthreads();
  if (S::PAIR) syncCluster();
  if (threadIdx.x < 128) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 0) produce<S>(p, base, full, empty, rank);
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    const int group = threadIdx.x / 128 - 1;
    consume<S, DROPPED>(p, base, full, empty, base + S::PIECES_AT, old + group * 16, group, rank);
  }
  if (S::PAIR) {  // no block leaves while the other may write to its memory or arrive at its barriers
    __syncwarp();
    syncCluster();
  }
}

#define MAPS                                                                                                                                   \
  const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, const __grid_constant__ TensorMap a2,                              \
      const __grid_constant__ TensorMap b2, const __grid_constant__ TensorMap c

#define GEMM(NAME, BN, STAGES, A_K_MAJOR, B_K_MAJOR, PAIR, CLUSTER)                                                                            \
  extern "C" __global__ void CLUSTER __launch_bounds__(384, 1)                                                                                 \
      NAME(MAPS, void* out, int m, int n, int k, int k2, int ldc, float alpha, float beta, int store, int band) {                              \
    product<Shape<BN, STAGES, A_K_MAJOR, B_K_MAJOR, PAIR>, false>(                                                                             \
        Problem{&a, &b, &a2, &b2, &c, out, m, n, k, k2, ldc, alpha, beta, store, band, 0, 0, 0});                                              \
  }

#define GEMM_DROPPED(NAME, BN, STAGES, A_K_MAJOR, B_K_MAJOR)                                                                                   \
  extern "C" __global__ void __launch_bounds__(384, 1)                                                                                         \
      NAME(MAPS, void* out, int m, int n, int k, int k2, int ldc, float alpha, float beta, int store, int band, uint32_t least, uint64_t seed, \
           uint64_t stream) {                                                                                                                  \
    product<Shape<BN, STAGES, A_K_MAJOR, B_K_MAJOR, false>, true>(                                                                             \
        Problem{&a, &b, &a2, &b2, &c, out, m, n, k, k2, ldc, alpha, beta, store, band, least, seed, stream});                                  \
  }

#define SHAPES(FORM, A_K_MAJOR, B_K_MAJOR)                                                                  \
  GEMM(gemm_wgmma_##FORM##_128x256, 256, 4, A_K_MAJOR, B_K_MAJOR, false, )                                  \
  GEMM(gemm_wgmma_##FORM##_128x128, 128, 6, A_K_MAJOR, B_K_MAJOR, false, )                                  \
  GEMM(gemm_wgmma_##FORM##_128x256_pair, 256, 4, A_K_MAJOR, B_K_MAJOR, true, __cluster_dims__(2, 1, 1))

SHAPES(nt, true, true)
SHAPES(nn, true, false)
SHAPES(tn, false, false)
GEMM_DROPPED(gemm_wgmma_nn_128x256_dropped, 256, 4, true, false)
GEMM_DROPPED(gemm_wgmma_nn_128x128_dropped, 128, 6, true, false)
