// Sum of n floats: each block of 32 threads sums its share and leaves it in part[block]; the block that comes last, as a counter tells, sums
// the parts. The warp passes values on through shared memory, as kernels did before shuffles.
extern "C" __global__ void whole_sum(const float* x, float* part, unsigned* counter, float* sum, int n) {
  __shared__ float values[32];
  int lane = threadIdx.x;
  float s = 0;
  for (int i = blockIdx.x * 32 + lane; i < n; i += gridDim.x * 32) s += x[i];
  values[lane] = s;
  __syncwarp();
  s += values[lane ^ 16];
  for (int d = 8; d > 0; d /= 2) s += __shfl_xor_sync(~0u, s, d);
  unsigned before = 0;
  if (lane == 0) {
    part[blockIdx.x] = s;
    __threadfence();
    before = atomicAdd(counter, 1);
  }
  before = __shfl_sync(~0u, before, 0);
  if (before == gridDim.x - 1) {
    float t = 0;
    for (int i = lane; i < gridDim.x; i += 32) t += part[i];
    for (int d = 16; d > 0; d /= 2) t += __shfl_xor_sync(~0u, t, d);
    if (lane == 0) *sum = t;
  }
}
