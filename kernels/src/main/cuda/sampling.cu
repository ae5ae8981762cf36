// The next token of each row, after transformers' processors in generate()'s order: repetition penalty and forbidden tokens,
// temperature, top-k, top-p, min-p, typical-p; then one uniform number decides.
//
// logits [rows, V] → out I32 [rows]: a token, or −1 where there is none to choose: a logit is NaN, no probability is a number, or the history
// is full. What a row asks for lies in its slot: settings, keys, forbidden tokens and the tokens so far, to which the choice is appended, so a
// step of decoding can be replayed as it stands. Grid rows, block 1024, one row a block. `work` is f64 [rows, V]: first the scores (f32 values), then e^(score − largest)
// over their sum: probabilities, 0 for what was dropped. Each exponential is computed once, in double as on the CPU; what survives
// a processor is divided by its sum where the next one reads it.
// Without edits, top-k, top-p, min-p and typical-p no scratch is used: two readings of the logits instead of passes over doubles, which took
// 3 % of the copy's bandwidth at 256 x 128256 in bf16 (10 % so, bound by the exponentials in double); greedy choice with 2-byte loads took
// 49 % (73 % so).
//
// Sorting is avoided. "Drop the least likely tokens while their sum stays at or below 1 − p" is a cut in the order of (probability as f32,
// token): a radix search, eight bits of the key a pass, sums the mass in each of 256 bins and goes on in the bin where the sum passes; then
// a walk in token order settles which of equal keys fall. Masses are integers, multiples of 2⁻⁶⁰, so sums in shared memory by atomics have the same
// bits in any order, and a running sum over the vocabulary can be split among warps. They and the CPU's sums of doubles differ by less than 2⁻⁴⁰:
// the choice is the CPU's unless the uniform number or p lies that near to a sum.
#include <limits.h>

#include "elements.cuh"
#include "philox.cuh"

constexpr int THREADS = 1024;
constexpr int WARPS = THREADS / 32;
constexpr int BINS = 256;
constexpr int COPIES = 8;  // histograms that share the atomics: lanes next to each other mostly hit the same few bins
constexpr double ONE = 1152921504606846976.0;  // 2⁶⁰

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

static __device__ __forceinline__ int lane() { return threadIdx.x & 31; }
static __device__ __forceinline__ int warp() { return threadIdx.x >> 5; }

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
      long long own[BINS / 32], total = 0;
#pragma unroll
      for (int b = 0; b < BINS / 32; b++) {
        own[b] = 0;
#pragma unroll 1
        for (int c = 0; c < COPIES; c++) own[b] += bin(s, c, lane() * (BINS / 32) + b);
        total += own[b];
      }
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
        s.base = below;
        s.prefix = prefix | (uint32_t)(chosen * (BINS / 32) + bin) << shift;
      }
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

// Floats as integers that have their order.
static __device__ __forceinline__ uint32_t ordered(float x) {
  uint32_t bits = __float_as_uint(x);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static __device__ __forceinline__ float unordered(uint32_t key) {
  return __uint_as_float(key & 0x80000000u ? key ^ 0x80000000u : ~key);
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

// The row's number in [0, 1).
static __device__ __forceinline__ double uniformOf(const Request& r) {
  return (double)(philoxBits(r.seed, r.stream, r.index) >> 11) * (1.0 / 9007199254740992.0);
}

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

// Whether the tokens from `start` on begin an n-gram whose beginning is the end of the history.
static __device__ __forceinline__ bool wouldRepeat(const Request& r, int start) {
  const int* tail = r.history + r.length - (r.ngram - 1);
  for (int i = 0; i < r.ngram - 1; i++)
    if (r.history[start + i] != tail[i]) return false;
  return true;
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

// ---- Slices -------------------------------------------------------------------------------------------------------------------------

constexpr int SLICE = 4096;
constexpr int SLICE_THREADS = 256;
constexpr int EACH = SLICE / SLICE_THREADS;
constexpr int STEPS = 256;            // of an eighth of an octave each, from the largest score down
constexpr float MASS = 524288.f;      // 2¹⁹: 4096 tokens of one step don't run over 32 bits
constexpr float MAGIC = 12582912.f;   // 1.5 · 2²³: adding it leaves an integer in the lower bits
constexpr float EIGHTHS = 11.541560173034668f, EIGHTHS_REST = 1.5407704268000089e-07f;  // 8 · log2 e
constexpr float LARGEST_SCORE = 262144.f;  // steps are integers in f32 up to here; what is larger goes the general way
constexpr int TO_GENERAL = -2;

// What a slice leaves.
struct __align__(16) SliceSum {
  float largest;  // score
  int token;      // the first that has it; −1 where a logit is NaN
  float top;      // its step: largest · 8 log2 e, rounded
  float sum;      // of e^score in units of 2^(top / 8); for top-p of what lies below the steps
};

struct __align__(16) RowCut {
  double total;      // of e^(score − largest), in units of 2^(top / 8)
  double left;       // of what may be dropped, once all steps below the cut are
  float top;
  int step;          // the cut lies in it, counted down from top; −1: nothing to drop, or not found here
};

// The scratch of all rows.
struct Work {
  SliceSum* sums;     // [rows, slices]
  int* counts;        // [rows, slices] tokens of the cut's step
  RowCut* cuts;       // [rows]
  uint32_t* steps;    // [rows, slices, STEPS] masses
  float* scores;      // [rows, slices, SLICE] of the cut's step
  int* tokens;        // the same
  int slices;

  __device__ Work(double* memory, int rows, int vocabulary) {
    slices = (vocabulary + SLICE - 1) / SLICE;
    int64_t all = (int64_t)rows * slices;
    sums = (SliceSum*)memory;
    cuts = (RowCut*)(sums + all);
    steps = (uint32_t*)(cuts + rows);
    scores = (float*)(steps + all * STEPS);
    tokens = (int*)(scores + all * SLICE);
    counts = tokens + all * SLICE;
  }
};

static __device__ __forceinline__ bool isGeneral(const Request& r, int vocabulary) {
  return (r.topK > 0 && r.topK < vocabulary) || r.minP > 0 || r.typicalP < 1;
}

static __device__ __forceinline__ bool isCut(const Request& r) { return r.temperature != 0 && r.topP < 1; }

// Which tokens of a slice are edited, a bit each.
struct Edits {
  uint32_t seen[SLICE / 32], forbidden[SLICE / 32];
  bool any;
};

static __device__ __forceinline__ void mark(uint32_t* bits, int at) {
  if (at >= 0 && at < SLICE) atomicOr(&bits[at >> 5], 1u << (at & 31));
}

// For all threads of a block, with a barrier at the end where there is something to edit.
static __device__ __forceinline__ void findEdits(Edits& edits, const Request& r, int first) {
  bool any = r.forbiddenCount > 0 || (r.length > 0 && (r.penalty != 1 || r.ngram > 0));
  if (threadIdx.x == 0) edits.any = any;
  if (any) {
    for (int i = threadIdx.x; i < SLICE / 32; i += blockDim.x) edits.seen[i] = edits.forbidden[i] = 0;
    __syncthreads();
    if (r.penalty != 1)
      for (int k = threadIdx.x; k < r.length; k += blockDim.x) mark(edits.seen, r.history[k] - first);
    for (int k = threadIdx.x; k < r.forbiddenCount; k += blockDim.x) mark(edits.forbidden, r.forbidden[k] - first);
    if (r.ngram > 0)
      for (int start = threadIdx.x; start + r.ngram <= r.length; start += blockDim.x)
        if (wouldRepeat(r, start)) mark(edits.forbidden, r.history[start + r.ngram - 1] - first);
  }
  __syncthreads();
}

// x / y rounded once, as __fdiv_rn where nothing is subnormal or out of range; `inverse` is 1 / y.
static __device__ __forceinline__ float divided(float x, float y, float inverse) {
  float q = mul(x, inverse);
  float rest = fmaf(-q, y, x);
  float better = fmaf(rest, inverse, q);
  return fabsf(x) < 1e-25f || fabsf(x) > 1e30f ? __fdiv_rn(x, y) : better;
}

static __device__ __forceinline__ float scoreOf(float x, int at, const Edits& edits, const Request& r, float inverse) {
  if (edits.any) {
    if (edits.seen[at >> 5] >> (at & 31) & 1) x = x > 0 ? __fdiv_rn(x, r.penalty) : mul(x, r.penalty);
    if (edits.forbidden[at >> 5] >> (at & 31) & 1) x = -INFINITY;
  }
  return r.temperature == 0 || r.temperature == 1 ? x : divided(x, r.temperature, inverse);
}

// A thread's logits of a slice: groups of 16 bytes, neighbouring threads beside each other; −∞ beyond the vocabulary. placeOf(e) is the
// place of the e-th in the slice.
template <class T>
struct SliceLogits {
  static constexpr int G = Group<T>::SIZE;
  uint4 groups[EACH / G];

  __device__ __forceinline__ void load(const T* row, int first, int vocabulary) {
    if (vocabulary % G == 0 && groupAligned<T, G>(row)) {
#pragma unroll
      for (int g = 0; g < EACH / G; g++) {
        int i = first + placeOf(g * G);
        groups[g] = i < vocabulary ? *(const uint4*)(row + i) : lowest();
      }
    } else {
      T x[G];
#pragma unroll
      for (int g = 0; g < EACH / G; g++) {
#pragma unroll
        for (int j = 0; j < G; j++) {
          int i = first + placeOf(g * G + j);
          x[j] = i < vocabulary ? row[i] : narrowTo<T>(-INFINITY);
        }
        pack(x, groups[g]);
      }
    }
  }

  static __device__ __forceinline__ uint4 lowest() {
    uint32_t low = sizeof(T) == 4 ? 0xff800000u : 0xff80ff80u;
    return make_uint4(low, low, low, low);
  }

  static __device__ __forceinline__ void pack(const float (&x)[4], uint4& to) {
    to = make_uint4(__float_as_uint(x[0]), __float_as_uint(x[1]), __float_as_uint(x[2]), __float_as_uint(x[3]));
  }

  static __device__ __forceinline__ void pack(const bf16 (&x)[8], uint4& to) {
    to = make_uint4(x[0] | (uint32_t)x[1] << 16, x[2] | (uint32_t)x[3] << 16, x[4] | (uint32_t)x[5] << 16, x[6] | (uint32_t)x[7] << 16);
  }

  static __device__ __forceinline__ int placeOf(int e) { return (e / G * SLICE_THREADS + threadIdx.x) * G + e % G; }

  __device__ __forceinline__ void widened(float (&x)[EACH]) const {
#pragma unroll
    for (int g = 0; g < EACH / G; g++) {
      float y[G];
      values(groups[g], y, T{});
#pragma unroll
      for (int j = 0; j < G; j++) x[g * G + j] = y[j];
    }
  }
};

// Steps above `top`, a fraction too: 8 · log2 e · score − top; what is far below isn't told from −∞.
static __device__ __forceinline__ float stepsAbove(float score, float top) {
  return fmaxf(fmaf(score, EIGHTHS_REST, fmaf(score, EIGHTHS, -top)), -4096.f);
}

// The nearest step, counted down, and what is left of y.
static __device__ __forceinline__ int stepOf(float y, float& fraction) {
  float q = y + MAGIC;
  fraction = y - (q - MAGIC);
  return __float_as_int(MAGIC) - __float_as_int(q);
}

static __device__ __forceinline__ float power2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// 2^(fraction / 8) · MASS, rounded, for a fraction of −½ to ½.
static __device__ __forceinline__ uint32_t massInStep(float fraction) {
  float w = fraction * 0.08664339756999316f;  // ln 2 / 8
  float e = fmaf(w, fmaf(w, fmaf(w, fmaf(w, 1.f / 24, 1.f / 6), 0.5f), 1.f), 1.f);
  return __float_as_uint(fmaf(e, MASS, MAGIC)) - __float_as_uint(MAGIC);
}

// First reading: each slice's largest score; with a temperature its sum or, for top-p, the mass in each step below its top. Grid (slices, rows).
template <class T>
static __device__ __forceinline__ void slices(const T* logits, const int* slots, const Slots& from, double* memory, int rows,
                                              int vocabulary) {
  constexpr int WARPS_HERE = SLICE_THREADS / 32;
  __shared__ Request r;
  __shared__ Edits edits;
  __shared__ float bestOf[WARPS_HERE];
  __shared__ int tokenOf[WARPS_HERE];
  __shared__ uint32_t masses[WARPS_HERE][STEPS];
  int row = blockIdx.y, first = blockIdx.x * SLICE;
  SliceLogits<T> read;
  read.load(logits + (int64_t)row * vocabulary, first, vocabulary);
  if (threadIdx.x == 0) r = requestOf(from, slots[row]);
  __syncthreads();
  if (r.slot < 0 || isGeneral(r, vocabulary)) return;
  bool cut = isCut(r);
  if (cut)
#pragma unroll
    for (int i = 0; i < STEPS / 32; i++) masses[warp()][i * 32 + lane()] = 0;
  findEdits(edits, r, first);
  Work work(memory, rows, vocabulary);
  int64_t at = (int64_t)row * work.slices + blockIdx.x;
  float inverse = 1 / r.temperature;
  float x[EACH];
  read.widened(x);
  float best = -INFINITY;
  int token = 0;
  bool nan = false;
#pragma unroll
  for (int e = 0; e < EACH; e++) {
    nan |= x[e] != x[e];
    x[e] = scoreOf(x[e], read.placeOf(e), edits, r, inverse);
    if (x[e] > best) best = x[e], token = first + read.placeOf(e);
  }
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    float otherBest = __shfl_xor_sync(~0u, best, d);
    int other = __shfl_xor_sync(~0u, token, d);
    if (otherBest > best || (otherBest == best && other < token)) best = otherBest, token = other;
  }
  if (lane() == 0) bestOf[warp()] = best, tokenOf[warp()] = token;
  nan = __syncthreads_or(nan);
#pragma unroll
  for (int w = 0; w < WARPS_HERE; w++)
    if (bestOf[w] > best || (bestOf[w] == best && tokenOf[w] < token)) best = bestOf[w], token = tokenOf[w];
  float top = rintf(best * EIGHTHS), sum = 0;
  if (r.temperature != 0 && best > -INFINITY && !nan) {
    if (cut) {
#pragma unroll
      for (int e = 0; e < EACH; e++) {
        float y = stepsAbove(x[e], top), fraction;
        int step = stepOf(y, fraction);
        if (step < STEPS) {
          atomicAdd(&masses[warp()][step], massInStep(fraction));
        } else {
          sum += power2(y * 0.125f);
        }
      }
    } else {
#pragma unroll
      for (int e = 0; e < EACH; e++) sum += power2(stepsAbove(x[e], top) * 0.125f);
    }
    sum = warpSum(sum);
    __syncthreads();
    if (lane() == 0) bestOf[warp()] = sum;
    __syncthreads();
    sum = 0;
#pragma unroll
    for (int w = 0; w < WARPS_HERE; w++) sum += bestOf[w];
    if (cut) {
      uint32_t mass = 0;
#pragma unroll
      for (int w = 0; w < WARPS_HERE; w++) mass += masses[w][threadIdx.x];
      work.steps[at * STEPS + threadIdx.x] = mass;
    }
  }
  if (threadIdx.x == 0) work.sums[at] = SliceSum{best, nan ? -1 : token, top, sum};
}

// The row's cut: the step in which the sum of the least likely tokens passes 1 − p. Grid rows, a thread a step.
static __device__ __forceinline__ void cuts(const int* slots, const Slots& from, double* memory, int rows, int vocabulary) {
  __shared__ Request r;
  __shared__ double below[STEPS + 1];
  int row = blockIdx.x, t = threadIdx.x;
  if (t == 0) r = requestOf(from, slots[row]);
  __syncthreads();
  if (r.slot < 0 || isGeneral(r, vocabulary) || !isCut(r)) return;
  Work work(memory, rows, vocabulary);
  const SliceSum* sums = work.sums + (int64_t)row * work.slices;
  float top = -INFINITY;
  bool odd = false;
  for (int i = 0; i < work.slices; i++) {
    odd |= sums[i].token < 0 || sums[i].largest > LARGEST_SCORE;
    if (sums[i].largest > -INFINITY) top = fmaxf(top, sums[i].top);
  }
  if (odd || top < -LARGEST_SCORE) {
    if (t == 0) work.cuts[row] = RowCut{0, 0, 0, -1};
    return;
  }
  // step t of the row from the slices' own, which are finer placed or end earlier; thread 0 also adds what lies below the steps of some
  double mass = 0, rest = 0;
#pragma unroll 1
  for (int i = 0; i < work.slices; i++) {
    if (sums[i].largest == -INFINITY) continue;
    float off = top - sums[i].top;  // an integer
    const uint32_t* own = work.steps + ((int64_t)row * work.slices + i) * STEPS;
    if (off < STEPS && t >= (int)off) mass += own[t - (int)off];
    // this slice's steps that are none of the row's
    if (t >= STEPS - off) rest += own[t] * exp2(-(t + (double)off) / 8);
    if (t == 0) rest += (double)MASS * sums[i].sum * exp2(-(double)off / 8);
  }
  mass = (mass * exp2(-t / 8.0)) / MASS;
  rest /= MASS;
  // sums from the last step up, in a fixed order
  below[t] = rest;
  __syncthreads();
  for (int d = STEPS / 2; d > 0; d >>= 1) {
    if (t < d) below[t] += below[t + d];
    __syncthreads();
  }
  rest = below[0];
  __syncthreads();
  below[STEPS - 1 - t] = mass;
  __syncthreads();
  for (int d = 1; d < STEPS; d <<= 1) {
    double other = t >= d ? below[t - d] : 0;
    __syncthreads();
    below[t] += other;
    __syncthreads();
  }
  // now below[i] is the sum of steps STEPS − 1 − i to STEPS − 1
  double total = rest + below[STEPS - 1], least = (1 - r.topP) * total;
  double before = t == STEPS - 1 ? rest : rest + below[STEPS - 2 - t];
  bool mine = rest + below[STEPS - 1 - t] > least && before <= least;
  bool any = __syncthreads_or(mine);
  if (any ? mine : t == 0) work.cuts[row] = RowCut{total, least - before, top, any ? t : -1};
}

// Second reading, for top-p: the tokens of the cut's step. Grid (slices, rows).
template <class T>
static __device__ __forceinline__ void edges(const T* logits, const int* slots, const Slots& from, double* memory, int rows,
                                             int vocabulary) {
  constexpr int WARPS_HERE = SLICE_THREADS / 32;
  __shared__ Request r;
  __shared__ Edits edits;
  __shared__ int countOf[WARPS_HERE];
  int row = blockIdx.y, first = blockIdx.x * SLICE;
  if (threadIdx.x == 0) r = requestOf(from, slots[row]);
  SliceLogits<T> read;
  Work work(memory, rows, vocabulary);
  int64_t at = (int64_t)row * work.slices + blockIdx.x;
  __syncthreads();
  if (r.slot < 0 || isGeneral(r, vocabulary) || !isCut(r)) return;
  RowCut cut = work.cuts[row];
  SliceSum sum = work.sums[at];
  float wanted = cut.step - (cut.top - sum.top);
  if (cut.step < 0) return;
  if (!(wanted >= 0 && wanted < STEPS)) {
    if (threadIdx.x == 0) work.counts[at] = 0;
    return;
  }
  read.load(logits + (int64_t)row * vocabulary, first, vocabulary);
  findEdits(edits, r, first);
  float inverse = 1 / r.temperature;
  float x[EACH];
  read.widened(x);
  uint32_t hits = 0;
#pragma unroll
  for (int e = 0; e < EACH; e++) {
    x[e] = scoreOf(x[e], read.placeOf(e), edits, r, inverse);
    float fraction;
    if (stepOf(stepsAbove(x[e], sum.top), fraction) == (int)wanted) hits |= 1u << e;
  }
  int own = __popc(hits), running = own;
#pragma unroll
  for (int d = 1; d < 32; d <<= 1) {
    int lower = __shfl_up_sync(~0u, running, d);
    if (lane() >= d) running += lower;
  }
  if (lane() == 31) countOf[warp()] = running;
  __syncthreads();
  int to = running - own, all = 0;
#pragma unroll
  for (int w = 0; w < WARPS_HERE; w++) {
    if (w < warp()) to += countOf[w];
    all += countOf[w];
  }
#pragma unroll
  for (int e = 0; e < EACH; e++)
    if (hits >> e & 1) {
      work.scores[at * SLICE + to] = x[e];
      work.tokens[at * SLICE + to++] = first + read.placeOf(e);
    }
  if (threadIdx.x == 0) work.counts[at] = all;
}
constexpr int KEPT = 4096;  // tokens of the cut's step that are looked at in shared memory; rows with more go the general way

struct Finishing {
  Request request;
  Edits edits;
  float scores[KEPT];
  int tokens[KEPT];
  uint32_t low[BINS], high[BINS];
  double doubles[SLICE_THREADS];
  int starts[SLICE_THREADS + 1];
  long long base;
  uint32_t prefix;
  int token;
};

// In the ascending order of keys, the first at which the sum of masses passes `threshold`, or the last that has a mass; of `count` entries.
// s.base becomes the mass of all lower keys.
template <class Key, class Mass>
static __device__ __forceinline__ uint32_t cutOf(Finishing& s, int count, long long threshold, Key key, Mass mass) {
  uint32_t prefix = 0;
  long long base = 0;
#pragma unroll 1
  for (int shift = 24; shift >= 0; shift -= 8) {
    s.low[threadIdx.x] = s.high[threadIdx.x] = 0;
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < count; i += SLICE_THREADS) {
      uint32_t k = key(i);
      long long m = shift == 24 || k >> (shift + 8) == prefix >> (shift + 8) ? mass(i) : 0;
      if (m > 0) {
        int bin = k >> shift & (BINS - 1);
        uint32_t before = atomicAdd(&s.low[bin], (uint32_t)m);
        uint32_t upper = (uint32_t)(m >> 32) + (before + (uint32_t)m < before ? 1 : 0);
        if (upper) atomicAdd(&s.high[bin], upper);
      }
    }
    __syncthreads();
    if (warp() == 0) {
      long long own[BINS / 32], total = 0;
#pragma unroll
      for (int b = 0; b < BINS / 32; b++) {
        int at = lane() * (BINS / 32) + b;
        own[b] = (long long)((uint64_t)s.high[at] << 32 | s.low[at]);
        total += own[b];
      }
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
        s.base = below;
        s.prefix = prefix | (uint32_t)(chosen * (BINS / 32) + bin) << shift;
      }
    }
    __syncthreads();
    prefix = s.prefix;
    base = s.base;
    __syncthreads();
  }
  return prefix;
}

// The choice of a row from what the readings left; TO_GENERAL where `sample` is to make it.
template <class T>
static __device__ __forceinline__ int finishRow(Finishing& s, const T* logits, const Work& work, int vocabulary) {
  const Request& r = s.request;
  int row = blockIdx.x, t = threadIdx.x;
  const SliceSum* sums = work.sums + (int64_t)row * work.slices;
  float largest = -INFINITY, top = -INFINITY;
  int token = 0;
  bool nan = false;
#pragma unroll 4
  for (int i = 0; i < work.slices; i++) {
    SliceSum sum = sums[i];
    nan |= sum.token < 0;
    if (sum.largest > largest) largest = sum.largest, token = sum.token, top = sum.top;
  }
  if (nan || largest == -INFINITY) return -1;
  if (r.temperature == 0) return token;
  if (largest == INFINITY) return -1;
  if (fabsf(largest) > LARGEST_SCORE || work.slices > SLICE_THREADS) return TO_GENERAL;
  bool cut = isCut(r);
  RowCut found{0, 0, top, STEPS};
  uint32_t cutScore = 0;
  int cutAt = 0;
  double unit = exp(top * 0.08664339756999316 - (double)largest);
  if (cut) {
    found = work.cuts[row];
    if (found.step < 0) return TO_GENERAL;
    const int* counts = work.counts + (int64_t)row * work.slices;
    if (t == 0) {
      int sum = 0;
#pragma unroll 4
      for (int i = 0; i < work.slices; i++) s.starts[i] = sum, sum += counts[i];
      s.starts[work.slices] = sum;
    }
    __syncthreads();
    int count = s.starts[work.slices];
    if (count > KEPT || count == 0) return TO_GENERAL;
    for (int i = warp(); i < work.slices; i += SLICE_THREADS / 32) {
      int64_t from = ((int64_t)row * work.slices + i) * SLICE;
      int start = s.starts[i], end = s.starts[i + 1];
      for (int j = lane(); start + j < end; j += 32) {
        s.scores[start + j] = work.scores[from + j];
        s.tokens[start + j] = work.tokens[from + j];
      }
    }
    __syncthreads();
    double all = found.total * unit;
    auto mass = [&](int i) { return massOf(exp((double)s.scores[i] - largest) / all); };
    long long threshold = massOf(found.left / found.total);
    auto key = [&](int i) { return ordered(s.scores[i]); };
    cutScore = cutOf(s, count, threshold, key, mass);
    long long below = s.base;
    cutAt = cutOf(
        s, count, threshold - below, [&](int i) { return (uint32_t)s.tokens[i]; },
        [&](int i) { return key(i) == cutScore ? mass(i) : 0ll; });
  }
  // each slice's mass of what is left, in units of e^largest
  for (int i = warp(); i < work.slices; i += SLICE_THREADS / 32) {
    double mass = 0;
    if (sums[i].largest > -INFINITY) {
      float off = top - sums[i].top;
      if (!cut) {
        mass = lane() == 0 ? sums[i].sum : 0;
      } else {
        const uint32_t* own = work.steps + ((int64_t)row * work.slices + i) * STEPS;
#pragma unroll
        for (int b = 0; b < STEPS / 32; b++) {
          int step = b * 32 + lane();
          if (step + off < found.step) mass += own[step] * exp2(-step / 8.0);
        }
        mass /= MASS;
      }
      mass *= exp2(-(double)off / 8) * unit;
    }
    if (cut)
      for (int j = s.starts[i] + lane(); j < s.starts[i + 1]; j += 32) {
        uint32_t k = ordered(s.scores[j]);
        if (k > cutScore || (k == cutScore && s.tokens[j] >= cutAt)) mass += exp((double)s.scores[j] - largest);
      }
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) mass += __shfl_xor_sync(~0u, mass, d);
    if (lane() == 0) s.doubles[i] = mass;
  }
  __syncthreads();
  double total = 0;
#pragma unroll 1
  for (int i = 0; i < work.slices; i++) total += s.doubles[i];
  double threshold = uniformOf(r) * total, base = 0, below = 0;
  int chosen = -1;
  bool passed = false;
#pragma unroll 1
  for (int i = 0; i < work.slices; i++) {
    if (!passed) {
      if (s.doubles[i] > 0) chosen = i, below = base;
      base += s.doubles[i];
      passed = base > threshold;
    }
  }
  if (chosen < 0) return TO_GENERAL;
  // a walk in the order of tokens
  int first = chosen * SLICE;
  __syncthreads();
  findEdits(s.edits, r, first);
  float inverse = 1 / r.temperature;
  double own[EACH], sum = 0;
  const T* from = logits + (int64_t)row * vocabulary;
  float off = cut ? top - sums[chosen].top : 0;
#pragma unroll
  for (int e = 0; e < EACH; e++) {
    int at = t * EACH + e, i = first + at;
    own[e] = 0;
    if (i < vocabulary) {
      float x = scoreOf(widen(from[i]), at, s.edits, r, inverse);
      bool kept = x > -INFINITY;
      if (kept && cut) {
        float fraction;
        float step = stepOf(stepsAbove(x, sums[chosen].top), fraction) + off;
        uint32_t k = ordered(x);
        kept = step < found.step || (step == found.step && (k > cutScore || (k == cutScore && i >= cutAt)));
      }
      if (kept) own[e] = exp((double)x - largest);
    }
    sum += own[e];
  }
  double running = sum;
  __syncthreads();
  s.doubles[t] = sum;
  __syncthreads();
  for (int d = 1; d < SLICE_THREADS; d <<= 1) {
    double other = t >= d ? s.doubles[t - d] : 0;
    __syncthreads();
    s.doubles[t] = running += other;
    __syncthreads();
  }
  double before = below + (t > 0 ? s.doubles[t - 1] : 0);
  // the first that passes, else the last that has a share: larger numbers come before smaller ones
  if (t == 0) s.token = -1;
  __syncthreads();
  int passing = INT_MAX, last = -1;
#pragma unroll
  for (int e = 0; e < EACH; e++) {
    before += own[e];
    int i = first + t * EACH + e;
    if (own[e] > 0) {
      last = i;
      if (before > threshold && passing == INT_MAX) passing = i;
    }
  }
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    passing = min(passing, __shfl_xor_sync(~0u, passing, d));
    last = max(last, __shfl_xor_sync(~0u, last, d));
  }
  if (lane() == 0) s.starts[2 * warp()] = passing, s.starts[2 * warp() + 1] = last;
  __syncthreads();
  for (int w = 0; w < SLICE_THREADS / 32; w++) passing = min(passing, s.starts[2 * w]), last = max(last, s.starts[2 * w + 1]);
  return passing != INT_MAX ? passing : last;
}

static __device__ __forceinline__ void append(const Slots& from, const Request& r, int token) {
  from.history[(int64_t)r.slot * from.capacity + r.length] = token;
  from.lengths[r.slot] = r.length + 1;
}

// Grid rows.
template <class T>
static __device__ __forceinline__ void finish(Finishing& s, const T* logits, const int* slots, const Slots& from, double* memory, int* out, int rows,
                                              int vocabulary) {
  if (threadIdx.x == 0) s.request = requestOf(from, slots[blockIdx.x]);
  __syncthreads();
  const Request& r = s.request;
  if (r.slot >= 0 && isGeneral(r, vocabulary)) return;
  int token = r.slot < 0 ? -1 : finishRow(s, logits, Work(memory, rows, vocabulary), vocabulary);
  if (threadIdx.x == 0) {
    out[blockIdx.x] = token;
    if (token >= 0) append(from, r, token);
  }
}

// ---- The general way ----------------------------------------------------------------------------------------------------------------

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

#define SLOTS                                                                                                          \
  const int* slots, const double* settings, const long long* keys, const int* forbidden, const int* parts, int* history, \
      int* lengths, int slotCount, int capacity
#define FROM Slots from{settings, keys, forbidden, parts, history, lengths, slotCount, capacity}

#define SAMPLE(NAME, T)                                                                                               \
  extern "C" __global__ void __launch_bounds__(SLICE_THREADS, 4)                                                      \
      sample_slices_##NAME(const T* logits, SLOTS, double* work, int rows, int vocabulary) {                          \
    FROM;                                                                                                             \
    slices(logits, slots, from, work, rows, vocabulary);                                                              \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(SLICE_THREADS, 4)                                                      \
      sample_edges_##NAME(const T* logits, SLOTS, double* work, int rows, int vocabulary) {                           \
    FROM;                                                                                                             \
    edges(logits, slots, from, work, rows, vocabulary);                                                               \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(SLICE_THREADS)                                                         \
      sample_finish_##NAME(const T* logits, SLOTS, double* work, int* out, int rows, int vocabulary) {                \
    __shared__ Finishing s;                                                                                           \
    FROM;                                                                                                             \
    finish(s, logits, slots, from, work, out, rows, vocabulary);                                                      \
  }                                                                                                                   \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                               \
      sample_##NAME(const T* logits, SLOTS, double* work, int* out, int vocabulary) {                                 \
    FROM;                                                                                                             \
    sample(logits, slots, from, work, out, vocabulary);                                                               \
  }

SAMPLE(f32, float)
SAMPLE(bf16, bf16)

extern "C" __global__ void __launch_bounds__(STEPS) sample_cuts(SLOTS, double* work, int rows, int vocabulary) {
  FROM;
  cuts(slots, from, work, rows, vocabulary);
}

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
