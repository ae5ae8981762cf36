// Products of weights in 4 bits with more rows than nf4_multiply.cu is good for, as a step that decodes some hundred sequences has them: that kernel
// reads and looks up all codes of W again for every 64 rows. Here W is widened to bf16 once, for gemm_bf16_few_rows.cu and gemm_bf16_many_rows.cu.
//
//   widen_4bit_for_rows   W [N, K] in 4 bits → bf16 [N, P]        order_for_rows   x bf16 [M, K] → bf16 [M, P]
//
// P is K rounded up to a multiple of 1024. Columns lie in the order in which gemm_bf16_few_rows.cu has to meet them to add as
// nf4_multiply.cu does, so that a row has the same bits by either way: eight columns from k = 1024 i + 128 w + 32 t + 8 q on, w < 8, t < 4,
// q < 4, lie from 512 (2 i + q / 2) + 64 w + 32 (q % 2) + 8 t on. Both kernels then give warp w the same columns, lane t of four the same
// within an mma, and the mma the same order. Where there is no column there are zeros, which change no sum.
//
// Block 256; grid N · P / 8192 rounded up: a thread widens 32 columns under one scale, from 16 bytes of codes; or M · P / 2048, a thread eight
// columns. K a multiple of 32, codes and x at multiples of 16 bytes. Bound by memory: 2.5 bytes a weight.
#include "fourbit.cuh"

constexpr int THREADS = 256;
constexpr int TURN = 1024;  // columns after which the order begins again
constexpr int RUN = 32;     // columns that a thread widens

// Where eight columns from k on lie, k a multiple of 8.
static __device__ __forceinline__ int placeOf(int k) {
  int w = k >> 7 & 7, t = k >> 5 & 3, q = k >> 3 & 3;
  return (k & -TURN) + 512 * (q >> 1) + 64 * w + 32 * (q & 1) + 8 * t;
}

extern "C" __global__ void __launch_bounds__(THREADS)
    widen_4bit_for_rows(FOUR_BIT_PARAMETERS, bf16* out, int outputs, int columns, int padded) {
  __shared__ FourBitTables tables;
  FourBit w = fourBit(tables, FOUR_BIT_ARGUMENTS);
  int runs = padded / RUN;
  int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
  int row = (int)(i / runs), k = (int)(i % runs) * RUN;
  bool there = row < outputs && k < columns;
  int64_t at = (int64_t)row * columns + k;
  // what comes from memory is asked for before the tables are waited for
  uint4 codes = there ? *(const uint4*)(packed + (at >> 1)) : make_uint4(0, 0, 0, 0);
  StoredScale stored = there ? w.storedScale(at) : StoredScale{0, 0};
  fillTables(tables, code, nestedAbsmax ? nestedCode : nullptr);
  if (row >= outputs) return;
  float scale = there ? w.scale(stored) : 0;
  uint32_t words[4] = {codes.x, codes.y, codes.z, codes.w};
#pragma unroll
  for (int q = 0; q < 4; q++) {
    float x[8];
#pragma unroll
    for (int j = 0; j < 8; j++) x[j] = there ? mul(w.code[nibble(words[q], j)], scale) : 0;
    storeVector<8>(out + (int64_t)row * padded + placeOf(k + 8 * q), x);
  }
}

extern "C" __global__ void __launch_bounds__(THREADS) order_for_rows(const bf16* x, bf16* out, int rows, int columns, int padded) {
  int groups = padded / 8;
  int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
  int row = (int)(i / groups), k = (int)(i % groups) * 8;
  if (row >= rows) return;
  *(uint4*)(out + (int64_t)row * padded + placeOf(k)) =
      k < columns ? *(const uint4*)(x + (int64_t)row * columns + k) : make_uint4(0, 0, 0, 0);
}
