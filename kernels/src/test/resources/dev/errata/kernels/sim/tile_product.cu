// C[16, 8] = A[16, K] · B[8, K] in bf16 by one warp of each block (K a multiple of 32): a ring of two stages of 32 columns that four warps
// fill by cp.async and the first reads by ldmatrix. Launch: 128 threads. Every block makes the same product into its own C.
#include <stdint.h>
extern "C" __global__ void tile_product(const uint16_t* a, const uint16_t* b, float* c, int k) {
  __shared__ __align__(128) uint16_t ring[2][24][40];  // rows of 80 bytes, so that ldmatrix meets no bank twice
  int t = threadIdx.x, lane = t % 32;
  auto fill = [&](int stage, int k0) {
    if (t < 96) {
      int row = t / 4, column = t % 4 * 8;
      const uint16_t* from = (row < 16 ? a + row * k : b + (row - 16) * k) + k0 + column;
      uint32_t to = (uint32_t)__cvta_generic_to_shared(&ring[stage][row][column]);
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from));
    }
    asm volatile("cp.async.commit_group;");
  };
  float d[4] = {0, 0, 0, 0};
  fill(0, 0);
  for (int k0 = 0; k0 < k; k0 += 32) {
    int stage = k0 / 32 % 2;
    if (k0 + 32 < k) {
      fill(stage ^ 1, k0 + 32);
      asm volatile("cp.async.wait_group 1;" ::: "memory");
    } else {
      asm volatile("cp.async.wait_group 0;" ::: "memory");
    }
    __syncthreads();
    if (t < 32) {
#pragma unroll
      for (int step = 0; step < 2; step++) {
        uint32_t x[4], y[2];
        uint32_t atA = (uint32_t)__cvta_generic_to_shared(&ring[stage][lane % 16][step * 16 + lane / 16 * 8]);
        uint32_t atB = (uint32_t)__cvta_generic_to_shared(&ring[stage][16 + lane % 8][step * 16 + lane / 8 % 2 * 8]);
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(x[0]), "=r"(x[1]), "=r"(x[2]), "=r"(x[3]) : "r"(atA));
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];" : "=r"(y[0]), "=r"(y[1]) : "r"(atB));
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                     : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(y[0]), "r"(y[1]));
      }
    }
    __syncthreads();
  }
  if (t < 32) {
    float* to = c + blockIdx.x * 128 + lane / 4 * 8 + lane % 4 * 2;
    to[0] = d[0];
    to[1] = d[1];
    to[64] = d[2];
    to[65] = d[3];
  }
}
