// Weights in 4 bits as bitsandbytes stores them: element i of the flat row-major matrix is code[nibble i] · absmax[i / block],
// rounded to f32 and then to the type that the weight had. The first of two elements lies in a byte's high nibble. With
// double quantization the scale of block b is nestedCode[absmax[b]] · nestedAbsmax[b / 256] + offset, each step rounded.
#pragma once
#include "elements.cuh"

// What a weight's elements are rounded to when they are widened.
enum Rounding { TO_F32 = 0, TO_BF16 = 1, TO_F16 = 2 };

template <int ROUNDING>
static __device__ __forceinline__ float rounded(float x) {
  return ROUNDING == TO_BF16 ? roundToBf16(x) : ROUNDING == TO_F16 ? roundToF16(x) : x;
}

// A block's scale as it is in memory: itself, or its code and the nested scale.
struct StoredScale {
  float value;
  int coded;
};

// A weight as a block of threads sees it.
struct FourBit {
  const uint8_t* packed;
  const float* code;          // [16] in shared memory, where 16 values never share a bank
  const float* absmax;        // f32 [blocks], or null
  const uint8_t* codedAbsmax; // U8 [blocks] where double quantized
  const float* nestedAbsmax;
  const float* nestedCode;    // [256] in shared memory
  float offset;
  int blockShift;             // log2 of the elements of a block, at least 5

  __device__ __forceinline__ StoredScale storedScale(int64_t element) const {
    int64_t block = element >> blockShift;
    if (absmax) return {absmax[block], 0};
    return {nestedAbsmax[block >> 8], codedAbsmax[block]};
  }

  __device__ __forceinline__ float scale(StoredScale stored) const {
    return absmax ? stored.value : add(mul(nestedCode[stored.coded], stored.value), offset);
  }

  __device__ __forceinline__ float scale(int64_t element) const { return scale(storedScale(element)); }

  template <int ROUNDING>
  __device__ __forceinline__ float element(int64_t i) const {
    int pair = packed[i >> 1];
    return rounded<ROUNDING>(mul(code[i & 1 ? pair & 15 : pair >> 4], scale(i)));
  }
};

// Room for the two tables of a weight.
struct FourBitTables {
  float code[16];
  float nestedCode[256];
};

// Ends with a barrier; nestedCode may be null.
static __device__ __forceinline__ void fillTables(FourBitTables& tables, const float* code, const float* nestedCode) {
  int t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  int threads = blockDim.x * blockDim.y * blockDim.z;
  for (int i = t; i < 16; i += threads) tables.code[i] = code[i];
  if (nestedCode)
    for (int i = t; i < 256; i += threads) tables.nestedCode[i] = nestedCode[i];
  __syncthreads();
}

// A weight whose tables are still to be filled. `absmax` is U8 where there is a nestedAbsmax, else f32.
static __device__ __forceinline__ FourBit fourBit(FourBitTables& tables, const uint8_t* packed, const float* code,
                                                  const void* absmax, const float* nestedAbsmax,
                                                  const float* nestedCode, float offset, int blockShift) {
  return {packed,
          tables.code,
          nestedAbsmax ? nullptr : (const float*)absmax,
          (const uint8_t*)absmax,
          nestedAbsmax,
          tables.nestedCode,
          offset,
          blockShift};
}

// The same with filled tables.
static __device__ __forceinline__ FourBit openFourBit(FourBitTables& tables, const uint8_t* packed, const float* code,
                                                      const void* absmax, const float* nestedAbsmax,
                                                      const float* nestedCode, float offset, int blockShift) {
  fillTables(tables, code, nestedAbsmax ? nestedCode : nullptr);
  return fourBit(tables, packed, code, absmax, nestedAbsmax, nestedCode, offset, blockShift);
}

// The nibble of element j of a little-endian word of 8 elements.
static __device__ __forceinline__ int nibble(uint32_t word, int j) { return word >> (j * 4 ^ 4) & 15; }

#define FOUR_BIT_PARAMETERS                                                                                           \
  const uint8_t *packed, const float *code, const void *absmax, const float *nestedAbsmax, const float *nestedCode,   \
      float offset, int blockShift
#define FOUR_BIT_ARGUMENTS packed, code, absmax, nestedAbsmax, nestedCode, offset, blockShift
