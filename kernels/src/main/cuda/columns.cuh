// Matrices [N, C] by columns: a block of 32 x 8 threads owns 32 groups of columns and a run of rows, so that what belongs
// to a column (a bias, a factor) is read once for the run, and sums over rows come out in an order that N and C alone fix.
#pragma once
#include "elements.cuh"

constexpr int COLUMN_LANES = 32;   // threads along columns
constexpr int ROW_LANES = 8;       // threads along rows
constexpr int RUN_ROWS = 32;       // rows of a block when every element is written
constexpr int PARTIAL_ROWS = 128;  // rows that one partial sum covers

// The columns of this thread: `valid` of them from `column` on.
template <int G>
struct Columns {
  int column;
  int valid;
  __device__ __forceinline__ explicit Columns(int c)
      : column((blockIdx.x * COLUMN_LANES + threadIdx.x) * G), valid(c - column) {}
};

// partial[run, c] = sum over the rows n of the run of term(n, i, c)[j] with i = n · C + c the group's first element. Each thread adds its
// rows in order, then the eight threads of a column are added in order. Launch (C groups / 32, N / 128 rounded up).
template <int G, class Term>
static __device__ __forceinline__ void columnPartials(int64_t rows, int columns, float* partial, Term term) {
  __shared__ float room[ROW_LANES][COLUMN_LANES * G + 1];
  Columns<G> own(columns);
  int64_t first = (int64_t)blockIdx.y * PARTIAL_ROWS;
  float sum[G];
#pragma unroll
  for (int j = 0; j < G; j++) sum[j] = 0;
  if (own.valid > 0) {
#pragma unroll 4
    for (int r = threadIdx.y; r < PARTIAL_ROWS; r += ROW_LANES) {
      int64_t n = first + r;
      if (n < rows) {
        float t[G];
        term(n, n * columns + own.column, own.valid, t);
#pragma unroll
        for (int j = 0; j < G; j++) sum[j] += t[j];
      }
    }
  }
#pragma unroll
  for (int j = 0; j < G; j++) room[threadIdx.y][threadIdx.x * G + j] = sum[j];
  __syncthreads();
  for (int c = threadIdx.y * COLUMN_LANES + threadIdx.x; c < COLUMN_LANES * G; c += COLUMN_LANES * ROW_LANES) {
    int column = blockIdx.x * COLUMN_LANES * G + c;
    if (column < columns) {
      float total = 0;
#pragma unroll
      for (int y = 0; y < ROW_LANES; y++) total += room[y][c];
      partial[(int64_t)blockIdx.y * columns + column] = total;
    }
  }
}
