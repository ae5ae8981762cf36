// The lengths of the rows of a weight with a low-rank addition, which DoRA (Liu et al. 2024) scales by.
//
// out[o] = ‖W[o] + scale · B[o] · A‖₂; W [out, in] f32, bf16 or 4-bit, A f32 [r, in], B f32 [out, r], out f32 [out]. The sum of both is never
// in memory. Grid out / 8, block 256: a block takes eight rows, keeps their part of B in dynamic shared memory (8 · r floats), and each
// thread, column by column, reads A once for all eight. Sums are f32 in an order that `in` and r fix.
#include "fourbit.cuh"

constexpr int THREADS = 256;
constexpr int ROWS = 8;

// weight(o, i) is W[first row + o, i]; rows beyond the last repeat it.
template <class W>
static __device__ __forceinline__ void rowNorm(W weight, const float* a, const float* b, float scale, float* out,
                                               int outputs, int columns, int rank) {
  extern __shared__ float4 factors[];  // [r][2]: B of the eight rows, row by row of A
  __shared__ float room[THREADS / 32][ROWS];
  int first = blockIdx.x * ROWS;
  for (int i = threadIdx.x; i < ROWS * rank; i += THREADS) {
    int o = first + i % ROWS;
    ((float*)factors)[i] = o < outputs ? b[(int64_t)o * rank + i / ROWS] : 0;
  }
  __syncthreads();
  float squares[ROWS];
#pragma unroll
  for (int o = 0; o < ROWS; o++) squares[o] = 0;
  for (int i = threadIdx.x; i < columns; i += THREADS) {
    float low[ROWS];
#pragma unroll
    for (int o = 0; o < ROWS; o++) low[o] = 0;
#pragma unroll 4
    for (int k = 0; k < rank; k++) {
      float v = a[(int64_t)k * columns + i];
      float4 p = factors[2 * k], q = factors[2 * k + 1];
      low[0] = fmaf(p.x, v, low[0]), low[1] = fmaf(p.y, v, low[1]);
      low[2] = fmaf(p.z, v, low[2]), low[3] = fmaf(p.w, v, low[3]);
      low[4] = fmaf(q.x, v, low[4]), low[5] = fmaf(q.y, v, low[5]);
      low[6] = fmaf(q.z, v, low[6]), low[7] = fmaf(q.w, v, low[7]);
    }
#pragma unroll
    for (int o = 0; o < ROWS; o++) {
      int row = first + o < outputs ? first + o : outputs - 1;
      float sum = fmaf(scale, low[o], weight(row, i));
      squares[o] = fmaf(sum, sum, squares[o]);
    }
  }
#pragma unroll
  for (int o = 0; o < ROWS; o++) {
    float sum = warpSum(squares[o]);
    if ((threadIdx.x & 31) == 0) room[threadIdx.x >> 5][o] = sum;
  }
  __syncthreads();
  int o = threadIdx.x;
  if (o < ROWS && first + o < outputs) {
    float total = 0;
    for (int w = 0; w < THREADS / 32; w++) total += room[w][o];
    out[first + o] = __fsqrt_rn(total);
  }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    lora_row_norm_f32(const float* weight, const float* a, const float* b, float scale, float* out, int outputs,
                      int columns, int rank) {
  rowNorm([=](int o, int i) { return weight[(int64_t)o * columns + i]; }, a, b, scale, out, outputs, columns, rank);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    lora_row_norm_bf16(const bf16* weight, const float* a, const float* b, float scale, float* out, int outputs,
                       int columns, int rank) {
  rowNorm([=](int o, int i) { return widen(weight[(int64_t)o * columns + i]); }, a, b, scale, out, outputs, columns,
          rank);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    lora_row_norm_4bit(FOUR_BIT_PARAMETERS, int rounding, const float* a, const float* b, float scale, float* out,
                       int outputs, int columns, int rank) {
  __shared__ FourBitTables tables;
  FourBit w = openFourBit(tables, FOUR_BIT_ARGUMENTS);
  rowNorm(
      [&](int o, int i) {
        float x = w.element<TO_F32>((int64_t)o * columns + i);
        return rounding == TO_BF16 ? roundToBf16(x) : rounding == TO_F16 ? roundToF16(x) : x;
      },
      a, b, scale, out, outputs, columns, rank);
}
