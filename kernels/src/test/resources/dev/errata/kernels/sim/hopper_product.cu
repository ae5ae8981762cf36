// C[64, 64] = A[64, K] · B[64, K] in bf16 (K a multiple of 64) by one warpgroup: thread 0 loads 64x64 tiles of both by TMA into two stages,
// wgmma multiplies them, and the result leaves as bf16 by TMA. Launch: 128 threads, 1 block, 34,000 bytes of dynamic shared memory.
#include <stdint.h>
struct __align__(64) TensorMap { unsigned char bytes[128]; };
static __device__ __forceinline__ void await(uint32_t barrier, uint32_t parity) {
  uint32_t over;
  do {
    asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}"
                 : "=r"(over) : "r"(barrier), "r"(parity) : "memory");
  } while (!over);
}
extern "C" __global__ void hopper_product(const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b,
                                          const __grid_constant__ TensorMap c, int k) {
  extern __shared__ __align__(1024) unsigned char shared[];
  uint32_t base = ((uint32_t)__cvta_generic_to_shared(shared) + 1023) & ~1023u, full = base + 32768;
  int t = threadIdx.x, lane = t % 32;
  if (t == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(full) : "memory");
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(full + 8) : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  __syncthreads();
  auto load = [&](int tile) {
    uint32_t to = base + tile % 2 * 16384, barrier = full + tile % 2 * 8;
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(16384) : "memory");
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(to), "l"(&a),
                 "r"(tile * 64), "r"(0), "r"(barrier) : "memory");
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(to + 8192),
                 "l"(&b), "r"(tile * 64), "r"(0), "r"(barrier) : "memory");
  };
  float d[32];
#pragma unroll
  for (int i = 0; i < 32; i++) d[i] = 0;
  if (t == 0) load(0);
  for (int tile = 0; tile < k / 64; tile++) {
    if (t == 0 && (tile + 1) * 64 < k) load(tile + 1);
    await(full + tile % 2 * 8, tile / 2 % 2);
    uint32_t at = base + tile % 2 * 16384;
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
    for (int step = 0; step < 4; step++) {
      uint64_t x = (at & 0x3ffff) >> 4 | (uint64_t)64 << 32 | (uint64_t)1 << 62, y = x + 512;
      x += step * 2;
      y += step * 2;
      asm volatile(
          "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, "
          "%17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, %32, %33, 1, 1, 1, 0, 0;"
          : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]),
            "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]),
            "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]),
            "+f"(d[31])
          : "l"(x), "l"(y));
    }
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
    __syncthreads();
  }
  int row = t / 32 * 16 + lane / 4;
#pragma unroll
  for (int i = 0; i < 32; i++) {
    int r = row + i % 4 / 2 * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
    uint32_t to = base + r * 128 + (column / 8 ^ r % 8) * 16 + column % 8 * 2;
    uint16_t bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(d[i]));
    asm volatile("st.shared.u16 [%0], %1;" ::"r"(to), "h"(bits) : "memory");
  }
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (t == 0) {
    asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%1, %2}], [%3];" ::"l"(&c), "r"(0), "r"(0), "r"(base) : "memory");
    asm volatile("cp.async.bulk.commit_group;" ::: "memory");
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
  }
}
