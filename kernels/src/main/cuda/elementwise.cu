// Operators that work element by element, or add to and scale columns.
//
// Flat ones (fill, add, scale, round, cast_*, *_gate, softcap, dropout, add_dropped, copy): n elements in 1-D, block 256, one block per 16 KiB of the
// widest operand: a thread moves four groups of 16 bytes, all of them loaded before the first is stored, so that enough
// bytes are under way to fill the memory's latency; a block's groups lie next to each other. Outputs may be inputs.
// By columns (add_bias, scale_columns): x [N, C], grid (C groups / 32, N / 32), block 32 x 8.
// Sums over rows (add_bias_backward, scale_columns_backward_magnitude): partial [N / 128 rounded up, C], then
// column_totals; no atomics, so the bits depend on the values and sizes alone.
//
// Suffixes: _f32 and _bf16 name the type in memory, _round is f32 memory whose values are rounded to bf16 after every step
// as torch does on bf16 tensors. Inside it is f32, and each product and sum is rounded where the reference rounds.
#include "columns.cuh"
#include "philox.cuh"

constexpr int THREADS = 256;
constexpr int UNROLLED = 4;

// y = f(i, x) for each element i; x and y hold one value of each input and output.
template <class TI, class TO, int INS, int OUTS, class F>
static __device__ __forceinline__ void map(int64_t n, const TI* const (&in)[INS], TO* const (&out)[OUTS], F f) {
  constexpr int G = Group<TI, TO>::SIZE;
  constexpr int CHUNK = THREADS * UNROLLED * G;
  int64_t first = (int64_t)blockIdx.x * CHUNK;
  bool vector = true;
#pragma unroll
  for (int k = 0; k < INS; k++) vector &= groupAligned<TI, G>(in[k]);
#pragma unroll
  for (int k = 0; k < OUTS; k++) vector &= groupAligned<TO, G>(out[k]);
  if (vector && first + CHUNK <= n) {
    int64_t at = first + threadIdx.x * G;
    float x[UNROLLED][INS][G];
#pragma unroll
    for (int u = 0; u < UNROLLED; u++)
#pragma unroll
      for (int k = 0; k < INS; k++) loadVector<G>(in[k] + at + u * THREADS * G, x[u][k]);
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      float y[OUTS][G];
#pragma unroll
      for (int j = 0; j < G; j++) {
        float values[INS], results[OUTS];
#pragma unroll
        for (int k = 0; k < INS; k++) values[k] = x[u][k][j];
        f(at + u * THREADS * G + j, values, results);
#pragma unroll
        for (int k = 0; k < OUTS; k++) y[k][j] = results[k];
      }
#pragma unroll
      for (int k = 0; k < OUTS; k++) storeVector<G>(out[k] + at + u * THREADS * G, y[k]);
    }
  } else {
    int64_t end = first + CHUNK < n ? first + CHUNK : n;
    for (int64_t i = first + threadIdx.x; i < end; i += THREADS) {
      float values[INS], results[OUTS];
#pragma unroll
      for (int k = 0; k < INS; k++) values[k] = widen(in[k][i]);
      f(i, values, results);
#pragma unroll
      for (int k = 0; k < OUTS; k++) out[k][i] = narrowTo<TO>(results[k]);
    }
  }
}

template <class T>
static __device__ __forceinline__ void fill(T* x, float value, int64_t n) {
  constexpr int G = Group<T>::SIZE;
  constexpr int CHUNK = THREADS * UNROLLED * G;
  float group[G];
#pragma unroll
  for (int j = 0; j < G; j++) group[j] = value;
  bool vector = groupAligned<T, G>(x);
#pragma unroll
  for (int u = 0; u < UNROLLED; u++) {
    int64_t at = (int64_t)blockIdx.x * CHUNK + (u * THREADS + threadIdx.x) * G;
    if (at < n) storeGroup<G>(x + at, n - at, vector, group);
  }
}

// x = value.
extern "C" __global__ void __launch_bounds__(THREADS) fill_f32(float* x, float value, int64_t n) { fill(x, value, n); }
extern "C" __global__ void __launch_bounds__(THREADS) fill_bf16(bf16* x, float value, int64_t n) { fill(x, value, n); }

template <class T, bool ROUND>
static __device__ __forceinline__ void sum(const T* a, const T* b, T* out, int64_t n) {
  map<T, T, 2, 1>(n, {a, b}, {out}, [](int64_t, const float(&x)[2], float(&y)[1]) {
    y[0] = ROUND ? roundToBf16(add(x[0], x[1])) : add(x[0], x[1]);
  });
}

// out = a + b.
extern "C" __global__ void __launch_bounds__(THREADS) add_f32(const float* a, const float* b, float* out, int64_t n) {
  sum<float, false>(a, b, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) add_bf16(const bf16* a, const bf16* b, bf16* out, int64_t n) {
  sum<bf16, false>(a, b, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) add_round(const float* a, const float* b, float* out, int64_t n) {
  sum<float, true>(a, b, out, n);
}

template <class T>
static __device__ __forceinline__ void scale(T* x, float factor, int64_t n) {
  map<T, T, 1, 1>(n, {x}, {x}, [=](int64_t, const float(&v)[1], float(&y)[1]) { y[0] = mul(v[0], factor); });
}

// x = factor · x.
extern "C" __global__ void __launch_bounds__(THREADS) scale_f32(float* x, float factor, int64_t n) {
  scale(x, factor, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) scale_bf16(bf16* x, float factor, int64_t n) {
  scale(x, factor, n);
}

// out = x rounded to the nearest bf16, as an f32 value.
extern "C" __global__ void __launch_bounds__(THREADS) round_f32(const float* x, float* out, int64_t n) {
  map<float, float, 1, 1>(n, {x}, {out},
                          [](int64_t, const float(&v)[1], float(&y)[1]) { y[0] = roundToBf16(v[0]); });
}

template <class TI, class TO>
static __device__ __forceinline__ void cast(const TI* x, TO* out, int64_t n) {
  map<TI, TO, 1, 1>(n, {x}, {out}, [](int64_t, const float(&v)[1], float(&y)[1]) { y[0] = v[0]; });
}

// out = x in another type, to nearest, ties to even.
extern "C" __global__ void __launch_bounds__(THREADS) cast_f32_bf16(const float* x, bf16* out, int64_t n) {
  cast(x, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) cast_bf16_f32(const bf16* x, float* out, int64_t n) {
  cast(x, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) cast_f32_f16(const float* x, f16* out, int64_t n) {
  cast(x, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) cast_f16_f32(const f16* x, float* out, int64_t n) {
  cast(x, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) cast_f16_bf16(const f16* x, bf16* out, int64_t n) {
  cast(x, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) cast_bf16_f16(const bf16* x, f16* out, int64_t n) {
  cast(x, out, n);
}

// to = from, n pieces of 16 bytes: what bandwidth the other kernels are measured against.
extern "C" __global__ void __launch_bounds__(THREADS) copy_16(const uint4* from, uint4* to, int64_t n) {
  int64_t first = (int64_t)blockIdx.x * THREADS * UNROLLED + threadIdx.x;
  uint4 v[UNROLLED];
#pragma unroll
  for (int u = 0; u < UNROLLED; u++)
    if (first + u * THREADS < n) v[u] = from[first + u * THREADS];
#pragma unroll
  for (int u = 0; u < UNROLLED; u++)
    if (first + u * THREADS < n) to[first + u * THREADS] = v[u];
}

// 1 / (1 + e⁻ˣ), within 3 ulp. The exponential of a very negative x is huge or infinite and the result 0, as it should be.
static __device__ __forceinline__ float sigmoid(float x) { return __fdividef(1.0f, 1.0f + expf(-x)); }

// The activation x · sigmoid(z(x)) of a gate: silu with z = x, and gelu in its tanh form with z = 2√(2/π) · (x + 0.044715 · x³).
struct Silu {
  static __device__ __forceinline__ float argument(float x) { return x; }
  static __device__ __forceinline__ float slope(float) { return 1; }
};
struct Gelu {
  static constexpr float SLOPE = 1.5957691216057308f, CUBIC = 0.044715f;
  static __device__ __forceinline__ float argument(float x) { return mul(SLOPE, add(x, mul(CUBIC, mul(mul(x, x), x)))); }
  static __device__ __forceinline__ float slope(float x) { return mul(SLOPE, add(1, mul(3 * CUBIC, mul(x, x)))); }
};

template <class A, class T, bool ROUND>
static __device__ __forceinline__ void gated(const T* gate, const T* up, T* out, int64_t n) {
  map<T, T, 2, 1>(n, {gate, up}, {out}, [](int64_t, const float(&x)[2], float(&y)[1]) {
    float active = mul(x[0], sigmoid(A::argument(x[0])));
    y[0] = ROUND ? roundToBf16(mul(roundToBf16(active), x[1])) : mul(active, x[1]);
  });
}

template <class A, class T>
static __device__ __forceinline__ void gatedBackward(const T* gate, const T* up, const T* dOut, T* dGate, T* dUp,
                                                     int64_t n) {
  map<T, T, 3, 2>(n, {gate, up, dOut}, {dGate, dUp}, [](int64_t, const float(&x)[3], float(&y)[2]) {
    float g = x[0], u = x[1], d = x[2], s = sigmoid(A::argument(g));
    y[0] = mul(mul(mul(d, u), s), add(1, mul(mul(g, sub(1, s)), A::slope(g))));
    y[1] = mul(mul(d, g), s);
  });
}

// *_gate_*: out = activation(gate) · up; the activation is rounded to bf16 first except in _f32.
// *_gate_backward_*: dGate = dOut · up · s · (1 + gate · (1 − s) · z′), dUp = dOut · gate · s with s = sigmoid(z); outputs may be
// any of the inputs.
#define GATED(NAME, A)                                                                                                \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                               \
      NAME##_gate_f32(const float* gate, const float* up, float* out, int64_t n) {                                    \
    gated<A, float, false>(gate, up, out, n);                                                                         \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                               \
      NAME##_gate_bf16(const bf16* gate, const bf16* up, bf16* out, int64_t n) {                                      \
    gated<A, bf16, true>(gate, up, out, n);                                                                           \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                               \
      NAME##_gate_round(const float* gate, const float* up, float* out, int64_t n) {                                  \
    gated<A, float, true>(gate, up, out, n);                                                                          \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS) NAME##_gate_backward_f32(                                     \
      const float* gate, const float* up, const float* dOut, float* dGate, float* dUp, int64_t n) {                   \
    gatedBackward<A>(gate, up, dOut, dGate, dUp, n);                                                                  \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS) NAME##_gate_backward_bf16(                                    \
      const bf16* gate, const bf16* up, const bf16* dOut, bf16* dGate, bf16* dUp, int64_t n) {                        \
    gatedBackward<A>(gate, up, dOut, dGate, dUp, n);                                                                  \
  }

GATED(silu, Silu)
GATED(gelu, Gelu)

// x / cap given 1 / cap: the nearest float, as one step of Newton's makes it, without a division's slow path and its registers.
// Where tanh is 1 anyway it is left as it is, so that an infinity stays one.
static __device__ __forceinline__ float quotient(float x, float cap, float reciprocal) {
  float q = mul(x, reciprocal);
  return fabsf(q) < 64 ? fmaf(fmaf(-q, cap, x), reciprocal, q) : q;
}

template <class T, bool ROUND>
static __device__ __forceinline__ void softCap(const T* x, float cap, T* out, int64_t n) {
  float reciprocal = __frcp_rn(cap);
  map<T, T, 1, 1>(n, {x}, {out}, [=](int64_t, const float(&v)[1], float(&y)[1]) {
    float q = quotient(v[0], cap, reciprocal);
    y[0] = ROUND ? roundToBf16(mul(roundToBf16(tanhf(roundToBf16(q))), cap)) : mul(tanhf(q), cap);
  });
}

template <class T>
static __device__ __forceinline__ void softCapBackward(const T* out, float cap, const T* dOut, T* dX, int64_t n) {
  float reciprocal = __frcp_rn(cap);
  map<T, T, 2, 1>(n, {out, dOut}, {dX}, [=](int64_t, const float(&x)[2], float(&y)[1]) {
    float tanh = quotient(x[0], cap, reciprocal);
    y[0] = mul(x[1], sub(1, mul(tanh, tanh)));
  });
}

// out = cap · tanh(x / cap), and dX = dOut · (1 − (out / cap)²).
extern "C" __global__ void __launch_bounds__(THREADS) softcap_f32(const float* x, float cap, float* out, int64_t n) {
  softCap<float, false>(x, cap, out, n);
}
// Four blocks a multiprocessor leave 64 registers a thread; with 32, which ptxas 12.6 chooses otherwise, one is spilled.
extern "C" __global__ void __launch_bounds__(THREADS, 4) softcap_bf16(const bf16* x, float cap, bf16* out, int64_t n) {
  softCap<bf16, true>(x, cap, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) softcap_round(const float* x, float cap, float* out, int64_t n) {
  softCap<float, true>(x, cap, out, n);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    softcap_backward_f32(const float* out, float cap, const float* dOut, float* dX, int64_t n) {
  softCapBackward(out, cap, dOut, dX, n);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    softcap_backward_bf16(const bf16* out, float cap, const bf16* dOut, bf16* dX, int64_t n) {
  softCapBackward(out, cap, dOut, dX, n);
}

// The words of elements first to first + 3, first a multiple of four: one block of Philox.
static __device__ __forceinline__ void philoxWords(uint64_t seed, uint64_t stream, int64_t first, uint32_t (&words)[4]) {
  uint4 block = philoxBlock(seed, stream, first >> 2);
  words[0] = block.x, words[1] = block.y, words[2] = block.z, words[3] = block.w;
}

// out = f(x, out if it is read, whether it is kept); of a group each four elements share a block of Philox.
// First each element drew its block by itself: 44 % of the copy's bandwidth in bf16 on an H100, where ten rounds of two wide products an element
// are some 45 instructions for 4 bytes. With a block for four it is 97 %.
template <int G, class TI, class TO, class F>
static __device__ __forceinline__ void dropGroups(const TI* x, TO* out, bool reads, uint32_t least, uint64_t seed, uint64_t stream,
                                                  int64_t n, F f) {
  constexpr int CHUNK = THREADS * UNROLLED * G;
  int64_t first = (int64_t)blockIdx.x * CHUNK;
  if (groupAligned<TI, G>(x) && groupAligned<TO, G>(out) && first + CHUNK <= n) {
    int64_t at = first + threadIdx.x * G;
    float v[UNROLLED][G], before[UNROLLED][G];
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) loadVector<G>(x + at + u * THREADS * G, v[u]);
    if (reads) {
#pragma unroll
      for (int u = 0; u < UNROLLED; u++) loadVector<G>(out + at + u * THREADS * G, before[u]);
    }
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
#pragma unroll
      for (int g = 0; g < G; g += 4) {
        uint32_t words[4];
        philoxWords(seed, stream, at + u * THREADS * G + g, words);
#pragma unroll
        for (int j = 0; j < 4; j++) v[u][g + j] = f(v[u][g + j], before[u][g + j], words[j] >> 8 >= least);
      }
      storeVector<G>(out + at + u * THREADS * G, v[u]);
    }
  } else {
    int64_t end = first + CHUNK < n ? first + CHUNK : n;
    for (int64_t i = first + threadIdx.x; i < end; i += THREADS) {
      bool kept = philoxWordOfFour(seed, stream, i) >> 8 >= least;
      out[i] = narrowTo<TO>(f(widen(x[i]), reads ? widen(out[i]) : 0.0f, kept));
    }
  }
}

template <class T>
static __device__ __forceinline__ void dropout(const T* x, T* out, uint32_t least, float keep, uint64_t seed,
                                               uint64_t stream, int64_t n) {
  dropGroups<Group<T>::SIZE>(x, out, false, least, seed, stream, n,
                             [=](float v, float, bool kept) { return kept ? mul(v, keep) : 0.0f; });
}

// out = x · keep where the upper 24 bits of its word, four to a block, are at least `least` (p · 2²⁴ rounded up), else 0; keep = 1 / (1 − p), or
// 1 for the mask alone.
extern "C" __global__ void __launch_bounds__(THREADS) dropout_f32(const float* x, float* out, uint32_t least, float keep,
                                                                  uint64_t seed, uint64_t stream, int64_t n) {
  dropout(x, out, least, keep, seed, stream, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) dropout_bf16(const bf16* x, bf16* out, uint32_t least, float keep,
                                                                   uint64_t seed, uint64_t stream, int64_t n) {
  dropout(x, out, least, keep, seed, stream, n);
}

template <class T>
static __device__ __forceinline__ void addDropped(const float* x, T* out, int accumulate, uint32_t least, float keep, uint64_t seed,
                                                  uint64_t stream, int64_t n) {
  if (accumulate) {
    dropGroups<4>(x, out, true, least, seed, stream, n,
                  [=](float v, float before, bool kept) { return kept ? add(before, mul(v, keep)) : before; });
  } else {
    dropGroups<4>(x, out, false, least, seed, stream, n,
                  [=](float v, float, bool kept) { return kept ? mul(v, keep) : 0.0f; });
  }
}

// out = (or +=) dropout of x: what a gradient goes back through.
extern "C" __global__ void __launch_bounds__(THREADS) add_dropped_f32(const float* x, float* out, int accumulate, uint32_t least, float keep,
                                                                      uint64_t seed, uint64_t stream, int64_t n) {
  addDropped(x, out, accumulate, least, keep, seed, stream, n);
}
extern "C" __global__ void __launch_bounds__(THREADS) add_dropped_bf16(const float* x, bf16* out, int accumulate, uint32_t least, float keep,
                                                                       uint64_t seed, uint64_t stream, int64_t n) {
  addDropped(x, out, accumulate, least, keep, seed, stream, n);
}

// out[n, c] = f(x[n, c], own[c], n · C + c) over this block's rows and columns; `own` is made once for a thread's columns.
template <int G, class T, class F>
static __device__ __forceinline__ void mapColumns(const T* x, T* out, int64_t rows, int columns, F f) {
  Columns<G> own(columns);
  bool vector = columns % G == 0 && groupAligned<T, G>(x) && groupAligned<T, G>(out);
  for (int64_t first = (int64_t)blockIdx.y * RUN_ROWS; first < rows; first += (int64_t)gridDim.y * RUN_ROWS) {
    constexpr int ROWS = RUN_ROWS / ROW_LANES;
    float v[ROWS][G];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      int64_t n = first + r * ROW_LANES + threadIdx.y;
      if (n < rows && own.valid > 0) loadGroup<G>(x + n * columns + own.column, own.valid, vector, v[r]);
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      int64_t n = first + r * ROW_LANES + threadIdx.y;
      if (n < rows && own.valid > 0) {
        f(n * columns + own.column, vector, v[r]);
        storeGroup<G>(out + n * columns + own.column, own.valid, vector, v[r]);
      }
    }
  }
}

template <class T>
static __device__ __forceinline__ void addBias(T* x, const T* bias, int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  Columns<G> own(columns);
  float b[G];
  loadGroup<G>(bias + own.column, own.valid, false, b);
  mapColumns<G>(x, x, rows, columns, [&](int64_t, bool, float(&v)[G]) {
#pragma unroll
    for (int j = 0; j < G; j++) v[j] = add(v[j], b[j]);
  });
}

// x[n] += bias.
extern "C" __global__ void __launch_bounds__(THREADS) add_bias_f32(float* x, const float* bias, int64_t rows, int columns) {
  addBias(x, bias, rows, columns);
}
extern "C" __global__ void __launch_bounds__(THREADS) add_bias_bf16(bf16* x, const bf16* bias, int64_t rows, int columns) {
  addBias(x, bias, rows, columns);
}

// magnitude / norm of this thread's columns, less one if told to; each thread of the block divides for one column.
template <int G>
static __device__ __forceinline__ void columnFactors(const Columns<G>& own, const float* magnitude, const float* norm,
                                                     int lessOne, int columns, float (&factor)[G]) {
  static_assert(COLUMN_LANES * G <= COLUMN_LANES * ROW_LANES, "a thread for each column");
  __shared__ float room[COLUMN_LANES * G];
  int t = threadIdx.y * COLUMN_LANES + threadIdx.x;
  int c = blockIdx.x * COLUMN_LANES * G + t;
  if (t < COLUMN_LANES * G) {
    float f = c < columns ? __fdiv_rn(magnitude[c], norm[c]) : 0;
    room[t] = lessOne ? sub(f, 1) : f;
  }
  __syncthreads();
#pragma unroll
  for (int j = 0; j < G; j++) factor[j] = room[threadIdx.x * G + j];
}

template <class T>
static __device__ __forceinline__ void scaleColumns(const T* x, const float* magnitude, const float* norm, int lessOne,
                                                    int accumulate, T* out, int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  Columns<G> own(columns);
  float factor[G];
  columnFactors<G>(own, magnitude, norm, lessOne, columns, factor);
  mapColumns<G>(x, out, rows, columns, [&](int64_t at, bool vector, float(&v)[G]) {
    float before[G];
    if (accumulate) loadGroup<G>(out + at, own.valid, vector, before);
#pragma unroll
    for (int j = 0; j < G; j++) {
      v[j] = mul(v[j], factor[j]);
      if (accumulate) v[j] = add(before[j], v[j]);
    }
  });
}

// out[n, c] = (or +=) x[n, c] · (magnitude[c] / norm[c] [− 1]); magnitude and norm f32. With dOut for x it is the gradient.
extern "C" __global__ void __launch_bounds__(THREADS)
    scale_columns_f32(const float* x, const float* magnitude, const float* norm, int lessOne, int accumulate, float* out,
                      int64_t rows, int columns) {
  scaleColumns(x, magnitude, norm, lessOne, accumulate, out, rows, columns);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    scale_columns_bf16(const bf16* x, const float* magnitude, const float* norm, int lessOne, int accumulate, bf16* out,
                       int64_t rows, int columns) {
  scaleColumns(x, magnitude, norm, lessOne, accumulate, out, rows, columns);
}

template <class T>
static __device__ __forceinline__ void productPartials(const T* a, const T* b, float* partial, int64_t rows,
                                                       int columns) {
  constexpr int G = Group<T>::SIZE;
  bool vector = columns % G == 0 && groupAligned<T, G>(a) && groupAligned<T, G>(b);
  columnPartials<G>(rows, columns, partial, [&](int64_t, int64_t i, int valid, float(&t)[G]) {
    float other[G];
    loadGroup<G>(a + i, valid, vector, t);
    loadGroup<G>(b + i, valid, vector, other);
#pragma unroll
    for (int j = 0; j < G; j++) t[j] *= other[j];
  });
}

template <class T>
static __device__ __forceinline__ void plainPartials(const T* a, float* partial, int64_t rows, int columns) {
  constexpr int G = Group<T>::SIZE;
  bool vector = columns % G == 0 && groupAligned<T, G>(a);
  columnPartials<G>(rows, columns, partial,
                    [&](int64_t, int64_t i, int valid, float(&t)[G]) { loadGroup<G>(a + i, valid, vector, t); });
}

// partial[run, c] = sum over the run's rows of dOut[n, c].
extern "C" __global__ void __launch_bounds__(THREADS)
    add_bias_backward_f32(const float* dOut, float* partial, int64_t rows, int columns) {
  plainPartials(dOut, partial, rows, columns);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    add_bias_backward_bf16(const bf16* dOut, float* partial, int64_t rows, int columns) {
  plainPartials(dOut, partial, rows, columns);
}

// partial[run, c] = sum over the run's rows of dOut[n, c] · x[n, c].
extern "C" __global__ void __launch_bounds__(THREADS)
    scale_columns_backward_magnitude_f32(const float* dOut, const float* x, float* partial, int64_t rows, int columns) {
  productPartials(dOut, x, partial, rows, columns);
}
extern "C" __global__ void __launch_bounds__(THREADS)
    scale_columns_backward_magnitude_bf16(const bf16* dOut, const bf16* x, float* partial, int64_t rows, int columns) {
  productPartials(dOut, x, partial, rows, columns);
}

// out[c] += sum over the runs of partial[run, c], in their order, over divisor[c] where there is one; one thread a column.
extern "C" __global__ void __launch_bounds__(THREADS)
    column_totals(const float* partial, const float* divisor, float* out, int runs, int columns) {
  int c = blockIdx.x * THREADS + threadIdx.x;
  if (c >= columns) return;
  float total = 0;
#pragma unroll 4
  for (int run = 0; run < runs; run++) total += partial[(int64_t)run * columns + c];
  out[c] += divisor ? total / divisor[c] : total;
}
