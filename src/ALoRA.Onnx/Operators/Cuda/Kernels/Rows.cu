// Products of rows with rows. A tile is 16 M rows (a) by 8 N rows (b); the warps of a block share the inner length, and their
// sums are added in the order of the warps. So a row's result does not depend on which other rows are in the run.

// Fragments: a lane (g = lane / 4, q = lane % 4) holds 8 numbers in a row of each of the rows g and g + 8 of a, and of row g of b.
// The matrix instruction wants other positions of the inner length there, but the sum over all is the same in any order.
template <class T, int M, int N, int Warps, int Depth>
DEVICE void multiply_rows(
    float (&c)[M][N][4], const uint4* const (&a)[M][2], const uint4* const (&b)[N], int chunks, int warp, bool wait) {
  const int q = threadIdx.x & 3;
  uint4 w[Depth][M][2][2];

  // A step of a warp is 8 chunks of 8 numbers: 128 bytes of each row.
#define LOAD_STEP(slot, step)                                                                   \
  {                                                                                             \
    _Pragma("unroll") for (int m = 0; m < M; m++) {                                             \
      _Pragma("unroll") for (int half = 0; half < 2; half++) {                                  \
        _Pragma("unroll") for (int part = 0; part < 2; part++) {                                \
          int chunk = (step) * 8 + part * 4 + q;                                                \
          w[slot][m][half][part] =                                                              \
              a[m][half] && chunk < chunks ? load_once(a[m][half] + chunk) : make_uint4(0, 0, 0, 0); \
        }                                                                                       \
      }                                                                                         \
    }                                                                                           \
  }

#pragma unroll
  for (int d = 0; d < Depth; d++) LOAD_STEP(d, warp + d * Warps);
  if (wait) {
    wait_for_previous();
    let_next_start();
  }

  for (int step = warp; step * 8 < chunks; step += Depth * Warps) {
#pragma unroll
    for (int d = 0; d < Depth; d++) {
      int at = step + d * Warps;
      // All of b is asked for before the first product waits for a.
      uint4 v[2][N];
#pragma unroll
      for (int part = 0; part < 2; part++) {
        const int chunk = at * 8 + part * 4 + q;
#pragma unroll
        for (int n = 0; n < N; n++) v[part][n] = b[n] && chunk < chunks ? load_shared_often(b[n] + chunk) : make_uint4(0, 0, 0, 0);
      }
#pragma unroll
      for (int part = 0; part < 2; part++) {
#pragma unroll
        for (int m = 0; m < M; m++) {
          uint4 low = w[d][m][0][part], high = w[d][m][1][part];
#pragma unroll
          for (int n = 0; n < N; n++) {
            T::mma(c[m][n], low.x, high.x, low.y, high.y, v[part][n].x, v[part][n].y);
            T::mma(c[m][n], low.z, high.z, low.w, high.w, v[part][n].z, v[part][n].w);
          }
        }
      }
      LOAD_STEP(d, at + Depth * Warps);
    }
  }
#undef LOAD_STEP
}

// Where the sum of row i of a and row j of b lies in what a warp put down.
DEVICE int place_in_tile(int i, int j, int n) {
  int m = i >> 4, value = ((i & 8) >> 2) | (j & 1), lane = (i & 7) * 4 + ((j & 7) >> 1);
  return ((m * n + (j >> 3)) * 4 + value) * 32 + lane;
}

template <int M, int N, int Warps> struct TileSums {
  float values[Warps][M * N * 128];

  DEVICE_MEMBER void put(const float (&c)[M][N][4], int warp) {
    int lane = threadIdx.x & 31;
#pragma unroll
    for (int m = 0; m < M; m++)
#pragma unroll
      for (int n = 0; n < N; n++)
#pragma unroll
        for (int i = 0; i < 4; i++) values[warp][((m * N + n) * 4 + i) * 32 + lane] = c[m][n][i];
  }

  DEVICE_MEMBER float sum(int i, int j) const {
    int place = place_in_tile(i, j, N);
    float s = 0;
#pragma unroll
    for (int warp = 0; warp < Warps; warp++) s += values[warp][place];
    return s;
  }
};

DEVICE u32 word_of(uint4 v, int i) { return i == 0 ? v.x : i == 1 ? v.y : i == 2 ? v.z : v.w; }

// A slot beyond the table is the base: what is wrong above must not read other memory.
DEVICE int slot_of(const int* slot, int step, int row, int slots) {
  int s = slot[(i64)row * step];
  return s < slots ? s : -1;
}

// Rows for which a block of a rank reads A once. More make a block compute one after another what others could at the same time: eight
// took 10 us where two take 3 (H200, rank 32 on q, k and v of 4,096 numbers); what is read again lies in the second cache.
#define ROWS_OF_RANK 2

// The one place that says who speaks for the rows of a slot, where A of a slot shall be read once for some: the first of them that has
// it. With one slot for all rows a leader is that many rows, else a row.
struct SpokenRows {
  int first;  // of them
  int slot;   // that of the rows; below 0 where there is nothing to do: the base, or another row speaks for it
  u32 mine;   // a bit for each of them that has it

  DEVICE_MEMBER SpokenRows(const int* slot_of_rows, int step, int most, int rows, int leader) {
    int slots[ROWS_OF_RANK];
    first = step ? leader / ROWS_OF_RANK * ROWS_OF_RANK : leader * ROWS_OF_RANK;
#pragma unroll
    for (int i = 0; i < ROWS_OF_RANK; i++) slots[i] = first + i < rows ? slot_of(slot_of_rows, step, first + i, most) : -1;
    slot = slots[0];
#pragma unroll
    for (int i = 1; i < ROWS_OF_RANK; i++) if (step && first + i == leader) slot = slots[i];
    mine = 0;
#pragma unroll
    for (int i = 0; i < ROWS_OF_RANK; i++) mine |= (u32)(slots[i] == slot) << i;
    if (step && (mine & ((1u << (leader - first)) - 1))) slot = -1;
  }
};

// Numbers of 16 bytes in a row of a slot's B: as many as its rank needs.
DEVICE int chunks_of_slot(const int* ranks, int slot, int most) {
  if (!ranks) return most;
  int n = (ranks[slot] + 7) >> 3;
  return n < 0 ? 0 : n < most ? n : most;
}
