// Philox4x32-10 (Salmon et al. 2011), the counter-based generator: draw `index` of `stream` under `seed`, as the CPU draws it.
#pragma once
#include <stdint.h>

// The four words of the block at counter (index, stream).
static __device__ __forceinline__ uint4 philoxBlock(uint64_t seed, uint64_t stream, uint64_t index) {
  uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
  uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma unroll
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0;
    uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return make_uint4(c0, c1, c2, c3);
}

// The first two words of the block at counter (index, stream): the second in the upper half.
static __device__ __forceinline__ uint64_t philoxBits(uint64_t seed, uint64_t stream, uint64_t index) {
  uint4 block = philoxBlock(seed, stream, index);
  return (uint64_t)block.y << 32 | block.x;
}

// Four draws a block: word index mod 4 of the block at counter (index / 4, stream).
static __device__ __forceinline__ uint32_t philoxWordOfFour(uint64_t seed, uint64_t stream, uint64_t index) {
  uint4 block = philoxBlock(seed, stream, index >> 2);
  uint32_t even = index & 2 ? block.z : block.x, odd = index & 2 ? block.w : block.y;
  return index & 1 ? odd : even;
}
