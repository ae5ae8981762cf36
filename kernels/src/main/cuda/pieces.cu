// Factors in f32 for the tensor cores: an f32 is the sum of three bf16, its upper, middle and lower eight bits of significand, and a
// product with a bf16 that of three products, each exact in f32. So trained low-rank matrices, which are kept and multiplied as
// f32, meet bf16 activations in bf16 kernels without losing a bit of theirs (as in Ootomo and Yokota 2022, with bf16 for tf32).
//
// split_f32: x f32 [rows, columns] → pieces bf16, which piece s of `slots` is, of the three, told by nibble s of `pattern`:
//   out[row · stride + s · step + c] for c < width, zeros from `columns` on, so that rows may begin on 16 bytes.
//   Pieces side by side (step = width, stride = slots · width) are more columns, one below the other (step = rows · width, stride = width)
//   more rows. Block 256, a thread eight columns of one row in all slots; grid rows · width / 2048 rounded up.
// fold_pieces_*: c [m, n] = alpha · ((t₂ + t₁) + t₀) + beta · c, with t_s = t[row · stride + s · step + column], the sums of the lower pieces first;
//   beta 0 doesn't read c. Block 256, a thread one element; grid m · n / 256 rounded up.
#include "elements.cuh"

constexpr int THREADS = 256;
constexpr int GROUP = 8;

// The bits of piece 0, 1 or 2. Cut off instead of rounded, so that no piece overflows; what isn't finite is its own first piece.
static __device__ __forceinline__ bf16 piece(float x, int which) {
  if (!(fabsf(x) < INFINITY)) return which == 0 ? narrow(x) : 0;
  float rest = x;
  uint32_t bits = __float_as_uint(rest) & 0xffff0000u;
#pragma unroll
  for (int p = 0; p < 2; p++) {
    if (p < which) {
      rest = sub(rest, __uint_as_float(bits));
      bits = __float_as_uint(rest) & 0xffff0000u;
    }
  }
  return (bf16)(bits >> 16);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    split_f32(const float* x, bf16* out, int64_t rows, int columns, int ld, int width, int64_t stride, int64_t step, int slots,
              uint32_t pattern) {
  int groups = width / GROUP;
  int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
  if (i >= rows * groups) return;
  int64_t row = i / groups;
  int column = (int)(i % groups) * GROUP;
  const float* from = x + row * ld + column;
  float v[GROUP];
  loadGroup<GROUP>(from, columns - column, groupAligned<float, GROUP>(from), v);
  for (int s = 0; s < slots; s++) {
    int which = pattern >> 4 * s & 15;
    uint32_t words[GROUP / 2];
#pragma unroll
    for (int j = 0; j < GROUP / 2; j++) words[j] = piece(v[2 * j], which) | (uint32_t)piece(v[2 * j + 1], which) << 16;
    *(uint4*)(out + row * stride + s * step + column) = make_uint4(words[0], words[1], words[2], words[3]);
  }
}

template <class T>
static __device__ __forceinline__ void fold(const float* t, T* c, int64_t m, int n, int64_t stride, int64_t step, int ldc, float alpha,
                                            float beta) {
  int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
  if (i >= m * n) return;
  const float* from = t + i / n * stride + i % n;
  float sum = mul(add(add(from[2 * step], from[step]), from[0]), alpha);
  T* to = c + i / n * ldc + i % n;
  *to = narrowTo<T>(beta != 0 ? fmaf(beta, widen(*to), sum) : sum);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    fold_pieces_f32(const float* t, float* c, int64_t m, int n, int64_t stride, int64_t step, int ldc, float alpha, float beta) {
  fold(t, c, m, n, stride, step, ldc, alpha, beta);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    fold_pieces_bf16(const float* t, bf16* c, int64_t m, int n, int64_t stride, int64_t step, int ldc, float alpha, float beta) {
  fold(t, c, m, n, stride, step, ldc, alpha, beta);
}
