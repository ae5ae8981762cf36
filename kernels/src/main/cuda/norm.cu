// Root mean square normalization (Zhang and Sennrich 2019), its gradients, and the residual sum before it.
//
// x [rows, C], weight [C]: out = x · rstd · (offset + weight), rstd [rows] = 1/√(mean(x²) + eps). A norm of each head is the same with
// C = D and as many rows as heads. Entries *_warp give each row to a warp (grid rows / 8, block 32 x 8) and suit C up to 128
// groups of 16 bytes; *_block give it to a block (grid rows, 64 to 512 threads in 1-D). A thread keeps four groups of its row (*_block eight; the
// gradient's four of both its rows) in registers between the sum and the product, as they are in memory, so x is read
// once; what goes beyond (C above 16384 in f32, 32768 in bf16, half of that in gradients) is read again. A row's sum is a tree fixed by C
// alone: the bits don't depend on the other rows.
// Bandwidth wants bytes under way: when loads were turned to f32 values beside the test for a ragged end, each waited for the one before, and
// the block entries reached 78 % of the copy's bandwidth at C = 4096 in bf16, the gradient 77 %; with them 90 and 94 %.
//
// The weight's gradient is two passes over columns: partial [rows / 128 rounded up, C] here, then column_totals of
// elementwise.cu. It must run before dX where that overwrites dOut.
//
// Suffixes as in elementwise.cu: _bf16 memory and _round (f32 memory) round x · rstd and then its product with the weight; with an offset
// the product alone.
#include "columns.cuh"

constexpr int WARP_KEPT = 4;   // groups of a row in the registers of a thread of a warp entry,
constexpr int BLOCK_KEPT = 8;  // of a block entry,
constexpr int HELD = 4;        // and of a gradient
constexpr int WARP_ROWS = 8;   // rows of a block of the warp entries
constexpr int MOST_THREADS = 512;

// The row of this thread and the threads that share it.
template <bool WARP>
struct Row {
  int64_t row;
  int lane;
  int lanes;
  __device__ __forceinline__ Row()
      : row(WARP ? (int64_t)blockIdx.x * WARP_ROWS + threadIdx.y : blockIdx.x),
        lane(threadIdx.x),
        lanes(WARP ? 32 : blockDim.x) {}
  __device__ __forceinline__ float sum(float x) const {
    if constexpr (WARP) {
      return warpSum(x);
    } else {
      __shared__ float room[32];
      return blockSum(x, room);
    }
  }
};

template <class T, bool ROUND, bool RESIDUAL, bool WARP, bool VECTOR>
static __device__ __forceinline__ void forwardRow(const T* x, const T* residual, T* sum, const T* weight, float offset, float eps, T* out,
                                               float* rstds, int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  constexpr int KEPT = WARP ? WARP_KEPT : BLOCK_KEPT;
  Row<WARP> own;
  if (own.row >= rows) return;
  int64_t at = own.row * columns;
  auto left = [=](int c) { return VECTOR ? G : columns - c; };
  int step = own.lanes * G;
  auto read = [&](int c, float(&v)[G]) {
    loadGroup<G>(x + at + c, left(c), VECTOR, v);
    if constexpr (RESIDUAL) {
      float r[G];
      loadGroup<G>(residual + at + c, left(c), VECTOR, r);
#pragma unroll
      for (int j = 0; j < G; j++) v[j] = ROUND ? roundToBf16(add(v[j], r[j])) : add(v[j], r[j]);
    }
  };
  uint4 kept[KEPT];
#pragma unroll
  for (int k = 0; k < KEPT; k++) {
    int c = own.lane * G + k * step;
    kept[k] = c < columns ? readStored(x + at + c, left(c), VECTOR) : make_uint4(0, 0, 0, 0);
  }
  if constexpr (RESIDUAL) {
    uint4 residuals[KEPT];
#pragma unroll
    for (int k = 0; k < KEPT; k++) {
      int c = own.lane * G + k * step;
      residuals[k] = c < columns ? readStored(residual + at + c, left(c), VECTOR) : make_uint4(0, 0, 0, 0);
    }
#pragma unroll
    for (int k = 0; k < KEPT; k++) {
      int c = own.lane * G + k * step;
      float v[G], r[G];
      values(kept[k], v, T{});
      values(residuals[k], r, T{});
#pragma unroll
      for (int j = 0; j < G; j++) v[j] = ROUND ? roundToBf16(add(v[j], r[j])) : add(v[j], r[j]);
      kept[k] = stored(v, T{});
      if (c < columns) storeGroup<G>(sum + at + c, left(c), VECTOR, v);
    }
  }
  float squares = 0;
#pragma unroll
  for (int k = 0; k < KEPT; k++) {
    float v[G];
    values(kept[k], v, T{});
#pragma unroll
    for (int j = 0; j < G; j++) squares += v[j] * v[j];
    keepStored(kept[k]);
  }
  for (int c = own.lane * G + KEPT * step; c < columns; c += step) {
    float v[G];
    read(c, v);
#pragma unroll
    for (int j = 0; j < G; j++) squares += v[j] * v[j];
    if constexpr (RESIDUAL) storeGroup<G>(sum + at + c, left(c), VECTOR, v);
  }
  float rstd = __fdiv_rn(1, __fsqrt_rn(own.sum(squares) / columns + eps));
  if (own.lane == 0) rstds[own.row] = rstd;
  // Whether x · rstd is rounded, as a mask that hides it from the compiler, which else writes the whole row twice.
  uint32_t between;
  asm("mov.b32 %0, %1;" : "=r"(between) : "r"(offset == 0 ? ~0u : 0u));
  auto write = [&](int c, const float(&v)[G]) {
    float w[G], y[G];
    loadGroup<G>(weight + c, left(c), VECTOR, w);
#pragma unroll
    for (int j = 0; j < G; j++) {
      float normed = mul(v[j], rstd);
      if constexpr (ROUND)
        normed = __uint_as_float((__float_as_uint(roundToBf16(normed)) & between) | (__float_as_uint(normed) & ~between));
      float weighed = mul(normed, add(offset, w[j]));
      y[j] = ROUND ? roundToBf16(weighed) : weighed;
    }
    storeGroup<G>(out + at + c, left(c), VECTOR, y);
  };
#pragma unroll
  for (int k = 0; k < KEPT; k++) {
    int c = own.lane * G + k * step;
    float v[G];
    values(kept[k], v, T{});
    if (c < columns) write(c, v);
  }
  for (int c = own.lane * G + KEPT * step; c < columns; c += step) {
    float v[G];
    if constexpr (RESIDUAL) {
      loadGroup<G>(sum + at + c, left(c), VECTOR, v);
    } else {
      read(c, v);
    }
    write(c, v);
  }
}

// The paths with accesses of 16 bytes and without them are apart, so that all loads of the former are under way at once.
template <class T, bool ROUND, bool RESIDUAL, bool WARP>
static __device__ __forceinline__ void forward(const T* x, const T* residual, T* sum, const T* weight, float offset, float eps, T* out,
                                               float* rstds, int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  bool vector = columns % G == 0 && groupAligned<T, G>(x) && groupAligned<T, G>(weight) && groupAligned<T, G>(out);
  if constexpr (RESIDUAL) vector &= groupAligned<T, G>(residual) && groupAligned<T, G>(sum);
  if (vector) {
    forwardRow<T, ROUND, RESIDUAL, WARP, true>(x, residual, sum, weight, offset, eps, out, rstds, rows, columns);
  } else {
    forwardRow<T, ROUND, RESIDUAL, WARP, false>(x, residual, sum, weight, offset, eps, out, rstds, rows, columns);
  }
}

template <class T, bool WARP, bool VECTOR>
static __device__ __forceinline__ void backwardRow(const T* x, const T* weight, float offset, const float* rstds, const T* dOut, T* dX,
                                                int accumulate, int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  Row<WARP> own;
  if (own.row >= rows) return;
  int64_t at = own.row * columns;
  auto left = [=](int c) { return VECTOR ? G : columns - c; };
  int step = own.lanes * G;
  float rstd = rstds[own.row];
  uint4 xs[HELD], ds[HELD], befores[HELD];
#pragma unroll
  for (int k = 0; k < HELD; k++) {
    int c = own.lane * G + k * step;
    if (c < columns) {
      xs[k] = readStored(x + at + c, left(c), VECTOR);
      ds[k] = readStored(dOut + at + c, left(c), VECTOR);
    } else {
      xs[k] = ds[k] = make_uint4(0, 0, 0, 0);
    }
  }
#pragma unroll
  for (int k = 0; k < HELD; k++) {
    int c = own.lane * G + k * step;
    befores[k] = make_uint4(0, 0, 0, 0);
    if (accumulate && c < columns) befores[k] = readStored(dX + at + c, left(c), VECTOR);
  }
  // d becomes (offset + weight) · dOut
  auto weigh = [&](int c, float(&d)[G]) {
    float w[G];
    loadGroup<G>(weight + c, left(c), VECTOR, w);
#pragma unroll
    for (int j = 0; j < G; j++) d[j] = mul(add(offset, w[j]), d[j]);
  };
  float dot = 0;
#pragma unroll
  for (int k = 0; k < HELD; k++) {
    int c = own.lane * G + k * step;
    float v[G], d[G];
    values(xs[k], v, T{});
    values(ds[k], d, T{});
    if (c < columns) {
      weigh(c, d);
#pragma unroll
      for (int j = 0; j < G; j++) dot += d[j] * v[j];
    }
    keepStored(xs[k]);
    keepStored(ds[k]);
  }
  for (int c = own.lane * G + HELD * step; c < columns; c += step) {
    float v[G], d[G];
    loadGroup<G>(x + at + c, left(c), VECTOR, v);
    loadGroup<G>(dOut + at + c, left(c), VECTOR, d);
    weigh(c, d);
#pragma unroll
    for (int j = 0; j < G; j++) dot += d[j] * v[j];
  }
  float pull = rstd * rstd * __fdividef(own.sum(dot), columns);
  auto write = [&](int c, const float(&v)[G], const float(&d)[G], const float(&before)[G]) {
    float y[G];
#pragma unroll
    for (int j = 0; j < G; j++) y[j] = rstd * (d[j] - v[j] * pull);
    if (accumulate) {
#pragma unroll
      for (int j = 0; j < G; j++) y[j] = add(before[j], y[j]);
    }
    storeGroup<G>(dX + at + c, left(c), VECTOR, y);
  };
#pragma unroll
  for (int k = 0; k < HELD; k++) {
    int c = own.lane * G + k * step;
    if (c < columns) {
      float v[G], d[G], before[G];
      values(xs[k], v, T{});
      values(ds[k], d, T{});
      values(befores[k], before, T{});
      weigh(c, d);
      write(c, v, d, before);
    }
  }
  for (int c = own.lane * G + HELD * step; c < columns; c += step) {
    float v[G], d[G], before[G];
    loadGroup<G>(x + at + c, left(c), VECTOR, v);
    loadGroup<G>(dOut + at + c, left(c), VECTOR, d);
    loadGroup<G>(dX + at + c, accumulate ? left(c) : 0, VECTOR, before);
    weigh(c, d);
    write(c, v, d, before);
  }
}

template <class T, bool WARP>
static __device__ __forceinline__ void backward(const T* x, const T* weight, float offset, const float* rstds, const T* dOut, T* dX,
                                                int accumulate, int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  bool vector = columns % G == 0 && groupAligned<T, G>(x) && groupAligned<T, G>(weight) &&
                groupAligned<T, G>(dOut) && groupAligned<T, G>(dX);
  if (vector) {
    backwardRow<T, WARP, true>(x, weight, offset, rstds, dOut, dX, accumulate, rows, columns);
  } else {
    backwardRow<T, WARP, false>(x, weight, offset, rstds, dOut, dX, accumulate, rows, columns);
  }
}

#define FORWARD(NAME, T, ROUND)                                                                                       \
  extern "C" __global__ void __launch_bounds__(32 * WARP_ROWS) rms_norm_##NAME##_warp(                                \
      const T* x, const T* weight, float offset, float eps, T* out, float* rstds, int64_t rows, int columns) {                      \
    forward<T, ROUND, false, true>(x, nullptr, nullptr, weight, offset, eps, out, rstds, rows, columns);                      \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(MOST_THREADS) rms_norm_##NAME##_block(                                 \
      const T* x, const T* weight, float offset, float eps, T* out, float* rstds, int64_t rows, int columns) {                      \
    forward<T, ROUND, false, false>(x, nullptr, nullptr, weight, offset, eps, out, rstds, rows, columns);                     \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(32 * WARP_ROWS) add_rms_norm_##NAME##_warp(                            \
      const T* x, const T* residual, T* sum, const T* weight, float offset, float eps, T* out, float* rstds, int64_t rows,          \
      int columns) {                                                                                                  \
    forward<T, ROUND, true, true>(x, residual, sum, weight, offset, eps, out, rstds, rows, columns);                          \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(MOST_THREADS) add_rms_norm_##NAME##_block(                             \
      const T* x, const T* residual, T* sum, const T* weight, float offset, float eps, T* out, float* rstds, int64_t rows,          \
      int columns) {                                                                                                  \
    forward<T, ROUND, true, false>(x, residual, sum, weight, offset, eps, out, rstds, rows, columns);                         \
  }

// rms_norm_*: out and rstds of x. add_rms_norm_*: of sum = x + residual, which is written too and may be either of them.
FORWARD(f32, float, false)
FORWARD(bf16, bf16, true)
FORWARD(round, float, true)

#define BACKWARD(NAME, T)                                                                                             \
  extern "C" __global__ void __launch_bounds__(32 * WARP_ROWS) rms_norm_backward_##NAME##_warp(                       \
      const T* x, const T* weight, float offset, const float* rstds, const T* dOut, T* dX, int accumulate, int64_t rows,            \
      int columns) {                                                                                                  \
    backward<T, true>(x, weight, offset, rstds, dOut, dX, accumulate, rows, columns);                                         \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(MOST_THREADS) rms_norm_backward_##NAME##_block(                        \
      const T* x, const T* weight, float offset, const float* rstds, const T* dOut, T* dX, int accumulate, int64_t rows,            \
      int columns) {                                                                                                  \
    backward<T, false>(x, weight, offset, rstds, dOut, dX, accumulate, rows, columns);                                        \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(256) rms_norm_backward_weight_##NAME(                                  \
      const T* x, const float* rstds, const T* dOut, float* partial, int64_t rows, int columns) {                     \
    weightPartials(x, rstds, dOut, partial, rows, columns);                                                           \
  }

template <class T>
static __device__ __forceinline__ void weightPartials(const T* x, const float* rstds, const T* dOut, float* partial,
                                                      int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  bool vector = columns % G == 0 && groupAligned<T, G>(x) && groupAligned<T, G>(dOut);
  columnPartials<G>(rows, columns, partial, [&](int64_t n, int64_t i, int valid, float(&t)[G]) {
    float v[G], rstd = rstds[n];
    loadGroup<G>(dOut + i, valid, vector, t);
    loadGroup<G>(x + i, valid, vector, v);
#pragma unroll
    for (int j = 0; j < G; j++) t[j] = t[j] * v[j] * rstd;
  });
}

// rms_norm_backward_*: dX = (or +=) rstd · (weight · dOut − x · rstd² · mean(weight · dOut · x)); dX may be dOut.
// rms_norm_backward_weight_*: partial[run, c] = sum over the run's rows of dOut · x · rstd.
BACKWARD(f32, float)
BACKWARD(bf16, bf16)
