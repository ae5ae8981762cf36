// AdamW with f32 or 8-bit moments, and the norm of the gradients.
//
// adamw: param, grad, m, v f32 [n]; grid n / 1024, block 256, a thread one group of 16 bytes of each of the four arrays.
// adamw_8bit: moments as codes U8 [n] and absmax f32 [n / 256 rounded up] through maps f32 [256] (bitsandbytes' blockwise
// AdamW8bit, Dettmers and others 2022); block 256, a warp one block of 256 elements at a time, eight a lane; any grid, best three blocks a
// multiprocessor, since each makes the tables by which codes are found (nearest.cuh). Moments live in registers between widening and quantizing. 89 % of the
// copy's bandwidth on an H100 (40 M parameters); with a search by halves it was 53 to 64 %, bound by its 16 dependent look-ups an element. Loading the next block's
// elements ahead and dividing by a reciprocal brought nothing more.
// Both do the reference's operations in its order, each rounded, and have its bits. `shadow`, if not null, gets the new
// parameters in bf16, for products that read them so. Gradients are multiplied by *gradScale first, a number in device memory, so that
// clipping needs no wait for the host.
// sum_squares, sum_f32: partial f64 [n / 16384 rounded up], one a block of 256; sum_total adds them in order in one block.
// clip_scale: one thread; what sum_total left becomes the factor of gradients.
#include "eightbit.cuh"

constexpr int THREADS = 256;

// The factors of one step, rounded to f32 from double on the host.
struct Step {
  float decay;  // 1 − lr · weight decay
  float beta1;
  float beta2;
  float rest1;  // 1 − β1
  float rest2;
  float rate;   // lr / (1 − β1ᵗ), negative for 8-bit moments
  float root;   // √(1 − β2ᵗ)
  float eps;
};

extern "C" __global__ void __launch_bounds__(THREADS)
    adamw(float* param, const float* grad, float* m, float* v, bf16* shadow, const float* gradScale, float decay,
          float beta1, float beta2, float rest1, float rest2, float rate, float root, float eps, int64_t n) {
  bool vector = groupAligned<float, 4>(param) && groupAligned<float, 4>(grad) && groupAligned<float, 4>(m) &&
                groupAligned<float, 4>(v) && groupAligned<bf16, 4>(shadow);
  int64_t at = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * 4;
  int64_t left = n - at;
  if (left <= 0) return;
  float p[4], g[4], mean[4], variance[4];
  loadGroup<4>(param + at, left, vector, p);
  loadGroup<4>(grad + at, left, vector, g);
  loadGroup<4>(m + at, left, vector, mean);
  loadGroup<4>(v + at, left, vector, variance);
  float scale = *gradScale;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    float d = mul(g[j], scale);
    mean[j] = __fmaf_rn(mean[j], beta1, mul(d, rest1));
    variance[j] = __fmaf_rn(variance[j], beta2, mul(mul(d, d), rest2));
    float denominator = add(__fdiv_rn(__fsqrt_rn(variance[j]), root), eps);
    p[j] = sub(mul(p[j], decay), mul(rate, __fdiv_rn(mean[j], denominator)));
  }
  storeGroup<4>(m + at, left, vector, mean);
  storeGroup<4>(v + at, left, vector, variance);
  storeGroup<4>(param + at, left, vector, p);
  if (shadow) storeGroup<4>(shadow + at, left, vector, p);
}

// Elements 4 h to 4 h + 3 of a lane, for which a block has room from `valid` elements on.
template <bool WHOLE>
static __device__ __forceinline__ void loadPart(const float* from, int64_t valid, float (&x)[LANE], int h) {
  float part[4];
  loadGroup<4>(from, WHOLE ? 4 : valid, WHOLE, part);
#pragma unroll
  for (int j = 0; j < 4; j++) x[h * 4 + j] = part[j];
}

// The access of 16 bytes is spelled out: the compiler makes four of it where that saves moves between registers.
template <bool WHOLE>
static __device__ __forceinline__ void storePart(float* to, int64_t valid, const float (&x)[LANE], int h) {
  if (WHOLE) {
    asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(to), "f"(x[h * 4]), "f"(x[h * 4 + 1]), "f"(x[h * 4 + 2]), "f"(x[h * 4 + 3])
                 : "memory");
  } else {
    float part[4] = {x[h * 4], x[h * 4 + 1], x[h * 4 + 2], x[h * 4 + 3]};
    storeGroup<4>(to, valid, false, part);
  }
}

template <bool WHOLE>
static __device__ __forceinline__ void storePart(bf16* to, int64_t valid, const float (&x)[LANE], int h) {
  float part[4] = {x[h * 4], x[h * 4 + 1], x[h * 4 + 2], x[h * 4 + 3]};
  storeGroup<4>(to, WHOLE ? 4 : valid, WHOLE, part);
}

// Moments in 8 bits and what codes are looked up in.
struct CodedMoments {
  float maps[2][256];
  Nearest<SignedCells, 256> mean;
  Nearest<UnsignedCells, 256> variance;
};

// One block of 256 elements by a warp.
template <bool WHOLE>
static __device__ __forceinline__ void adamwBlock(const CodedMoments& coded, float* param, const float* grad, const EightBit& m, const EightBit& v,
                                                  bf16* shadow, float scale, const Step& step, int64_t block, int64_t n) {
  int lane = threadIdx.x & 31;
  int count = WHOLE || n - block * BLOCK >= BLOCK ? BLOCK : (int)(n - block * BLOCK);
  float p[LANE], g[LANE], mean[LANE], variance[LANE];
  uint32_t mPacked[2], vPacked[2];
#pragma unroll
  for (int h = 0; h < 2; h++) {
    int64_t at = block * BLOCK + placeOf(lane, h * 4);
    loadPart<WHOLE>(param + at, n - at, p, h);
    loadPart<WHOLE>(grad + at, n - at, g, h);
  }
  readCodes<WHOLE>(m, block, lane, count, mPacked);
  readCodes<WHOLE>(v, block, lane, count, vPacked);
  float mScale = m.absmax[block], vScale = v.absmax[block];
  widenCodes(coded.maps[0], mPacked, mScale, mean);
  widenCodes(coded.maps[1], vPacked, vScale, variance);
#pragma unroll
  for (int j = 0; j < LANE; j++) {
    float d = mul(g[j], scale);
    mean[j] = __fmaf_rn(d, step.rest1, mul(mean[j], step.beta1));
    variance[j] = __fmaf_rn(mul(d, step.rest2), d, mul(variance[j], step.beta2));
    float denominator = add(__fdiv_rn(__fsqrt_rn(variance[j]), step.root), step.eps);
    p[j] = add(mul(p[j], step.decay), __fdiv_rn(mul(mean[j], step.rate), denominator));
  }
#pragma unroll
  for (int h = 0; h < 2; h++) {
    int64_t at = block * BLOCK + placeOf(lane, h * 4);
    storePart<WHOLE>(param + at, n - at, p, h);
    if (shadow) storePart<WHOLE>(shadow + at, n - at, p, h);
  }
  quantize<WHOLE>(m, coded.mean, block, lane, count, mean);
  quantize<WHOLE>(v, coded.variance, block, lane, count, variance);
}

extern "C" __global__ void __launch_bounds__(THREADS, 3)
    adamw_8bit(float* param, const float* grad, uint8_t* mCodes, float* mAbsmax, const float* mMap, uint8_t* vCodes,
               float* vAbsmax, const float* vMap, bf16* shadow, const float* gradScale, float decay, float beta1,
               float beta2, float rest1, float rest2, float rate, float root, float eps, int64_t n) {
  __shared__ CodedMoments coded;
  int t = threadIdx.x;
  EightBit m{mCodes, mAbsmax}, v{vCodes, vAbsmax};
  Step step{decay, beta1, beta2, rest1, rest2, rate, root, eps};
  coded.maps[0][t] = mMap[t];
  coded.maps[1][t] = vMap[t];
  __syncthreads();
  bool whole = !prepare(coded.mean, coded.maps[0]);
  whole &= !prepare(coded.variance, coded.maps[1]);
  whole &= groupAligned<float, 4>(param) && groupAligned<float, 4>(grad) && groupAligned<bf16, 4>(shadow) &&
           (((uintptr_t)mCodes | (uintptr_t)vCodes) & 3) == 0;
  float scale = *gradScale;
  int64_t stride = (int64_t)gridDim.x * (THREADS / 32);
#pragma unroll 1
  for (int64_t block = (int64_t)blockIdx.x * (THREADS / 32) + (t >> 5); block * BLOCK < n; block += stride) {
    if (whole && n - block * BLOCK >= BLOCK) {
      adamwBlock<true>(coded, param, grad, m, v, shadow, scale, step, block, n);
    } else {
      adamwBlock<false>(coded, param, grad, m, v, shadow, scale, step, block, n);
    }
  }
}

static __device__ __forceinline__ double blockSum(double x, double* room) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(~0u, x, d);
  if ((threadIdx.x & 31) == 0) room[threadIdx.x >> 5] = x;
  __syncthreads();
  double sum = 0;
#pragma unroll
  for (int w = 0; w < THREADS / 32; w++) sum += room[w];
  return sum;
}

constexpr int CHUNK = 16384;  // elements of one partial sum

// partial[block] = sum of f(x) over its elements; each thread adds its own in order, then a tree.
template <class F>
static __device__ __forceinline__ void sums(const float* x, double* partial, int64_t n, F f) {
  __shared__ double room[THREADS / 32];
  bool vector = groupAligned<float, 4>(x);
  int64_t first = (int64_t)blockIdx.x * CHUNK + threadIdx.x * 4;
  double sum = 0;
  for (int k = 0; k < CHUNK; k += 4 * THREADS * 4) {
    float v[4][4];
#pragma unroll
    for (int u = 0; u < 4; u++) {
      int64_t at = first + k + u * THREADS * 4;
      loadGroup<4>(x + at, n - at, vector, v[u]);
    }
#pragma unroll
    for (int u = 0; u < 4; u++)
#pragma unroll
      for (int j = 0; j < 4; j++) sum = f(sum, (double)v[u][j]);
  }
  sum = blockSum(sum, room);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// partial[block] = sum of squares.
extern "C" __global__ void __launch_bounds__(THREADS) sum_squares(const float* x, double* partial, int64_t n) {
  sums(x, partial, n, [](double sum, double v) { return fma(v, v, sum); });
}

// partial[block] = sum, for the mean of 4-bit scales.
extern "C" __global__ void __launch_bounds__(THREADS) sum_f32(const float* x, double* partial, int64_t n) {
  sums(x, partial, n, [](double sum, double v) { return sum + v; });
}

// out[0] = (or +=) the sum of the partial sums; one block.
extern "C" __global__ void __launch_bounds__(THREADS)
    sum_total(const double* partial, double* out, int64_t count, int accumulate) {
  __shared__ double room[THREADS / 32];
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += THREADS) sum += partial[i];
  sum = blockSum(sum, room);
  if (threadIdx.x == 0) out[0] = accumulate ? out[0] + sum : sum;
}

// gradScale = min(1, limit / (√squares + 1e-6)), as torch's clip_grad_norm_; a limit of 0 means 1.
extern "C" __global__ void clip_scale(const double* squares, double limit, float* gradScale) {
  double factor = limit / (sqrt(*squares) + 1e-6);
  // a norm that is NaN stays one
  *gradScale = limit == 0 || factor > 1 ? 1 : (float)factor;
}
