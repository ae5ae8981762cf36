// Lion's step (Chen et al. 2023): the sign of a mix of mean and gradient moves each parameter by the rate, then the mean moves on.
//
// param, grad, m f32 [n]; grid n / 1024, block 256, a thread one group of 16 bytes of each of the three arrays. The reference's
// operations in its order, each rounded. Gradients are multiplied by *gradScale first, a number in device memory.
#include "elements.cuh"

constexpr int THREADS = 256;

extern "C" __global__ void __launch_bounds__(THREADS)
    lion(float* param, const float* grad, float* m, const float* gradScale, float decay, float beta1, float beta2,
         float rest1, float rest2, float rate, int64_t n) {
  bool vector = groupAligned<float, 4>(param) && groupAligned<float, 4>(grad) && groupAligned<float, 4>(m);
  int64_t at = ((int64_t)blockIdx.x * THREADS + threadIdx.x) * 4;
  int64_t left = n - at;
  if (left <= 0) return;
  float p[4], g[4], mean[4];
  loadGroup<4>(param + at, left, vector, p);
  loadGroup<4>(grad + at, left, vector, g);
  loadGroup<4>(m + at, left, vector, mean);
  float scale = *gradScale;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    float d = mul(g[j], scale);
    float mix = __fmaf_rn(d, rest1, mul(mean[j], beta1));
    mean[j] = __fmaf_rn(d, rest2, mul(mean[j], beta2));
    p[j] = sub(mul(p[j], decay), mix > 0 ? rate : mix < 0 ? -rate : 0);  // NaN has no sign
  }
  storeGroup<4>(param + at, left, vector, p);
  storeGroup<4>(m + at, left, vector, mean);
}
