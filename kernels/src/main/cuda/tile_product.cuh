// One block's tile of a bf16 product on the tensor cores of sm_80 and later, f32 sums; gemm_bf16.cu and gemm_lora.cu make their
// kernels of it.
//
//   acc[BM, BN] = sum over k of A(m, k) · B(k, n), and then, in the same sums, over the k of a second pair (A2, B2)
//
// An operand is K-major where the elements of one row or column of the product lie next to each other (x and W of x · Wᵀ), else
// MN-major (dY of dYᵀ · x). Both kinds are copied as 16-byte chunks in the order they have in memory, by cp.async into a ring of
// STAGES tiles, and turned by ldmatrix (.trans for MN-major) on the way to the registers.
//
//   shared memory, K-major tile:   rows = BM or BN, BK / 8 chunks each      MN-major tile:   rows = BK, BM / 8 or BN / 8 chunks each
//   The chunk of row r and column c stands at column c ^ f(r), with f chosen by the row's length so that the 8 rows that ldmatrix
//   reads at once lie in 8 different bank groups, as do the chunks that 8 neighbouring threads write.
//
// Each warp owns WM x WN sums in registers and holds the fragments of two 16-deep steps: it loads the next step's while it multiplies
// by this one's, also across the border of two tiles, so that one barrier a tile is enough. 64 x 64 a warp is the largest square that
// the registers hold; it reads 4 KB of shared memory for 32 mma, which the tensor cores of Ampere, Ada and Hopper (mma.sync) all outlast.
//
// Bits: whatever the tile, an element is one chain over ascending k of mma.m16n8k16. So they depend on its row, its column and K alone,
// not on M, on the rows beside it or on the tile's size. What lies outside of the matrices is filled with zeros.
#pragma once
#include "common.cuh"

static __device__ __forceinline__ uint32_t sharedAddress(const void* p) { return (uint32_t)__cvta_generic_to_shared(p); }

// Copies 16 bytes, or writes 16 zeros where the source isn't there.
static __device__ __forceinline__ void copy16(uint32_t to, const void* from, bool there) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(there ? 16 : 0) : "memory");
}

static __device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int PENDING>
static __device__ __forceinline__ void awaitCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

template <bool TRANSPOSE>
static __device__ __forceinline__ void loadMatrices(uint32_t (&r)[4], uint32_t from) {
  if (TRANSPOSE)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(from) : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(from) : "memory");
}

// c[16, 8] += a[16, 16] · b[16, 8]
static __device__ __forceinline__ void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Column of a chunk in shared memory, for rows of CHUNKS times 16 bytes.
template <int CHUNKS>
static __device__ __forceinline__ int swizzle(int row, int chunk) {
  static_assert(CHUNKS >= 8 || CHUNKS == 4 || CHUNKS == 2, "rows of 32, 64, 128 or more bytes");
  if (CHUNKS >= 8) return chunk ^ (row & 7);
  if (CHUNKS == 4) return chunk ^ ((row >> 1) & 3);
  return chunk ^ ((row >> 2) & 1);
}

// The share of one thread in copying the tiles of one operand: SPAN rows of the product (or columns, for B), BK deep.
// ALIGNED: the address, the leading dimension and the extent of the contiguous dimension are multiples of 16 bytes or 8 elements.
template <bool K_MAJOR, bool ALIGNED, int SPAN, int BK, int THREADS>
struct TileSource {
  static const int ROWS = K_MAJOR ? SPAN : BK;
  static const int CHUNKS = (K_MAJOR ? BK : SPAN) / 8;
  static const int BYTES = SPAN * BK * 2;
  static const int COPIES = (ROWS * CHUNKS + THREADS - 1) / THREADS;
  static const int STEP = THREADS / CHUNKS;  // rows from one copy of this thread to its next
  static_assert(THREADS % CHUNKS == 0 && STEP % 8 == 0, "a thread's copies have one swizzled column");

  const bf16* from;  // this thread's first chunk of the next tile
  int64_t ld;
  int row, chunk;  // of the first copy in the tile
  int left;        // K-major: rows of the matrix from `row` on; MN-major: elements of a row of the matrix from `chunk` on
  int depth;       // k that are left

  __device__ __forceinline__ void open(const bf16* matrix, int leading, int first, int extent, int kBegin, int kEnd) {
    ld = leading;
    row = threadIdx.x / CHUNKS;
    chunk = threadIdx.x % CHUNKS;
    depth = kEnd - kBegin;
    if (K_MAJOR) {
      from = matrix + (first + row) * ld + kBegin + chunk * 8;
      left = extent - first - row;
    } else {
      from = matrix + (kBegin + row) * ld + first + chunk * 8;
      left = extent - first - chunk * 8;
    }
  }

  // Copies the next tile to shared memory; asynchronous where ALIGNED.
  __device__ __forceinline__ void next(uint32_t tile) {
    uint32_t to = tile + (row * CHUNKS + swizzle<CHUNKS>(row, chunk)) * 16;
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      if (ROWS % STEP != 0 && row + i * STEP >= ROWS) break;
      const bf16* source = from + i * STEP * ld;
      int wide = K_MAJOR ? depth - chunk * 8 : left;  // elements that are there from the chunk on
      bool high = K_MAJOR ? i * STEP < left : row + i * STEP < depth;
      if (ALIGNED) {
        copy16(to + i * STEP * CHUNKS * 16, source, high && wide > 0);
      } else {
        uint32_t x[4];
#pragma unroll
        for (int j = 0; j < 4; j++) {
          uint32_t low = high && 2 * j < wide ? source[2 * j] : 0;
          uint32_t up = high && 2 * j + 1 < wide ? source[2 * j + 1] : 0;
          x[j] = low | up << 16;
        }
        asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(to + i * STEP * CHUNKS * 16), "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3])
                     : "memory");
      }
    }
    from += K_MAJOR ? BK : BK * ld;
    depth -= BK;
  }
};

// Where a warp's lanes read an operand's fragments: 16 rows (A) or columns (B) of the product, 16 deep, by one ldmatrix.x4.
// A's four 8x8 matrices run first along m, then along k; B's first along k, then along n: so mma wants its registers.
template <bool K_MAJOR, bool IS_A, int SPAN, int BK>
struct FragmentSource {
  static const int CHUNKS = (K_MAJOR ? BK : SPAN) / 8;
  int mn, k;  // this lane's row of 8 elements, in the tile, of the first fragment: one of the two counts elements, the other chunks

  __device__ __forceinline__ explicit FragmentSource(int first) {
    int lane = threadIdx.x & 31, inner = lane & 7, second = lane >> 3 & 1, third = lane >> 4;
    int alongMn = IS_A ? second : third, alongK = IS_A ? third : second;
    mn = K_MAJOR ? first + alongMn * 8 + inner : first / 8 + alongMn;
    k = K_MAJOR ? alongK : alongK * 8 + inner;
  }

  // The fragment i · 16 rows further and step · 16 deeper.
  __device__ __forceinline__ void load(uint32_t (&r)[4], uint32_t tile, int i, int step) const {
    int row = K_MAJOR ? mn + i * 16 : k + step * 16;
    int chunk = K_MAJOR ? k + step * 2 : mn + i * 2;
    loadMatrices<!K_MAJOR>(r, tile + (row * CHUNKS + swizzle<CHUNKS>(row, chunk)) * 16);
  }
};

// A pair of matrices to multiply: leading dimensions in elements, and k.
struct Factors {
  const bf16 *a, *b;
  int lda, ldb, k;
};

template <int BM_, int BN_, int BK_, int WARPS_M, int WARPS_N, int STAGES, bool A_K_MAJOR, bool B_K_MAJOR, bool ALIGNED>
struct TileProduct {
  static const int BM = BM_, BN = BN_, BK = BK_;
  static const int THREADS = 32 * WARPS_M * WARPS_N;
  static const int WM = BM / WARPS_M, WN = BN / WARPS_N;
  static const int MT = WM / 16, NT = WN / 16, STEPS = BK / 16;
  typedef TileSource<A_K_MAJOR, ALIGNED, BM, BK, THREADS> SourceA;
  typedef TileSource<B_K_MAJOR, ALIGNED, BN, BK, THREADS> SourceB;
  static const int STAGE_BYTES = SourceA::BYTES + SourceB::BYTES;
  static const int SHARED_BYTES = STAGES * STAGE_BYTES;
  static_assert(WM % 16 == 0 && WN % 16 == 0 && STEPS % 2 == 0, "whole fragments, two steps at a time");

  float acc[MT][2 * NT][4];

  // The tile whose first row is m0 and first column n0: k from kBegin (a multiple of 8) to kEnd of the first pair, then all of the second.
  __device__ __forceinline__ void run(Factors first, Factors second, int m, int n, int m0, int n0, int kBegin, int kEnd) {
    extern __shared__ __align__(128) unsigned char shared[];
    const uint32_t ring = sharedAddress(shared);
    const int warp = threadIdx.x / 32, warpM = warp / WARPS_N * WM, warpN = warp % WARPS_N * WN;
    const FragmentSource<A_K_MAJOR, true, BM, BK> fragmentsA(warpM);
    const FragmentSource<B_K_MAJOR, false, BN, BK> fragmentsB(warpN);
#pragma unroll
    for (int i = 0; i < MT; i++)
#pragma unroll
      for (int j = 0; j < 2 * NT; j++)
#pragma unroll
        for (int e = 0; e < 4; e++) acc[i][j][e] = 0;

    const int tiles1 = (kEnd - kBegin + BK - 1) / BK, tiles = tiles1 + (second.k + BK - 1) / BK;
    if (tiles == 0) return;
    SourceA sourceA;
    SourceB sourceB;
    sourceA.open(first.a, first.lda, m0, m, kBegin, kEnd);
    sourceB.open(first.b, first.ldb, n0, n, kBegin, kEnd);
    int loaded = 0;
    uint32_t writeTo = ring;
    auto copyNext = [&]() {
      if (loaded < tiles) {
        if (loaded == tiles1) {
          sourceA.open(second.a, second.lda, m0, m, 0, second.k);
          sourceB.open(second.b, second.ldb, n0, n, 0, second.k);
        }
        sourceA.next(writeTo);
        sourceB.next(writeTo + SourceA::BYTES);
        loaded++;
        writeTo = writeTo == ring + (STAGES - 1) * STAGE_BYTES ? ring : writeTo + STAGE_BYTES;
      }
      commitCopies();  // also an empty group, so that the count of groups stays in step with that of tiles
    };
#pragma unroll 1
    for (int s = 0; s < STAGES - 1; s++) copyNext();

    uint32_t a[2][MT][4], b[2][NT][4];
    auto loadFragments = [&](uint32_t tile, int step) {
#pragma unroll
      for (int i = 0; i < MT; i++) fragmentsA.load(a[step & 1][i], tile, i, step);
#pragma unroll
      for (int j = 0; j < NT; j++) fragmentsB.load(b[step & 1][j], tile + SourceA::BYTES, j, step);
    };
    awaitCopies<STAGES - 2>();
    __syncthreads();
    uint32_t readFrom = ring;
    loadFragments(readFrom, 0);
    for (int t = 0; t < tiles; t++) {
#pragma unroll
      for (int step = 0; step < STEPS; step++) {
        if (step < STEPS - 1) {
          loadFragments(readFrom, step + 1);
        } else if (t + 1 < tiles) {
          awaitCopies<STAGES - 2>();  // the next tile has landed,
          __syncthreads();            // for every thread; and nobody reads this tile any more
          readFrom = readFrom == ring + (STAGES - 1) * STAGE_BYTES ? ring : readFrom + STAGE_BYTES;
          loadFragments(readFrom, 0);
        }
        if (step == 0) copyNext();  // over the tile before this one
#pragma unroll
        for (int i = 0; i < MT; i++)
#pragma unroll
          for (int j = 0; j < 2 * NT; j++) multiply(acc[i][j], a[step & 1][i], b[step & 1][j / 2][j % 2 * 2], b[step & 1][j / 2][j % 2 * 2 + 1]);
      }
    }
  }

  // Hands the sums to `result`, 8 neighbours of a row at a time, m0 and n0 again the tile's first row and column. Each warp turns 16 of
  // its rows at once in its own piece of the shared memory that held the ring, so that it writes whole sectors.
  template <typename Result>
  __device__ __forceinline__ void put(const Result& result, int m0, int n0) const {
    extern __shared__ __align__(128) unsigned char shared[];
    const int STRIDE = WN + 8, LANES = WN / 8;  // floats of a row, and the lanes that write one
    static_assert(WARPS_M * WARPS_N * 16 * STRIDE * 4 <= SHARED_BYTES, "the ring has room for the turned rows");
    const int lane = threadIdx.x & 31, warp = threadIdx.x / 32;
    float* turned = (float*)shared + warp * 16 * STRIDE;
    __syncthreads();
#pragma unroll
    for (int i = 0; i < MT; i++) {
#pragma unroll
      for (int j = 0; j < 2 * NT; j++) {
        float* to = turned + lane / 4 * STRIDE + lane % 4 * 2 + j * 8;
        *(float2*)to = make_float2(acc[i][j][0], acc[i][j][1]);
        *(float2*)(to + 8 * STRIDE) = make_float2(acc[i][j][2], acc[i][j][3]);
      }
      __syncwarp();
#pragma unroll 1
      for (int row = lane / LANES; row < 16; row += 32 / LANES) {
        const float4* from = (const float4*)(turned + row * STRIDE + lane % LANES * 8);
        result.put(m0 + warp / WARPS_N * WM + i * 16 + row, n0 + warp % WARPS_N * WN + lane % LANES * 8, from[0], from[1]);
      }
      __syncwarp();
    }
  }
};

// Where a product goes: C = alpha · sum + beta · C, in f32 or bf16; beta 0 doesn't read.
struct Result {
  void* c;
  int m, n, ldc;
  float alpha, beta;
  int isBf16;

  // Columns `column` to `column + 7` of a row, of which the matrix may have fewer.
  __device__ __forceinline__ void put(int row, int column, float4 lower, float4 upper) const {
    if (row >= m || column >= n) return;
    float x[8] = {lower.x * alpha, lower.y * alpha, lower.z * alpha, lower.w * alpha, upper.x * alpha, upper.y * alpha, upper.z * alpha, upper.w * alpha};
    const int64_t at = (int64_t)row * ldc + column;
    bf16* narrowTo = (bf16*)c + at;
    float* to = (float*)c + at;
    if (column + 8 <= n && ((ldc & 7) | ((uintptr_t)c & 15)) == 0) {
      if (isBf16) {
        if (beta != 0) {
          uint4 old = *(uint4*)narrowTo;
          uint32_t two[4] = {old.x, old.y, old.z, old.w};
#pragma unroll
          for (int i = 0; i < 8; i++) x[i] = fmaf(beta, widen((bf16)(two[i / 2] >> i % 2 * 16)), x[i]);
        }
        *(uint4*)narrowTo = make_uint4(narrow2(x[0], x[1]), narrow2(x[2], x[3]), narrow2(x[4], x[5]), narrow2(x[6], x[7]));
      } else {
        if (beta != 0) {
          float4 old0 = ((float4*)to)[0], old1 = ((float4*)to)[1];
          float old[8] = {old0.x, old0.y, old0.z, old0.w, old1.x, old1.y, old1.z, old1.w};
#pragma unroll
          for (int i = 0; i < 8; i++) x[i] = fmaf(beta, old[i], x[i]);
        }
        ((float4*)to)[0] = make_float4(x[0], x[1], x[2], x[3]);
        ((float4*)to)[1] = make_float4(x[4], x[5], x[6], x[7]);
      }
      return;
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
      if (column + i >= n) break;
      if (isBf16)
        narrowTo[i] = narrow(beta != 0 ? fmaf(beta, widen(narrowTo[i]), x[i]) : x[i]);
      else
        to[i] = beta != 0 ? fmaf(beta, to[i], x[i]) : x[i];
    }
  }
};
