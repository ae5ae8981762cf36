// The next token of each row, after transformers' processors in generate()'s order: repetition penalty and forbidden tokens,
// temperature, top-k, top-p, min-p, typical-p; then one uniform number decides.
//
// logits [rows, V] → out I32 [rows]: a token, or −1 where there is none to choose: a logit is NaN, no probability is a number, or the history is
// full. What a row asks for lies in its slot: settings, keys, forbidden tokens and the tokens so far, to which the choice is appended, so a step of
// decoding can be replayed as it stands. Five kernels, four of them here, launched whatever rows ask for; each leaves out the rows that aren't its
// own:
//
//   sample_slices   reads the logits, 4096 tokens at a time: the largest score of each slice and its mass, or for top-p the mass in each
//                   step of an eighth of an octave below its largest
//   sample_cuts     a row's steps from those of its slices; the step in which the sum of the least likely tokens passes 1 − p
//   sample_edges    reads the logits of top-p's rows again and lists the tokens of that step
//   sample_finish   settles which of those fall, picks the slice in which the uniform number falls and walks it
//   sample          sampling.cu, a block a row: top-k, min-p, typical-p, p next to 1, scores in the hundred thousands, and steps with more
//                   than 8192 tokens
//
// The first four work with f32 exponentials to 2⁻²¹ and integer or f64 sums in fixed orders; penalties and forbidden tokens are edits of a slice,
// found by a bit for each of its tokens. The choice is the CPU's unless the uniform number or p lies within some 2⁻²⁰ of a sum. 256 rows of 128,256
// f32 logits on an H100: as one kernel with exponentials in double, a block a row, temperature took 235 to 259 µs and top-p 1,730 µs; so 97 to 101 µs
// and 180 to 270 µs, before a block read several slices. As it is here bf16 logits take 79 µs with a temperature (186 to 211 as one kernel), 219 µs
// with top-p (1,715) and 52 µs greedy, which one kernel did in 36 µs.  Before a slice's largest
// score was found by redux and rows without top-p left the second reading at once they were 96, 232 and 68.
#include <limits.h>

#include "score_steps.cuh"
#include "slice_scores.cuh"

// What a slice leaves.
struct __align__(16) SliceSum {
  float largest;  // score
  int token;      // the first that has it; −1 where a logit is NaN
  float top;      // its step: largest · 8 log2 e, rounded up
  float sum;      // of e^score in units of 2^(top / 8); for top-p of what lies below the steps
};

// Whether a slice of such a largest score has a share: what is farther down has none beside any other.
static __device__ __forceinline__ bool counts(float largest) { return fabsf(largest) <= LARGEST_SCORE; }

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

static __device__ __forceinline__ bool isCut(const Request& r) { return r.temperature != 0 && r.topP < 1; }

static __device__ __forceinline__ float largerOrNaN(float x, float y) {
  float z;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(z) : "f"(x), "f"(y));
  return z;
}

constexpr int RUN = 4;  // slices of a row that a block reads, the next while it is at work on one

// First reading: each slice's largest score; with a temperature its sum or, for top-p, the mass in each step below its top. Grid (slices
// / RUN, rows).
template <class T>
static __device__ __forceinline__ void slices(const T* logits, const int* slots, const Slots& from, double* memory, int rows,
                                              int vocabulary) {
  constexpr int WARPS_HERE = SLICE_THREADS / 32;
  __shared__ Request r;
  __shared__ Edits edits;
  __shared__ float sumOf[WARPS_HERE];
  __shared__ uint32_t bestOf[WARPS_HERE];
  __shared__ int token;
  __shared__ uint32_t masses[WARPS_HERE][STEPS];
  int row = blockIdx.y, slice = blockIdx.x * RUN;
  const T* own = logits + (int64_t)row * vocabulary;
  SliceLogits<T> read;
  read.load(own, slice * SLICE, vocabulary);
  if (threadIdx.x == 0) r = requestOf(from, slots[row]);
  __syncthreads();
  if (r.slot < 0 || isGeneral(r, vocabulary)) return;
  const bool cut = isCut(r);
  const float inverse = 1 / r.temperature;
  const Work work(memory, rows, vocabulary);
  const int end = min(slice + RUN, work.slices);
#pragma unroll 1
  for (; slice < end; slice++) {
    int first = slice * SLICE;
    int64_t at = (int64_t)row * work.slices + slice;
    float x[EACH];
    read.widened(x);
    if (slice + 1 < end) read.load(own, first + SLICE, vocabulary);
    findEdits(edits, r, first);
    if (cut) {
#pragma unroll
      for (int i = 0; i < STEPS / 32; i++) masses[warp()][i * 32 + lane()] = 0;
      __syncwarp();
    }
    if (threadIdx.x == 0) token = INT_MAX;
    float best = -INFINITY, any = 0;
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      any = largerOrNaN(any, x[e]);
      x[e] = scoreOf(x[e], read.placeOf(e), edits, r, inverse);
      best = fmaxf(best, x[e]);
    }
    const float mine = best;
    uint32_t key = __reduce_max_sync(~0u, ordered(best));
    if (lane() == 0) bestOf[warp()] = key;
    const bool nan = __syncthreads_or(any != any);
#pragma unroll
    for (int w = 0; w < WARPS_HERE; w++) key = max(key, bestOf[w]);
    best = unordered(key);
    if (mine == best) {
      int at = SLICE;
#pragma unroll
      for (int e = EACH - 1; e >= 0; e--) at = x[e] == best ? read.placeOf(e) : at;
      atomicMin(&token, first + at);
    }
    float top = rintf(best * EIGHTHS) + 1, sum = 0;  // a step more, so that rounding takes nothing above it
    if (r.temperature != 0 && counts(best) && !nan) {
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
        for (int e = 0; e < EACH; e++) sum += powerAbove(x[e], top);
      }
      sum = warpSum(sum);
      if (lane() == 0) sumOf[warp()] = sum;
      __syncthreads();
      sum = 0;
#pragma unroll
      for (int w = 0; w < WARPS_HERE; w++) sum += sumOf[w];
      if (cut) {
        uint32_t mass = 0;
#pragma unroll
        for (int w = 0; w < WARPS_HERE; w++) mass += masses[w][threadIdx.x];
        work.steps[at * STEPS + threadIdx.x] = mass;
      }
    }
    __syncthreads();
    if (threadIdx.x == 0) work.sums[at] = SliceSum{best, nan ? -1 : token, top, sum};
  }
}

// The row's cut: the step in which the sum of the least likely tokens passes 1 − p; of rows that want none, that there is none. Grid rows, a thread a
// step.
static __device__ __forceinline__ void cuts(const int* slots, const Slots& from, double* memory, int rows, int vocabulary) {
  __shared__ Request r;
  __shared__ double below[STEPS + 1];
  int row = blockIdx.x, t = threadIdx.x;
  if (t == 0) r = requestOf(from, slots[row]);
  __syncthreads();
  Work work(memory, rows, vocabulary);
  if (r.slot < 0 || isGeneral(r, vocabulary) || !isCut(r)) {
    if (t == 0) work.cuts[row] = RowCut{0, 0, 0, -1};
    return;
  }
  const SliceSum* sums = work.sums + (int64_t)row * work.slices;
  float top = -INFINITY;
  bool odd = false;
#pragma unroll 8
  for (int i = 0; i < work.slices; i++) {
    odd |= sums[i].token < 0 || sums[i].largest > LARGEST_SCORE;
    if (counts(sums[i].largest)) top = fmaxf(top, sums[i].top);
  }
  if (odd || top == -INFINITY) {
    if (t == 0) work.cuts[row] = RowCut{0, 0, 0, -1};
    return;
  }
  // step t of the row: the slices' own, whose tops lie whole steps lower
  double mass = 0, rest = 0;
#pragma unroll 8
  for (int i = 0; i < work.slices; i++) {
    SliceSum sum = sums[i];
    if (counts(sum.largest)) {
      float off = top - sum.top;  // an integer
      const uint32_t* own = work.steps + ((int64_t)row * work.slices + i) * STEPS;
      if (off < STEPS && t >= (int)off) mass += own[t - (int)off];
      // this slice's steps that are none of the row's, and what lies below its steps
      if (t >= STEPS - off) rest += own[t] * (double)power2((t + off) * -0.125f);
      if (t == 0) rest += (double)MASS * sum.sum * power2(off * -0.125f);
    }
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

// Second reading, for top-p: the tokens of the cut's step. Grid (slices / RUN, rows).
template <class T>
static __device__ __forceinline__ void edges(const T* logits, const int* slots, const Slots& from, double* memory, int rows,
                                             int vocabulary) {
  constexpr int WARPS_HERE = SLICE_THREADS / 32;
  __shared__ Request r;
  __shared__ Edits edits;
  __shared__ int countOf[WARPS_HERE];
  int row = blockIdx.y, slice = blockIdx.x * RUN;
  const Work work(memory, rows, vocabulary);
  const RowCut cut = work.cuts[row];
  if (cut.step < 0) return;
  const T* own = logits + (int64_t)row * vocabulary;
  if (threadIdx.x == 0) r = requestOf(from, slots[row]);
  __syncthreads();
  const float inverse = 1 / r.temperature;
  const int end = min(slice + RUN, work.slices);
  SliceLogits<T> read;
  read.load(own, slice * SLICE, vocabulary);
#pragma unroll 1
  for (; slice < end; slice++) {
    int first = slice * SLICE;
    int64_t at = (int64_t)row * work.slices + slice;
    float x[EACH];
    read.widened(x);
    if (slice + 1 < end) read.load(own, first + SLICE, vocabulary);
    SliceSum sum = work.sums[at];
    float wanted = cut.step - (cut.top - sum.top);
    findEdits(edits, r, first);
    uint32_t hits = 0;
#pragma unroll
    for (int e = 0; e < EACH; e++) {
      x[e] = scoreOf(x[e], read.placeOf(e), edits, r, inverse);
      float fraction;
      if (stepOf(stepsAbove(x[e], sum.top), fraction) == wanted && counts(sum.largest)) hits |= 1u << e;
    }
    int found = __popc(hits), running = found;
#pragma unroll
    for (int d = 1; d < 32; d <<= 1) {
      int lower = __shfl_up_sync(~0u, running, d);
      if (lane() >= d) running += lower;
    }
    if (lane() == 31) countOf[warp()] = running;
    __syncthreads();
    int to = running - found, all = 0;
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
}

constexpr int KEPT = 8192;  // tokens of the cut's step that are looked at in shared memory; rows with more go the general way

struct Finishing {
  Request request;
  Edits edits;
  uint32_t low[BINS], high[BINS];
  double doubles[SLICE_THREADS];
  int starts[SLICE_THREADS + 1];
  long long base;
  uint32_t prefix;
  int token, ties;
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
      long long own[BINS / 32];
#pragma unroll
      for (int b = 0; b < BINS / 32; b++) {
        int at = lane() * (BINS / 32) + b;
        own[b] = (long long)((uint64_t)s.high[at] << 32 | s.low[at]);
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

// The choice of a row from what the readings left; TO_GENERAL where `sample` is to make it.
template <class T>
static __device__ __forceinline__ int finishRow(Finishing& s, const T* logits, const Work& work, int vocabulary) {
  const Request& r = s.request;
  int row = blockIdx.x, t = threadIdx.x;
  const SliceSum* sums = work.sums + (int64_t)row * work.slices;
  // each warp for itself, a slice a lane
  float largest = -INFINITY, top = -INFINITY;
  int token = INT_MAX;
  bool nan = false;
#pragma unroll 1
  for (int i = lane(); i < work.slices; i += 32) {
    SliceSum sum = sums[i];
    nan |= sum.token < 0;
    if (sum.largest > largest) largest = sum.largest, token = sum.token, top = sum.top;
  }
  nan = __any_sync(~0u, nan);
#pragma unroll
  for (int d = 16; d > 0; d >>= 1) {
    float otherLargest = __shfl_xor_sync(~0u, largest, d), otherTop = __shfl_xor_sync(~0u, top, d);
    int other = __shfl_xor_sync(~0u, token, d);
    if (otherLargest > largest || (otherLargest == largest && other < token)) largest = otherLargest, token = other, top = otherTop;
  }
  if (nan || largest == -INFINITY) return -1;
  if (r.temperature == 0) return token;
  if (largest == INFINITY) return -1;
  if (!counts(largest) || work.slices > SLICE_THREADS) return TO_GENERAL;
  bool cut = isCut(r);
  RowCut found{0, 0, top, STEPS};
  uint32_t cutScore = 0;
  int cutAt = 0;
  // of a score, in units of 2^(top / 8)
  auto share = [=](float x) { return powerAbove(x, top); };
  extern __shared__ float keptScores[];
  int* keptTokens = (int*)(keptScores + KEPT);
  auto massOfKept = [=](int i) -> long long {
    float fraction;
    stepOf(stepsAbove(keptScores[i], sums[keptTokens[i] / SLICE].top), fraction);
    return massInStep(fraction);
  };
  if (cut) {
    found = work.cuts[row];
    if (found.step < 0) return TO_GENERAL;
    const int* counts = work.counts + (int64_t)row * work.slices;
    if (warp() == 0) {
      int sum = 0;
#pragma unroll 1
      for (int i = lane(); i - lane() < work.slices; i += 32) {
        int own = i < work.slices ? counts[i] : 0, running = own;
#pragma unroll
        for (int d = 1; d < 32; d <<= 1) {
          int lower = __shfl_up_sync(~0u, running, d);
          if (lane() >= d) running += lower;
        }
        if (i < work.slices) s.starts[i] = sum + running - own;
        sum += __shfl_sync(~0u, running, 31);
      }
      if (lane() == 0) s.starts[work.slices] = sum;
    }
    __syncthreads();
    int count = s.starts[work.slices];
    if (count > KEPT || count == 0) return TO_GENERAL;
    for (int i = warp(); i < work.slices; i += SLICE_THREADS / 32) {
      int64_t from = ((int64_t)row * work.slices + i) * SLICE;
      int start = s.starts[i], end = s.starts[i + 1];
      for (int j = lane(); start + j < end; j += 32) {
        keptScores[start + j] = work.scores[from + j];
        keptTokens[start + j] = work.tokens[from + j];
      }
    }
    if (t == 0) s.ties = 0, s.token = -1;
    __syncthreads();
    // in the same integers as the step's mass, so that shares of equal scores add up to it exactly
    long long threshold = __double2ll_rn(found.left * MASS * exp2(found.step / 8.0));
    auto key = [&](int i) { return ordered(keptScores[i]); };
    cutScore = cutOf(s, count, threshold, key, massOfKept);
    long long below = s.base;
    for (int i = t; i < count; i += SLICE_THREADS)
      if (key(i) == cutScore) {
        atomicAdd(&s.ties, 1);
        atomicMax(&s.token, keptTokens[i]);
      }
    __syncthreads();
    cutAt = s.ties == 1 ? s.token
                        : (int)cutOf(
                              s, count, threshold - below, [&](int i) { return (uint32_t)keptTokens[i]; },
                              [&](int i) { return key(i) == cutScore ? massOfKept(i) : 0ll; });
  }
  const double inCut = cut ? exp2(found.step / -8.0) / MASS : 0;
  double weights[STEPS / 32];
#pragma unroll
  for (int b = 0; b < STEPS / 32; b++) weights[b] = exp2((b * 32 + lane()) / -8.0) / MASS;
  // each slice's mass of what is left
  for (int i = warp(); i < work.slices; i += SLICE_THREADS / 32) {
    double mass = 0;
    if (counts(sums[i].largest)) {
      float off = top - sums[i].top;
      if (!cut) {
        mass = lane() == 0 ? sums[i].sum : 0;
      } else {
        const uint32_t* own = work.steps + ((int64_t)row * work.slices + i) * STEPS;
#pragma unroll
        for (int b = 0; b < STEPS / 32; b++) {
          int step = b * 32 + lane();
          if (step + off < found.step) mass += own[step] * weights[b];
        }
      }
      mass *= power2(off * -0.125f);
    }
    if (cut)
      for (int j = s.starts[i] + lane(); j < s.starts[i + 1]; j += 32) {
        uint32_t k = ordered(keptScores[j]);
        if (k > cutScore || (k == cutScore && keptTokens[j] >= cutAt)) mass += massOfKept(j) * inCut;
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
      if (kept) own[e] = share(x);
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

#define SAMPLE(NAME, T, BLOCKS)                                                                                            \
  extern "C" __global__ void __launch_bounds__(SLICE_THREADS, BLOCKS)                                                 \
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
  }

SAMPLE(f32, float, 3)
SAMPLE(bf16, bf16, 4)


extern "C" __global__ void __launch_bounds__(STEPS) sample_cuts(SLOTS, double* work, int rows, int vocabulary) {
  FROM;
  cuts(slots, from, work, rows, vocabulary);
}
