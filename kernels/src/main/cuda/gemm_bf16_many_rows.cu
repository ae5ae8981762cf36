// Products of a decoding step that has many rows: the bits of gemm_bf16_few_rows.cu, by tiles in shared memory.
//
//   Y[M, N] = alpha · (X[M, K] · W[N, K]ᵀ + X2[M, K2] · W2[N, K2]ᵀ) + beta · Y          Y f32 or bf16
//
//   entry                          rows of X, of W in a block    warp's rows    stages  shared bytes
//   gemm_bf16_many_rows_128x128    128, 128                      64, 32         3       98,304
//   gemm_bf16_many_rows_128x64     128, 64                       32, 32         3       73,728
//
// Launch: 256 threads, x = blocks along M, y = blocks along N. Addresses at multiples of 16 bytes; K, K2 and the leading dimensions of X and W
// multiples of 8.
//
// 256 rows with 11008 x 4096, 4096 x 4096 and 4096 x 11008 take 120.6, 50.2 and 131 µs on an H100, where gemm_bf16_few_rows.cu takes 193, 67.8 and
// 167; 128 rows with 11008 x 4096 take 70 instead of 104. Two tiles beside each other in a multiprocessor and four stages instead of three are the
// same.
//
// gemm_bf16_few_rows.cu gives each warp of a block a chain of sums, k = 64 w to 64 w + 63 and those 512, 1024 … further, and adds the eight
// chains in order. With some hundred rows its blocks read X and W from L2 too often: 64 x 64 sums of a block cost 256 bytes for each k. Here a
// block goes through k in the order of the chains, first all of chain 0, then of chain 1, and adds each to the totals as it ends. So
// everything else is as in any tiled product: cp.async fills a ring of tiles that are 64 deep, which is what a chain takes at a time.
//
// A lane takes eight neighbouring k of a row in one 16-byte read, for k = 2 t, 2 t + 1, 2 t + 8, 2 t + 9 of two mma, as there. Rows of a tile are
// 128 bytes; in those with an odd number the two halves change places, so that eight lanes that are served together lie in different banks.
#include "tile_product.cuh"

static constexpr int CHAINS = 8, CHUNK = 64;

// The k of all chains, one after the other: chunks of the first pair, then of the second.
struct ChainWalk {
  int k1, k2;
  int chain = 0, k = 0;
  bool second = false;

  // Whether there is a chunk; afterwards `chain`, `second` and `k` tell which.
  __device__ __forceinline__ bool seek() {
    while (chain < CHAINS && k >= (second ? k2 : k1)) {
      if (second) chain++;
      second = !second;
      k = chain * CHUNK;
    }
    return chain < CHAINS;
  }

  __device__ __forceinline__ void step() { k += CHAINS * CHUNK; }

  static __device__ __forceinline__ int chunksOf(int chain, int k) {
    int begin = chain * CHUNK;
    return k > begin ? (k - begin + CHAINS * CHUNK - 1) / (CHAINS * CHUNK) : 0;
  }
};

template <int BX, int BW, int WARPS_X, int WARPS_W, int STAGES>
struct ChainedTile {
  static const int THREADS = 32 * WARPS_X * WARPS_W;
  static const int WX = BX / WARPS_X, WW = BW / WARPS_W, TILES = WW / 16, GROUPS = WX / 8;
  static const int PITCH = CHUNK * 2, STAGE_BYTES = (BX + BW) * PITCH, SHARED_BYTES = STAGES * STAGE_BYTES;
  static const int TURNED = WW + 4;  // floats of a row of results on their way to memory
  static_assert(THREADS == 256 && BX % 32 == 0 && BW % 32 == 0, "eight threads copy a row");
  static_assert(WARPS_X * WARPS_W * WX * TURNED * 4 <= SHARED_BYTES, "the ring has room for the results");

  static __device__ __forceinline__ uint32_t placeOf(int row, int chunk) { return row * PITCH + (chunk ^ (row & 1) * 4) * 16; }

  template <int ROWS>
  static __device__ __forceinline__ void copy(uint32_t to, const bf16* from, int ld, int first, int rows, int k, int end) {
    int row = threadIdx.x / 8, chunk = threadIdx.x % 8;
    const bf16* source = from + (int64_t)(first + row) * ld + k + chunk * 8;
    bool deep = k + chunk * 8 < end;
#pragma unroll
    for (int r = 0; r < ROWS; r += THREADS / 8)
      copy16(to + placeOf(row + r, chunk), source + (int64_t)r * ld, deep && first + row + r < rows);
  }

  // a chunk: GROUPS times 8 rows of X with TILES times 16 rows of W
  static __device__ __forceinline__ void multiplyChunk(float (&sums)[TILES][GROUPS][4], uint32_t x, uint32_t w) {
#pragma unroll
    for (int slice = 0; slice < 2; slice++) {
      uint4 part[GROUPS];
#pragma unroll
      for (int g = 0; g < GROUPS; g++) part[g] = read16(x + g * 8 * PITCH ^ slice * 64);
#pragma unroll
      for (int t = 0; t < TILES; t++) {
        uint4 upper = read16(w + t * 16 * PITCH ^ slice * 64), lower = read16(w + (t * 16 + 8) * PITCH ^ slice * 64);
        const uint32_t a[4] = {upper.x, lower.x, upper.y, lower.y}, b[4] = {upper.z, lower.z, upper.w, lower.w};
#pragma unroll
        for (int g = 0; g < GROUPS; g++) multiply(sums[t][g], a, part[g].x, part[g].y);
#pragma unroll
        for (int g = 0; g < GROUPS; g++) multiply(sums[t][g], b, part[g].z, part[g].w);
      }
    }
  }

  static __device__ __forceinline__ uint4 read16(uint32_t from) {
    uint4 v;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "r"(from) : "memory");
    return v;
  }

  static __device__ __forceinline__ void run(Factors first, Factors second, Result result) {
    extern __shared__ __align__(128) unsigned char shared[];
    const uint32_t ring = sharedAddress(shared);
    const int m0 = blockIdx.x * BX, n0 = blockIdx.y * BW, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int warpX = warp % WARPS_X * WX, warpW = warp / WARPS_X * WW;
    const uint32_t ownX = placeOf(warpX + lane / 4, lane % 4), ownW = BX * PITCH + placeOf(warpW + lane / 4, lane % 4);
    float totals[TILES][GROUPS][4], sums[TILES][GROUPS][4];
    auto clear = [](float(&x)[TILES][GROUPS][4]) {
#pragma unroll
      for (int t = 0; t < TILES; t++)
#pragma unroll
        for (int g = 0; g < GROUPS; g++) x[t][g][0] = x[t][g][1] = x[t][g][2] = x[t][g][3] = 0;
    };
    clear(totals);
    clear(sums);

    ChainWalk walk{first.k, second.k};
    uint32_t writeTo = ring, readFrom = ring;
    auto copyNext = [&]() {
      if (walk.seek()) {
        const Factors f = walk.second ? second : first;
        copy<BX>(writeTo, f.a, f.lda, m0, result.m, walk.k, f.k);
        copy<BW>(writeTo + BX * PITCH, f.b, f.ldb, n0, result.n, walk.k, f.k);
        walk.step();
        writeTo = writeTo == ring + (STAGES - 1) * STAGE_BYTES ? ring : writeTo + STAGE_BYTES;
      }
      commitCopies();  // also an empty group, so that the count of groups stays in step with that of chunks
    };
#pragma unroll 1
    for (int s = 0; s < STAGES - 1; s++) copyNext();
#pragma unroll 1
    for (int chain = 0; chain < CHAINS; chain++) {
      int chunks = ChainWalk::chunksOf(chain, first.k) + ChainWalk::chunksOf(chain, second.k);
#pragma unroll 1
      for (int c = 0; c < chunks; c++) {
        awaitCopies<STAGES - 2>();  // this chunk has landed,
        __syncthreads();            // for every thread; and nobody reads the one before it any more
        copyNext();
        multiplyChunk(sums, readFrom + ownX, readFrom + ownW);
        readFrom = readFrom == ring + (STAGES - 1) * STAGE_BYTES ? ring : readFrom + STAGE_BYTES;
      }
#pragma unroll
      for (int t = 0; t < TILES; t++)
#pragma unroll
        for (int g = 0; g < GROUPS; g++)
#pragma unroll
          for (int e = 0; e < 4; e++) totals[t][g][e] += sums[t][g][e];
      clear(sums);
    }
    awaitCopies<0>();
    __syncthreads();
    float* turned = (float*)shared + warp * WX * TURNED;
#pragma unroll
    for (int t = 0; t < TILES; t++)
#pragma unroll
      for (int g = 0; g < GROUPS; g++)
#pragma unroll
        for (int e = 0; e < 4; e++) turned[(g * 8 + lane % 4 * 2 + e % 2) * TURNED + t * 16 + lane / 4 + e / 2 * 8] = totals[t][g][e];
    __syncwarp();
    const int LANES = WW / 8;
#pragma unroll 1
    for (int row = lane / LANES; row < WX; row += 32 / LANES) {
      const float4* from = (const float4*)(turned + row * TURNED + lane % LANES * 8);
      result.put(m0 + warpX + row, n0 + warpW + lane % LANES * 8, from[0], from[1]);
    }
  }
};

#define GEMM(NAME, BX, BW, WARPS_X, WARPS_W, STAGES, BLOCKS)                                                                            \
  extern "C" __global__ void __launch_bounds__(256, BLOCKS)                                                                             \
      NAME(const bf16* x, const bf16* w, const bf16* x2, const bf16* w2, void* y, int m, int n, int k, int k2, int ldx, int ldw, int ldx2, \
           int ldw2, int ldy, float alpha, float beta, int isBf16) {                                                                    \
    ChainedTile<BX, BW, WARPS_X, WARPS_W, STAGES>::run(Factors{x, w, ldx, ldw, k}, Factors{x2, w2, ldx2, ldw2, k2},                     \
                                                       Result{y, m, n, ldy, alpha, beta, isBf16});                                      \
  }

GEMM(gemm_bf16_many_rows_128x128, 128, 128, 2, 4, 3, 1)
GEMM(gemm_bf16_many_rows_128x64, 128, 64, 4, 2, 3, 2)
