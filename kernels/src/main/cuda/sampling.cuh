// What a row of logits asks for when its next token is chosen, for sampling.cu and sampling_slices.cu.
#pragma once
#include "elements.cuh"
#include "philox.cuh"

constexpr int BINS = 256;       // of a pass of a radix search
constexpr int TO_GENERAL = -2;  // in place of a token, where `sample` of sampling.cu is to choose it

// What the slots hold; columns as SamplingRules has them.
struct Slots {
  const double* settings;     // [slots, 7]: temperature, top-k, top-p, min-p, typical-p, repetition penalty, n-gram size
  const long long* keys;      // [slots, 3]: seed, stream, origin of the counter
  const int* forbidden;       // tokens
  const int* parts;           // [slots, 2]: from and to in them
  int* history;               // [slots, capacity]
  int* lengths;               // [slots]
  int slots;
  int capacity;
};

// What one row asks for.
struct Request {
  double topP;      // 1: off
  double minP;      // 0: off
  double typicalP;  // 1: off
  uint64_t seed;
  uint64_t stream;
  uint64_t index;
  const int* history;
  const int* forbidden;
  float temperature;  // 0: the most likely token
  float penalty;      // 1: off
  int topK;           // 0: off
  int ngram;          // 0: off
  int length;         // of the history
  int forbiddenCount;
  int slot;  // −1 where there is none, or no room for a token
};

static __device__ __forceinline__ int lane() { return threadIdx.x & 31; }
static __device__ __forceinline__ int warp() { return threadIdx.x >> 5; }

// Floats as integers that have their order.
static __device__ __forceinline__ uint32_t ordered(float x) {
  uint32_t bits = __float_as_uint(x);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static __device__ __forceinline__ float unordered(uint32_t key) { return __uint_as_float(key & 0x80000000u ? key & 0x7fffffffu : ~key); }

// Of masses in bins, of which each lane of a warp has its neighbouring ones: the first bin at which `base` and the masses so far pass
// `threshold`, or the last that has a mass. The lane that holds it calls found(bin, base and the masses of all lower bins).
template <class Found>
static __device__ __forceinline__ void chooseBin(const long long (&own)[BINS / 32], long long base, long long threshold, Found found) {
  long long total = 0;
#pragma unroll
  for (int b = 0; b < BINS / 32; b++) total += own[b];
  long long sum = total;
#pragma unroll
  for (int d = 1; d < 32; d <<= 1) {
    long long lower = __shfl_up_sync(~0u, sum, d);
    if (lane() >= d) sum += lower;
  }
  uint32_t passing = __ballot_sync(~0u, base + sum > threshold);
  uint32_t massive = __ballot_sync(~0u, total > 0);
  int chosen = passing ? __ffs(passing) - 1 : massive ? 31 - __clz(massive) : 31;
  if (lane() == chosen) {
    long long below = base + sum - total;
    int bin = -1, last = 0;
    long long lastBelow = below;
#pragma unroll
    for (int b = 0; b < BINS / 32; b++) {
      if (bin < 0) {
        if (own[b] > 0) last = b, lastBelow = below;
        if (below + own[b] > threshold) {
          bin = b;
        } else {
          below += own[b];
        }
      }
    }
    if (bin < 0) bin = last, below = lastBelow;
    found(chosen * (BINS / 32) + bin, below);
  }
}

// The row's number in [0, 1).
static __device__ __forceinline__ double uniformOf(const Request& r) {
  return (double)(philoxBits(r.seed, r.stream, r.index) >> 11) * (1.0 / 9007199254740992.0);
}

// Whether the tokens from `start` on begin an n-gram whose beginning is the end of the history.
static __device__ __forceinline__ bool wouldRepeat(const Request& r, int start) {
  const int* tail = r.history + r.length - (r.ngram - 1);
  for (int i = 0; i < r.ngram - 1; i++)
    if (r.history[start + i] != tail[i]) return false;
  return true;
}

static __device__ __forceinline__ Request requestOf(const Slots& from, int slot) {
  Request r;
  r.slot = -1;
  if (slot < 0 || slot >= from.slots) return r;
  r.length = from.lengths[slot];
  if (r.length < 0 || r.length >= from.capacity) return r;
  r.slot = slot;
  const double* settings = from.settings + (int64_t)slot * 7;
  r.temperature = (float)settings[0];
  r.topK = (int)settings[1];
  r.topP = settings[2];
  r.minP = settings[3];
  r.typicalP = settings[4];
  r.penalty = (float)settings[5];
  r.ngram = (int)settings[6];
  const long long* keys = from.keys + (int64_t)slot * 3;
  r.seed = keys[0];
  r.stream = keys[1];
  r.index = r.length - keys[2];
  r.history = from.history + (int64_t)slot * from.capacity;
  int first = from.parts[2 * slot];
  r.forbidden = from.forbidden + first;
  r.forbiddenCount = from.parts[2 * slot + 1] - first;
  return r;
}

// Whether sampling.cu chooses from the first.
static __device__ __forceinline__ bool isGeneral(const Request& r, int vocabulary) {
  return (r.topK > 0 && r.topK < vocabulary) || r.minP > 0 || r.typicalP < 1;
}

static __device__ __forceinline__ void append(const Slots& from, const Request& r, int token) {
  from.history[(int64_t)r.slot * from.capacity + r.length] = token;
  from.lengths[r.slot] = r.length + 1;
}

#define SLOTS                                                                                                          \
  const int* slots, const double* settings, const long long* keys, const int* forbidden, const int* parts, int* history, \
      int* lengths, int slotCount, int capacity
#define FROM Slots from{settings, keys, forbidden, parts, history, lengths, slotCount, capacity}
