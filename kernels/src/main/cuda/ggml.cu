// GGML's block types widened to f32 and bf16, each product and sum rounded in turn as ggml's plain code does, bf16 once at the end.
//
// widen_TYPE_f32 and _bf16: n elements (whole blocks) from source; grid n / 8192, block 256. Blocks have odd sizes (18 to 210 bytes), so
// a thread block first copies the 8192 elements' bytes to shared memory in pieces of 16, then each thread takes groups of
// consecutive elements, which lie in one sub-block, and writes 16 bytes at a time. Layouts: quant's package ggml, whose names the
// comments follow.
#include "elements.cuh"

constexpr int THREADS = 256;
constexpr int CHUNK = 8192;  // elements of a thread block

static __device__ __forceinline__ int low(int q) { return q & 15; }
static __device__ __forceinline__ int high(int q) { return q >> 4; }
static __device__ __forceinline__ int half(int q, bool upper) { return upper ? high(q) : low(q); }
static __device__ __forceinline__ int bit(uint32_t word, int i) { return word >> i & 1; }
static __device__ __forceinline__ int pair(int q, int i) { return q >> 2 * i & 3; }
static __device__ __forceinline__ uint16_t u16(const uint8_t* b) { return *(const uint16_t*)b; }
static __device__ __forceinline__ float scaleAt(const uint8_t* b) { return widen(f16{u16(b)}); }

// Each type widens elements first to first + G of a block, G at most 8 and first a multiple of it.

struct Q4_0 {
  static constexpr int BLOCK = 32, BYTES = 18;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    float d = scaleAt(b);
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = mul(half(b[2 + (first & 15) + j], first >= 16) - 8, d);
  }
};

struct Q4_1 {
  static constexpr int BLOCK = 32, BYTES = 20;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    float d = scaleAt(b), m = scaleAt(b + 2);
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = add(mul(half(b[4 + (first & 15) + j], first >= 16), d), m);
  }
};

struct Q5_0 {
  static constexpr int BLOCK = 32, BYTES = 22;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    float d = scaleAt(b);
    uint32_t fifth = u16(b + 2) | (uint32_t)u16(b + 4) << 16;
#pragma unroll
    for (int j = 0; j < G; j++)
      x[j] = mul(half(b[6 + (first & 15) + j], first >= 16) + 16 * bit(fifth, first + j) - 16, d);
  }
};

struct Q5_1 {
  static constexpr int BLOCK = 32, BYTES = 24;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    float d = scaleAt(b), m = scaleAt(b + 2);
    uint32_t fifth = u16(b + 4) | (uint32_t)u16(b + 6) << 16;
#pragma unroll
    for (int j = 0; j < G; j++)
      x[j] = add(mul(half(b[8 + (first & 15) + j], first >= 16) + 16 * bit(fifth, first + j), d), m);
  }
};

struct Q8_0 {
  static constexpr int BLOCK = 32, BYTES = 34;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    float d = scaleAt(b);
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = mul((int8_t)b[2 + first + j], d);
  }
};

struct Q2_K {
  static constexpr int BLOCK = 256, BYTES = 84;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    int sub = first / 16;
    float scale = mul(scaleAt(b + 80), low(b[sub])), least = mul(scaleAt(b + 82), high(b[sub]));
    const uint8_t* quants = b + 16 + sub / 8 * 32 + sub % 2 * 16 + first % 16;
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = ::sub(mul(scale, pair(quants[j], sub % 8 / 2)), least);
  }
};

struct Q3_K {
  static constexpr int BLOCK = 256, BYTES = 110;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    int sub = first / 16;
    int six = half(b[96 + sub % 8], sub >= 8) + 16 * pair(b[104 + sub % 4], sub / 4);
    float scale = mul(scaleAt(b + 108), six - 32);
    const uint8_t* quants = b + 32 + sub / 8 * 32 + sub % 2 * 16 + first % 16;
    const uint8_t* thirds = b + sub % 2 * 16 + first % 16;
#pragma unroll
    for (int j = 0; j < G; j++)
      x[j] = mul(scale, pair(quants[j], sub % 8 / 2) - 4 + 4 * bit(thirds[j], sub / 2));
  }
};

// The 6-bit scale and minimum of sub-block `sub` in the twelve bytes that Q4_K and Q5_K have.
static __device__ __forceinline__ void sixBits(const uint8_t* b, int sub, int& scale, int& least) {
  if (sub < 4) {
    scale = b[sub] & 63;
    least = b[sub + 4] & 63;
  } else {
    scale = low(b[sub + 4]) + 16 * pair(b[sub - 4], 3);
    least = high(b[sub + 4]) + 16 * pair(b[sub], 3);
  }
}

struct Q4_K {
  static constexpr int BLOCK = 256, BYTES = 144;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    int sub = first / 32, six, sixLeast;
    sixBits(b + 4, sub, six, sixLeast);
    float scale = mul(scaleAt(b), six), least = mul(scaleAt(b + 2), sixLeast);
    const uint8_t* quants = b + 16 + sub / 2 * 32 + first % 32;
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = ::sub(mul(scale, half(quants[j], sub & 1)), least);
  }
};

struct Q5_K {
  static constexpr int BLOCK = 256, BYTES = 176;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    int sub = first / 32, six, sixLeast;
    sixBits(b + 4, sub, six, sixLeast);
    float scale = mul(scaleAt(b), six), least = mul(scaleAt(b + 2), sixLeast);
    const uint8_t* quants = b + 48 + sub / 2 * 32 + first % 32;
    const uint8_t* fifths = b + 16 + first % 32;
#pragma unroll
    for (int j = 0; j < G; j++)
      x[j] = ::sub(mul(scale, half(quants[j], sub & 1) + 16 * bit(fifths[j], sub)), least);
  }
};

struct Q6_K {
  static constexpr int BLOCK = 256, BYTES = 210;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float*, float (&x)[G]) {
    int part = first / 128, quarter = first % 128 / 32, l = first % 32;
    float scale = mul(scaleAt(b + 208), (int8_t)b[192 + part * 8 + quarter * 2 + l / 16]);
    const uint8_t* quants = b + part * 64 + quarter % 2 * 32 + l;
    const uint8_t* uppers = b + 128 + part * 32 + l;
#pragma unroll
    for (int j = 0; j < G; j++)
      x[j] = mul(scale, half(quants[j], quarter >= 2) + 16 * pair(uppers[j], quarter) - 32);
  }
};

struct IQ4_NL {
  static constexpr int BLOCK = 32, BYTES = 18;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float* levels, float (&x)[G]) {
    float d = scaleAt(b);
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = mul(d, levels[half(b[2 + (first & 15) + j], first >= 16)]);
  }
};

struct IQ4_XS {
  static constexpr int BLOCK = 256, BYTES = 136;
  template <int G>
  static __device__ __forceinline__ void widenGroup(const uint8_t* b, int first, const float* levels, float (&x)[G]) {
    int sub = first / 32;
    int six = half(b[4 + sub / 2], sub & 1) + 16 * pair(u16(b + 2), sub);
    float scale = mul(scaleAt(b), six - 32);
    const uint8_t* quants = b + 8 + sub * 16 + first % 16;
#pragma unroll
    for (int j = 0; j < G; j++) x[j] = mul(scale, levels[half(quants[j], first % 32 >= 16)]);
  }
};

// ggml's kvalues_iq4nl, a byte each: -127 -104 -83 -65 -49 -35 -22 -10 1 13 25 38 53 69 89 113.
static __device__ __forceinline__ float level(int i) {
  uint64_t eight = i < 8 ? 0xF6EADDCFBFAD9881u : 0x7159453526190D01u;
  return (int8_t)(eight >> 8 * (i & 7));
}

template <class B, class T>
static __device__ __forceinline__ void widenBlocks(const uint8_t* source, T* out, int64_t n) {
  constexpr int G = Group<T>::SIZE;
  constexpr int BYTES = CHUNK / B::BLOCK * B::BYTES;
  static_assert(BYTES % 16 == 0, "chunks begin at multiples of 16 bytes");
  __shared__ __align__(16) uint8_t bytes[BYTES];
  __shared__ float levels[16];
  if (threadIdx.x < 16) levels[threadIdx.x] = level(threadIdx.x);
  int64_t first = (int64_t)blockIdx.x * CHUNK;
  int count = n - first < CHUNK ? (int)(n - first) : CHUNK;
  const uint8_t* from = source + (int64_t)blockIdx.x * BYTES;
  int size = count / B::BLOCK * B::BYTES;
  int pieces = ((uintptr_t)source & 15) == 0 ? size / 16 : 0;
#pragma unroll
  for (int k = 0; k < (BYTES / 16 + THREADS - 1) / THREADS; k++) {
    int i = k * THREADS + threadIdx.x;
    if (i < pieces) ((uint4*)bytes)[i] = ((const uint4*)from)[i];
  }
  for (int i = pieces * 16 + threadIdx.x; i < size; i += THREADS) bytes[i] = from[i];
  __syncthreads();
  bool vector = groupAligned<T, G>(out);
#pragma unroll 4
  for (int i = threadIdx.x * G; i < count; i += THREADS * G) {
    float x[G];
    B::template widenGroup<G>(bytes + i / B::BLOCK * B::BYTES, i % B::BLOCK, levels, x);
    storeGroup<G>(out + first + i, count - i, vector, x);
  }
}

#define WIDEN(NAME, TYPE)                                                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS) widen_##NAME##_f32(const uint8_t* source, float* out,         \
                                                                           int64_t n) {                               \
    widenBlocks<TYPE>(source, out, n);                                                                                \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS) widen_##NAME##_bf16(const uint8_t* source, bf16* out,         \
                                                                            int64_t n) {                              \
    widenBlocks<TYPE>(source, out, n);                                                                                \
  }

WIDEN(q4_0, Q4_0)
WIDEN(q4_1, Q4_1)
WIDEN(q5_0, Q5_0)
WIDEN(q5_1, Q5_1)
WIDEN(q8_0, Q8_0)
WIDEN(q2_k, Q2_K)
WIDEN(q3_k, Q3_K)
WIDEN(q4_k, Q4_K)
WIDEN(q5_k, Q5_K)
WIDEN(q6_k, Q6_K)
WIDEN(iq4_nl, IQ4_NL)
WIDEN(iq4_xs, IQ4_XS)
