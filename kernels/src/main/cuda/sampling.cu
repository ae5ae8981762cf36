// The next token of each row, after transformers' processors in generate()'s order: repetition penalty and forbidden tokens,
// temperature, top-k, top-p, min-p, typical-p; then one uniform number decides.
//
// logits [rows, V] → out I32 [rows] for the rows that sampling_slices.cu, launched before, leaves: those with top-k, min-p or typical-p, and where out is −2.
// A token, or −1 where there is none to choose. Grid rows, block 1024, one row a block.
//
// `work` is f64 [rows, V]: first the scores (f32 values), then e^(score − largest) over their sum: probabilities, 0 for what was dropped. Each exponential
// is computed once, in double as on the CPU; what survives a processor is divided by its sum where the next one reads it. Sorting is avoided. "Drop the least
// likely tokens while their sum stays at or below 1 − p" is a cut in the order of (probability as f32, token): a radix search, eight bits of the key a pass,
// sums the mass in each of 256 bins and goes on in the bin where the sum passes; then a walk in token order settles which of equal keys fall. Masses are integers,
// multiples of 2⁻⁶⁰, so sums in shared memory by atomics have the same bits in any order, and a running sum over the vocabulary can be split among warps. They
// and the CPU's sums of doubles differ by less than 2⁻⁴⁰.
#include "sampling.cuh"

constexpr int THREADS = 1024;
constexpr int WARPS = THREADS / 32;
constexpr int COPIES = 8;  // histograms that share the atomics: lanes next to each other mostly hit the same few bins
constexpr double ONE = 1152921504606846976.0;  // 2⁶⁰

struct Shared {
  Request request;
  uint32_t low[COPIES][BINS + 1];  // sums of masses modulo 2³²; one more, so that copies of a bin lie in different banks
  uint32_t high[COPIES][BINS + 1];
  double doubles[WARPS];
  float floats[WARPS];
  int ints[WARPS];
  long long masses[WARPS];
  long long base;
  uint32_t prefix;
  int token;
};

// Sum over the block by a fixed tree.
static __device__ double blockSum(Shared& s, double x) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(~0u, x, d);
  __syncthreads();
  if (lane() == 0) s.doubles[warp()] = x;
  __syncthreads();
  double sum = 0;
  for (int w = 0; w < WARPS; w++) sum += s.doubles[w];
  return sum;
}

static __device__ double blockMax(Shared& s, double x) {
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) x = fmax(x, __shfl_xor_sync(~0u, x, d));
  __syncthreads();
  if (lane() == 0) s.doubles[warp()] = x;
  __syncthreads();
  double max = s.doubles[0];
  for (int w = 1; w < WARPS; w++) max = fmax(max, s.doubles[w]);
  return max;
}

// f(token, logit) for this thread's logits, its tokens in ascending order; four groups of 16 bytes are under way where
// the row allows it.
template <class T, class F>
static __device__ __forceinline__ void eachLogit(const T* logits, int vocabulary, F f) {
  constexpr int G = Group<T>::SIZE;
  constexpr int UNROLLED = 4;
  if (vocabulary % G == 0 && groupAligned<T, G>(logits)) {
#pragma unroll 1
    for (int first = threadIdx.x * G; first < vocabulary; first += THREADS * G * UNROLLED) {
      uint4 groups[UNROLLED];
#pragma unroll
      for (int u = 0; u < UNROLLED; u++) {
        int i = first + u * THREADS * G;
        groups[u] = i < vocabulary ? *(const uint4*)(logits + i) : make_uint4(0, 0, 0, 0);
      }
#pragma unroll
      for (int u = 0; u < UNROLLED; u++) {
        int i = first + u * THREADS * G;
        float x[G];
        values(groups[u], x, T{});
        if (i < vocabulary) {
#pragma unroll
          for (int j = 0; j < G; j++) f(i + j, x[j]);
        }
      }
    }
  } else {
#pragma unroll 4
    for (int i = threadIdx.x; i < vocabulary; i += THREADS) f(i, widen(logits[i]));
  }
}

// The first token of the largest score; −1 if one is NaN or none is above −∞. each(f) calls f(token, score) for this thread's tokens in ascending order.
template <class Each>
static __device__ __forceinline__ int largest(Shared& s, Each each) {
  float best = -INFINITY;
  int token = 0;
  bool nan = false;
  each([&](int i, float x) {
    nan |= x != x;
    if (x > best) best = x, token = i;
  });
  if (__syncthreads_or(nan)) return -1;
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    float otherBest = __shfl_xor_sync(~0u, best, d);
    int other = __shfl_xor_sync(~0u, token, d);
    if (otherBest > best || (otherBest == best && other < token)) best = otherBest, token = other;
  }
  if (lane() == 0) s.floats[warp()] = best, s.ints[warp()] = token;
  __syncthreads();
  for (int w = 0; w < WARPS; w++)
    if (s.floats[w] > best || (s.floats[w] == best && s.ints[w] < token)) best = s.floats[w], token = s.ints[w];
  return best == -INFINITY ? -1 : token;
}

static __device__ __forceinline__ long long bin(const Shared& s, int copy, int bin) {
  return (long long)((uint64_t)s.high[copy][bin] << 32 | s.low[copy][bin]);
}

// In the ascending order of keys, the first at which the sum of masses passes `threshold`, or the last that has a mass. s.base
// becomes the mass of all lower keys.
template <class Key, class Mass>
static __device__ __forceinline__ uint32_t cutKey(Shared& s, int vocabulary, long long threshold, Key key, Mass mass) {
  uint32_t prefix = 0;
  long long base = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    for (int i = threadIdx.x; i < COPIES * (BINS + 1); i += THREADS) (&s.low[0][0])[i] = 0, (&s.high[0][0])[i] = 0;
    __syncthreads();
    uint32_t* low = s.low[lane() % COPIES];
    uint32_t* high = s.high[lane() % COPIES];
#pragma unroll 1
    for (int i = threadIdx.x; i < vocabulary; i += THREADS) {
      long long m = mass(i);
      if (m > 0) {
        uint32_t k = key(i);
        if (shift == 24 || k >> (shift + 8) == prefix >> (shift + 8)) {
          int bin = k >> shift & (BINS - 1);
          // shared memory adds 32 bits at a time; whoever makes the lower half run over carries
          uint32_t before = atomicAdd(&low[bin], (uint32_t)m);
          uint32_t upper = (uint32_t)(m >> 32) + (before + (uint32_t)m < before ? 1 : 0);
          if (upper) atomicAdd(&high[bin], upper);
        }
      }
    }
    __syncthreads();
    if (warp() == 0) {
      long long own[BINS / 32];
#pragma unroll
      for (int b = 0; b < BINS / 32; b++) {
        own[b] = 0;
#pragma unroll 1
        for (int c = 0; c < COPIES; c++) own[b] += bin(s, c, lane() * (BINS / 32) + b);
      }
      chooseBin(own, base, threshold, [&](int bin, long long below) {
        s.base = below;
        s.prefix = prefix | (uint32_t)bin << shift;
      });
    }
    __syncthreads();
    prefix = s.prefix;
    base = s.base;
    __syncthreads();
  }
  return prefix;
}

// In the order of tokens, the first at which the sum of masses passes `threshold`, or the last that has a mass, or −1.
template <class Mass>
static __device__ __forceinline__ int cutToken(Shared& s, int vocabulary, long long threshold, Mass mass) {
  int each = (vocabulary + THREADS - 1) / THREADS * 32;  // tokens of a warp
  int first = warp() * each;
  int end = first + each < vocabulary ? first + each : vocabulary;
  long long sum = 0;
  for (int i = first + lane(); i < end; i += 32) sum += mass(i);
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) sum += __shfl_xor_sync(~0u, sum, d);
  __syncthreads();
  if (lane() == 0) s.masses[warp()] = sum;
  if (threadIdx.x == 0) s.token = -1;
  __syncthreads();
  int chosen = -1;
  long long base = 0, below = 0;
  bool passed = false;
  for (int w = 0; w < WARPS; w++) {
    if (!passed) {
      if (s.masses[w] > 0) chosen = w, below = base;
      passed = base + s.masses[w] > threshold;
      base += s.masses[w];
    }
  }
  if (warp() == chosen) {
    int token = -1;
    bool found = false;
    for (int at = first; at < end && !found; at += 32) {
      int i = at + lane();
      long long own = i < end ? mass(i) : 0, running = own;
#pragma unroll
      for (int d = 1; d < 32; d <<= 1) {
        long long lower = __shfl_up_sync(~0u, running, d);
        if (lane() >= d) running += lower;
      }
      uint32_t passing = __ballot_sync(~0u, below + running > threshold);
      uint32_t massive = __ballot_sync(~0u, own > 0);
      if (passing) {
        token = at + __ffs(passing) - 1;
        found = true;
      } else if (massive) {
        token = at + 31 - __clz(massive);
      }
      below += __shfl_sync(~0u, running, 31);
    }
    if (lane() == 0) s.token = token;
  }
  __syncthreads();
  return s.token;
}

static __device__ __forceinline__ double sumOf(Shared& s, const double* e, int vocabulary) {
  double sum = 0;
#pragma unroll 4
  for (int i = threadIdx.x; i < vocabulary; i += THREADS) sum += e[i];
  return blockSum(s, sum);
}

// e = e / sum, for every thread to read.
static __device__ __forceinline__ void normalize(double* e, int vocabulary, double sum) {
  for (int i = threadIdx.x; i < vocabulary; i += THREADS) e[i] /= sum;
  __syncthreads();
}

static __device__ __forceinline__ long long massOf(double probability) { return __double2ll_rn(probability * ONE); }

// The choice where there is but a temperature, in two readings of the logits and no scratch: the largest score, then the sum of e^(score −
// largest) over each warp's run of tokens, which says in whose run the uniform number falls; that warp walks its run. Sums are doubles in
// an order fixed by V.
template <class T>
static __device__ __forceinline__ int chooseByTemperature(Shared& s, const T* logits, const Request& r,
                                                          int vocabulary) {
  constexpr int UNROLLED = 4;
  float temperature = r.temperature;
  auto score = [=](int i) {
    float x = widen(logits[i]);
    return temperature == 1 ? x : __fdiv_rn(x, temperature);
  };
  bool nan = false;
  float most = -INFINITY;  // of the logits: dividing keeps their order
  eachLogit(logits, vocabulary, [&](int, float x) {
    nan |= x != x;
    most = fmaxf(most, x);
  });
  if (__syncthreads_or(nan)) return -1;
  double max = blockMax(s, most);
  if (temperature != 1) max = __fdiv_rn((float)max, temperature);
  auto power = [=](int i, int end) {
    float x = i < end ? score(i) : -INFINITY;
    return x == -INFINITY ? 0 : exp((double)x - max);
  };
  int each = (vocabulary + THREADS - 1) / THREADS * 32;  // tokens of a warp
  int first = warp() * each;
  int end = first + each < vocabulary ? first + each : vocabulary;
  double sum = 0;
#pragma unroll 1
  for (int i = first + lane(); i < end; i += 32 * UNROLLED) {
    T x[UNROLLED];
#pragma unroll
    for (int u = 0; u < UNROLLED; u++)
      x[u] = i + u * 32 < end ? logits[i + u * 32] : narrowTo<T>(-INFINITY);
#pragma unroll
    for (int u = 0; u < UNROLLED; u++) {
      float y = widen(x[u]);
      if (temperature != 1) y = __fdiv_rn(y, temperature);
      if (y != -INFINITY) sum += exp((double)y - max);
    }
  }
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) sum += __shfl_xor_sync(~0u, sum, d);
  __syncthreads();
  if (lane() == 0) s.doubles[warp()] = sum;
  if (threadIdx.x == 0) s.token = -1;
  __syncthreads();
  double total = 0;
#pragma unroll 1
  for (int w = 0; w < WARPS; w++) total += s.doubles[w];
  if (!(total > 0 && total < INFINITY)) return -1;
  double threshold = uniformOf(r) * total;
  int chosen = -1;
  double base = 0, below = 0;
  bool passed = false;
#pragma unroll 1
  for (int w = 0; w < WARPS; w++) {
    if (!passed) {
      if (s.doubles[w] > 0) chosen = w, below = base;
      base += s.doubles[w];
      passed = base > threshold;
    }
  }
  if (warp() == chosen) {
    int token = -1;
    bool found = false;
#pragma unroll 1
    for (int at = first; at < end && !found; at += 32) {
      double own = power(at + lane(), end), running = own;
#pragma unroll
      for (int d = 1; d < 32; d <<= 1) {
        double lower = __shfl_up_sync(~0u, running, d);
        if (lane() >= d) running += lower;
      }
      // sums of the lanes are rounded in different orders: one without a share must not be chosen by that
      uint32_t passing = __ballot_sync(~0u, own > 0 && below + running > threshold);
      uint32_t massive = __ballot_sync(~0u, own > 0);
      if (passing) {
        token = at + __ffs(passing) - 1;
        found = true;
      } else if (massive) {
        token = at + 31 - __clz(massive);
      }
      below += __shfl_sync(~0u, running, 31);
    }
    if (lane() == 0) s.token = token;
  }
  __syncthreads();
  return s.token;
}

// Edits the scores e, which are the logits: penalties, then what is forbidden. A token that comes again is edited again from its logit, to
// the same score.
template <class T>
static __device__ __forceinline__ void edit(const T* logits, const Request& r, double* e, int vocabulary) {
  __syncthreads();
  if (r.penalty != 1) {
    for (int k = threadIdx.x; k < r.length; k += THREADS) {
      int token = r.history[k];
      if (token < 0 || token >= vocabulary) continue;
      float x = widen(logits[token]);
      e[token] = x > 0 ? __fdiv_rn(x, r.penalty) : mul(x, r.penalty);
    }
  }
  __syncthreads();
  for (int k = threadIdx.x; k < r.forbiddenCount; k += THREADS) {
    int token = r.forbidden[k];
    if (token >= 0 && token < vocabulary) e[token] = -INFINITY;
  }
  if (r.ngram > 0) {
    for (int start = threadIdx.x; start + r.ngram <= r.length; start += THREADS) {
      int token = r.history[start + r.ngram - 1];
      if (token >= 0 && token < vocabulary && wouldRepeat(r, start)) e[token] = -INFINITY;
    }
  }
  __syncthreads();
}

template <class T>
static __device__ __forceinline__ int choose(Shared& s, const T* logits, const Request& r, double* e, int vocabulary) {
  bool edited = r.forbiddenCount > 0 || (r.length > 0 && (r.penalty != 1 || r.ngram > 0));
  if (r.temperature == 0 && !edited) {
    return largest(s, [&](auto f) { eachLogit(logits, vocabulary, f); });
  }

  bool dropping = (r.topK > 0 && r.topK < vocabulary) || r.topP < 1 || r.minP > 0 || r.typicalP < 1;
  if (!edited && !dropping) return chooseByTemperature(s, logits, r, vocabulary);

  bool nan = false;
  double max = -INFINITY;
  float divisor = edited ? 1 : r.temperature;  // edits come before the temperature
#pragma unroll 4
  for (int i = threadIdx.x; i < vocabulary; i += THREADS) {
    float x = widen(logits[i]);
    nan |= x != x;
    if (divisor != 1) x = __fdiv_rn(x, divisor);
    e[i] = x;
    max = fmax(max, (double)x);
  }
  if (__syncthreads_or(nan)) return -1;
  if (edited) {
    edit(logits, r, e, vocabulary);
    if (r.temperature == 0) {
      return largest(s, [&](auto f) {
        for (int i = threadIdx.x; i < vocabulary; i += THREADS) f(i, (float)e[i]);
      });
    }
    max = -INFINITY;
    for (int i = threadIdx.x; i < vocabulary; i += THREADS) {
      float x = (float)e[i];
      if (r.temperature != 1) e[i] = x = __fdiv_rn(x, r.temperature);
      max = fmax(max, (double)x);
    }
  }
  max = blockMax(s, max);
  float least = -INFINITY;
  if (r.topK > 0 && r.topK < vocabulary) {
    least = unordered(cutKey(
        s, vocabulary, vocabulary - r.topK, [=](int i) { return ordered((float)e[i]); }, [](int) { return 1ll; }));
  }
  double sum = 0;
  for (int i = threadIdx.x; i < vocabulary; i += THREADS) {
    float x = (float)e[i];
    double power = x < least || x == -INFINITY ? 0 : exp((double)x - max);
    e[i] = power;
    sum += power;
  }
  sum = blockSum(s, sum);
  if (!(sum > 0 && sum < INFINITY)) return -1;

  if (r.topP < 1) {
    long long threshold = massOf(1 - r.topP);
    normalize(e, vocabulary, sum);
    auto key = [=](int i) { return __float_as_uint((float)e[i]); };
    uint32_t cut = cutKey(s, vocabulary, threshold, key, [=](int i) { return massOf(e[i]); });
    long long below = s.base;
    int token = cutToken(s, vocabulary, threshold - below,
                         [=](int i) { return e[i] > 0 && key(i) == cut ? massOf(e[i]) : 0ll; });
    for (int i = threadIdx.x; i < vocabulary; i += THREADS) {
      uint32_t k = key(i);
      if (k < cut || (k == cut && i < token)) e[i] = 0;
    }
    __syncthreads();
    sum = sumOf(s, e, vocabulary);
  }
  if (r.minP > 0) {
    double most = 0;
    for (int i = threadIdx.x; i < vocabulary; i += THREADS) most = fmax(most, e[i] / sum);
    most = blockMax(s, most);
    for (int i = threadIdx.x; i < vocabulary; i += THREADS)
      if (e[i] / sum < r.minP * most) e[i] = 0;
    __syncthreads();
    sum = sumOf(s, e, vocabulary);
  }
  if (r.typicalP < 1) {
    normalize(e, vocabulary, sum);
    double entropy = 0;
    for (int i = threadIdx.x; i < vocabulary; i += THREADS) {
      double p = e[i];
      if (p > 0) entropy -= p * log(p);
    }
    entropy = blockSum(s, entropy);
    auto key = [&](int i) { return __float_as_uint((float)fabs(-log(e[i]) - entropy)); };
    uint32_t cut =
        cutKey(s, vocabulary, massOf(r.typicalP) - 1, key, [=](int i) { return massOf(e[i]); });
    for (int i = threadIdx.x; i < vocabulary; i += THREADS)
      if (e[i] > 0 && key(i) > cut) e[i] = 0;
    __syncthreads();
    sum = sumOf(s, e, vocabulary);
  }
  return cutToken(s, vocabulary, massOf(uniformOf(r)), [&](int i) { return massOf(e[i] / sum); });
}

template <class T>
static __device__ __forceinline__ void sample(const T* logits, const int* slots, const Slots& from, double* work, int* out,
                                              int vocabulary) {
  __shared__ Shared s;
  int64_t at = (int64_t)blockIdx.x * vocabulary;
  if (threadIdx.x == 0) s.request = requestOf(from, slots[blockIdx.x]);
  __syncthreads();
  const Request& r = s.request;
  if (r.slot < 0 || !(isGeneral(r, vocabulary) || out[blockIdx.x] == TO_GENERAL)) return;
  int token = choose(s, logits + at, r, work + at, vocabulary);
  __syncthreads();
  if (threadIdx.x == 0) {
    out[blockIdx.x] = token;
    if (token >= 0) append(from, r, token);
  }
}

#define SAMPLE(NAME, T)                                                                                               \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                               \
      sample_##NAME(const T* logits, SLOTS, double* work, int* out, int vocabulary) {                                 \
    FROM;                                                                                                             \
    sample(logits, slots, from, work, out, vocabulary);                                                               \
  }

SAMPLE(f32, float)
SAMPLE(bf16, bf16)

// What a decoder reads to write the next token of each row: its last token, where that stands, how many keys it sees, and the row of its own key
// in a cache that lies in blocks. A row without a slot, or with nothing in it, becomes −1, 0, 0, −1: its position has angles, which are looked
// up whether there is a token or not. Grid rows / 128, block 128.
extern "C" __global__ void __launch_bounds__(128)
    last_tokens(const int* history, const int* lengths, int slotCount, int capacity, const int* slots, const int* blockTable,
                int blockSize, int blockCount, int* ids, int* positions, int* keyLengths, int* places, int rows) {
  int row = blockIdx.x * 128 + threadIdx.x;
  if (row >= rows) return;
  int slot = slots[row];
  int length = slot >= 0 && slot < slotCount ? lengths[slot] : 0;
  int position = length - 1;
  bool known = position >= 0 && position < capacity && position / blockSize < blockCount;
  ids[row] = known ? history[(int64_t)slot * capacity + position] : -1;
  positions[row] = known ? position : 0;
  keyLengths[row] = known ? length : 0;
  places[row] = known ? blockTable[(int64_t)row * blockCount + position / blockSize] * blockSize + position % blockSize : -1;
}
