// bf16 tiles in shared memory and the fragments of mma.sync.m16n8k16 that are read from them.
//
// Lane l has g = l / 4 and t = l % 4. A (16x16, rows by k): registers (g, 2t..), (g+8, 2t..), (g, 2t+8..), (g+8, 2t+8..), two bf16 each.
// B (16x8, k by columns): (2t.., g), (2t+8.., g). C and D (16x8, f32): (g, 2t), (g, 2t+1), (g+8, 2t), (g+8, 2t+1).
// So two neighbouring C tiles, rounded to bf16, are an A fragment: scores become probabilities without leaving their registers.
//
// Rows of a tile are padded by 16 bytes, which makes their length an odd number of 16-byte pieces for every D that is a multiple of 16:
// the 8 rows that one ldmatrix step reads lie in different banks, and all offsets are constants of the instruction.
#pragma once
#include "common.cuh"

template <int D>
constexpr int pitch = D + 8;

static __device__ __forceinline__ uint32_t sharedAddress(const void *p) { return (uint32_t)__cvta_generic_to_shared(p); }

// 16 bytes from global to shared memory, or 16 zero bytes.
static __device__ __forceinline__ void copyAsync16(uint32_t to, const void *from, bool exists) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(exists ? 16 : 0) : "memory");
}

// 4 bytes from global to shared memory, or 4 zero bytes.
static __device__ __forceinline__ void copyAsync4(uint32_t to, const void *from, bool exists) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(from), "r"(exists ? 4 : 0) : "memory");
}

static __device__ __forceinline__ void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Until at most N groups of this thread's copies are still under way.
template <int N>
static __device__ __forceinline__ void waitCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

// ROWS rows of D bf16, `stride` elements apart, to a tile; of rows from `existing` on zeros, whose addresses aren't read.
template <int ROWS, int D, int THREADS>
static __device__ __forceinline__ void copyTile(bf16 *tile, const bf16 *from, int stride, int existing) {
  constexpr int PIECES = D / 8, STEPS = ROWS * PIECES / THREADS;
  static_assert(ROWS * PIECES % THREADS == 0, "every thread copies the same number of pieces");
  if constexpr (THREADS % PIECES == 0) {
    // A thread keeps its column.
    constexpr int STEP = THREADS / PIECES;
    int row = threadIdx.x / PIECES, column = threadIdx.x % PIECES * 8;
    uint32_t to = sharedAddress(tile + row * pitch<D> + column);
    const bf16 *piece = from + row * (int64_t)stride + column;
#pragma unroll
    for (int i = 0; i < STEPS; i++, piece += STEP * (int64_t)stride) {
      copyAsync16(to + i * STEP * pitch<D> * 2, piece, row + i * STEP < existing);
    }
  } else {
    uint32_t to = sharedAddress(tile);
#pragma unroll
    for (int i = 0; i < STEPS; i++) {
      int piece = threadIdx.x + i * THREADS;
      int row = piece / PIECES, column = piece % PIECES * 8;
      copyAsync16(to + (row * pitch<D> + column) * 2, from + row * stride + column, row < existing);
    }
  }
}

static __device__ __forceinline__ void loadMatrices(uint32_t (&r)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}

static __device__ __forceinline__ void loadTransposed(uint32_t (&r)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(address)
               : "memory");
}

// This lane's address for A fragments of 16 rows from the tile's row on: add 32 bytes for the next 16 of k.
template <int D>
static __device__ __forceinline__ uint32_t rowsAddress(const bf16 *tile, int row) {
  int lane = threadIdx.x % 32;
  return sharedAddress(tile + (row + lane % 16) * pitch<D> + lane / 16 * 8);
}

// For B fragments where the tile's rows are the columns of B: 16 of them, 16 of k. Registers 0 and 1 are B of the first 8, 2 and 3 of the others.
template <int D>
static __device__ __forceinline__ uint32_t columnsAddress(const bf16 *tile) {
  int lane = threadIdx.x % 32;
  return sharedAddress(tile + (lane % 8 + lane / 16 * 8) * pitch<D> + lane / 8 % 2 * 8);
}

// For B fragments where the tile's rows are k, read with loadTransposed: 16 of k, 16 columns; registers as above.
template <int D>
static __device__ __forceinline__ uint32_t depthAddress(const bf16 *tile) {
  int lane = threadIdx.x % 32;
  return sharedAddress(tile + lane % 16 * pitch<D> + lane / 16 * 8);
}

// c += a · b
static __device__ __forceinline__ void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// The A fragment of k 16·i to 16·i + 15 from a row of C tiles, rounded to bf16.
template <int TILES>
static __device__ __forceinline__ void roundToRows(uint32_t (&a)[4], const float (&c)[TILES][4], int i) {
  a[0] = narrow2(c[2 * i][0], c[2 * i][1]);
  a[1] = narrow2(c[2 * i][2], c[2 * i][3]);
  a[2] = narrow2(c[2 * i + 1][0], c[2 * i + 1][1]);
  a[3] = narrow2(c[2 * i + 1][2], c[2 * i + 1][3]);
}

// 2 to the x; -infinity gives 0.
static __device__ __forceinline__ float exp2Fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// Maximum and sum over the 4 lanes that hold a row of C.
static __device__ __forceinline__ float rowMax(float x) {
  x = fmaxf(x, __shfl_xor_sync(~0u, x, 1));
  return fmaxf(x, __shfl_xor_sync(~0u, x, 2));
}

static __device__ __forceinline__ float rowSum(float x) {
  x += __shfl_xor_sync(~0u, x, 1);
  return x + __shfl_xor_sync(~0u, x, 2);
}
