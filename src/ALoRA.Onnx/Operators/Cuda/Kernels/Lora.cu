// The adapter's branch in two steps: h = A[slot] . x, and y = base + B[slot] . h.
struct ShrinkArguments {
  const uint4* x;     // [rows, inner]
  const int* slot;    // one, or one a row; below 0 is the base
  const int* ranks;   // [slots] or null
  const uint4* a;     // [slots, total_rank, inner]
  float* h;           // [rows, total_rank]
  int chunks;         // inner / 8
  int rank;           // of a part, a multiple of 8
  int total_rank;
  int rows;
  int slot_step;      // 0 where one slot is for all rows
  int slots;
  int ahead;          // few rows only: the product behind this kernel waits for x itself, so that it starts before x is there
  int late;           // whether slots may come from the kernel in front
};

// Sixteen ranks and 8 N rows a block. Where rows have slots of their own, a block is also asked for by each row, and the first row of a
// slot in its tile speaks for all: A of a slot is read once, before x is there.
template <class T, int N, int Warps, int Depth> DEVICE void shrink(const ShrinkArguments& g) {
  if (g.late) wait_for_previous();
  const int rows_of_tile = 8 * N, k0 = blockIdx.x * 16, warp = threadIdx.x >> 5, lane = threadIdx.x & 31, row_of_lane = lane >> 2;
  const int leader = g.slot_step ? blockIdx.y : blockIdx.y * rows_of_tile, first = leader / rows_of_tile * rows_of_tile;
  const bool is_row = lane < rows_of_tile && first + lane < g.rows;
  const int slot_of_lane = is_row ? slot_of(g.slot, g.slot_step, first + lane, g.slots) : -1;
  const int s = __shfl_sync(~0u, slot_of_lane, leader - first);
  const u32 mine = __ballot_sync(~0u, is_row && slot_of_lane == s);
  const int chunks = s < 0 ? 0 : chunks_of_slot(g.ranks, s, g.rank / 8);
  const bool has_low = k0 % g.rank / 8 < chunks, has_high = k0 + 8 < g.total_rank && (k0 + 8) % g.rank / 8 < chunks;
  if (!(has_low || has_high) || (mine & ((1u << (leader - first)) - 1))) {
    // The product counts on it that this kernel does not end before x is there.
    wait_for_previous();
    return;
  }

  const uint4* a = g.a + ((i64)s * g.total_rank + k0 + row_of_lane) * g.chunks;
  const uint4* low_and_high[1][2] = {{has_low ? a : nullptr, has_high ? a + 8 * (i64)g.chunks : nullptr}};
  const uint4* x[N];
#pragma unroll
  for (int n = 0; n < N; n++) {
    const int row = n * 8 + row_of_lane;
    x[n] = mine >> row & 1 ? g.x + (i64)(first + row) * g.chunks : nullptr;
  }
  float c[1][N][4] = {};
  multiply_rows<T, 1, N, Warps, Depth>(c, low_and_high, x, g.chunks, warp, true);
  __shared__ TileSums<1, N, Warps> sums;
  sums.put(c, warp);
  __syncthreads();
  for (int i = threadIdx.x; i < rows_of_tile * 16; i += Warps * 32) {
    const int row = i >> 4, k = i & 15;
    if (mine >> row & 1 && (k < 8 ? has_low : has_high)) g.h[(i64)(first + row) * g.total_rank + k0 + k] = sums.sum(k, row);
  }
}

template <class T> DEVICE float dot16(uint4 a, uint4 b, float sum) {
  float2 p = T::pair(a.x), q = T::pair(b.x);
  sum = fmaf(p.x, q.x, sum); sum = fmaf(p.y, q.y, sum);
  p = T::pair(a.y); q = T::pair(b.y);
  sum = fmaf(p.x, q.x, sum); sum = fmaf(p.y, q.y, sum);
  p = T::pair(a.z); q = T::pair(b.z);
  sum = fmaf(p.x, q.x, sum); sum = fmaf(p.y, q.y, sum);
  p = T::pair(a.w); q = T::pair(b.w);
  sum = fmaf(p.x, q.x, sum); sum = fmaf(p.y, q.y, sum);
  return sum;
}

// The same for a few rows, one rank a block: beside a product the memory is slow to answer, so all of A's row is asked for at once.
// Ahead of its product it reads slots and A before it waits for x: slots were written before the kernel in front started, or this one is
// not launched to start before that one has ended.
template <class T, int Held> DEVICE void shrink_few(const ShrinkArguments& g) {
  const int k = blockIdx.x, t = threadIdx.x;
  if (!g.ahead) wait_for_previous();
  let_next_start();
  const SpokenRows spoken(g.slot, g.slot_step, g.slots, g.rows, blockIdx.y);
  const int s = spoken.slot, first = spoken.first;
  if (s < 0 || k % g.rank / 8 >= chunks_of_slot(g.ranks, s, g.rank / 8)) {
    // The product counts on it that this kernel does not end before x is there.
    if (g.ahead) wait_for_previous();
    return;
  }

  const uint4* a = g.a + ((i64)s * g.total_rank + k) * g.chunks;
  const uint4* x = g.x + (i64)first * g.chunks;
  uint4 w[Held];
#pragma unroll
  for (int i = 0; i < Held; i++) if (t + i * 256 < g.chunks) w[i] = load_once(a + t + i * 256);
  if (g.ahead) wait_for_previous();
  __shared__ float parts[ROWS_OF_RANK][8];
#pragma unroll
  for (int row = 0; row < ROWS_OF_RANK; row++) {
    if (!(spoken.mine >> row & 1)) continue;
    const uint4* xr = x + (i64)row * g.chunks;
    float sum = 0;
#pragma unroll
    for (int i = 0; i < Held; i++) if (t + i * 256 < g.chunks) sum = dot16<T>(w[i], load_shared_often(xr + t + i * 256), sum);
    for (int c = t + Held * 256; c < g.chunks; c += 256) sum = dot16<T>(load_once(a + c), load_shared_often(xr + c), sum);
#pragma unroll
    for (int m = 16; m; m >>= 1) sum += __shfl_xor_sync(~0u, sum, m);
    if ((t & 31) == 0) parts[row][t >> 5] = sum;
  }
  __syncthreads();
  if (t < ROWS_OF_RANK && spoken.mine >> t & 1) {
    float sum = 0;
    for (int warp = 0; warp < 8; warp++) sum += parts[t][warp];
    g.h[(i64)(first + t) * g.total_rank + k] = sum;
  }
}

struct ExpandArguments {
  const u16* base;    // [rows, out]
  u16* y;             // the same memory or other
  const float* h;     // [rows, total_rank]
  const int* slot;
  const int* ranks;   // [slots] or null
  const uint4* b;     // [slots, out, rank]
  int out;
  int rank;
  int total_rank;
  int rows;
  int slot_step;
  int slots;
  int end1, end2, end3;  // where the second, third and fourth part of the outputs begin
};

DEVICE int part_of(int o, int end1, int end2, int end3) { return (o >= end1) + (o >= end2) + (o >= end3); }

template <class T> DEVICE float dot8(uint4 w, float4 h0, float4 h1, float sum) {
  float2 v = T::pair(w.x);
  sum = fmaf(v.x, h0.x, sum); sum = fmaf(v.y, h0.y, sum);
  v = T::pair(w.y);
  sum = fmaf(v.x, h0.z, sum); sum = fmaf(v.y, h0.w, sum);
  v = T::pair(w.z);
  sum = fmaf(v.x, h1.x, sum); sum = fmaf(v.y, h1.y, sum);
  v = T::pair(w.w);
  sum = fmaf(v.x, h1.z, sum); sum = fmaf(v.y, h1.w, sum);
  return sum;
}

// A thread computes one output of some rows, and reads its row of B again only where the slot changes. All that is read of a row is asked
// for at once: slots and B of the first row before the wait, as the kernel in front does not write them; h is near for the whole block.
template <class T, int L, int Rows> DEVICE void expand(const ExpandArguments& g) {
  extern __shared__ uint4 space[];
  float* const sums = (float*)space;  // [Rows, total_rank]
  const int o = blockIdx.x * 128 + threadIdx.x, first = blockIdx.y * Rows, rows = g.rows - first < Rows ? g.rows - first : Rows;
  const bool on = o < g.out;
  int slots[Rows];
#pragma unroll
  for (int r = 0; r < Rows; r++) slots[r] = r < rows ? slot_of(g.slot, g.slot_step, first + r, g.slots) : -1;
  uint4 w[L];
  int held = -1, chunks = 0;
  const uint4* const b = g.b + (i64)o * L;
  const i64 slot_size = (i64)g.out * L;
#define HOLD(s)                                                                                             \
  {                                                                                                         \
    held = s;                                                                                               \
    chunks = chunks_of_slot(g.ranks, held, L);                                                              \
    _Pragma("unroll") for (int i = 0; i < L; i++)                                                           \
      w[i] = i < chunks ? load_shared_often(b + held * slot_size + i) : make_uint4(0, 0, 0, 0);             \
  }
  if (on && slots[0] >= 0) HOLD(slots[0]);
  wait_for_previous();
  let_next_start();
  u16 base[Rows];
  const i64 place = (i64)first * g.out + o;
#pragma unroll
  for (int r = 0; r < Rows; r++) base[r] = on && r < rows ? g.base[place + (i64)r * g.out] : 0;
  const float4* h = (const float4*)(g.h + (i64)first * g.total_rank);
  for (int i = threadIdx.x; i < rows * g.total_rank / 4; i += 128) ((float4*)sums)[i] = h[i];
  __syncthreads();
  if (!on) return;
  const int from = part_of(o, g.end1, g.end2, g.end3) * g.rank;
#pragma unroll
  for (int r = 0; r < Rows; r++) {
    if (r >= rows) break;
    u16* const y = g.y + place + (i64)r * g.out;
    if (slots[r] < 0) {
      if (g.y != g.base) *y = base[r];
      continue;
    }
    if (slots[r] != held) HOLD(slots[r]);
    const float4* sum_of_row = (const float4*)(sums + r * g.total_rank + from);
    float sum = 0;
#pragma unroll
    for (int i = 0; i < L; i++) if (i < chunks) sum = dot8<T>(w[i], sum_of_row[2 * i], sum_of_row[2 * i + 1], sum);
    *y = T::round(T::one(base[r]) + sum);
  }
#undef HOLD
}

#define SHRINK(name, T, N, Warps, Depth) \
  extern "C" __global__ void __launch_bounds__(Warps * 32) name(ShrinkArguments g) { shrink<T, N, Warps, Depth>(g); }
#define EXPAND_ROWS(name, T, L, Rows) \
  extern "C" __global__ void __launch_bounds__(128) name(ExpandArguments g) { expand<T, L, Rows>(g); }
#define EXPAND(L)                                   \
  EXPAND_ROWS(expand_few_f16_##L, Float16, L, 2)    \
  EXPAND_ROWS(expand_few_bf16_##L, BFloat16, L, 2)  \
  EXPAND_ROWS(expand_f16_##L, Float16, L, 8)        \
  EXPAND_ROWS(expand_bf16_##L, BFloat16, L, 8)

// So few registers that all blocks of eight rows and slots are on the GPU at once: what waits for them to start, starts then.
#define SHRINK_FEW(name, T, Held, Blocks) \
  extern "C" __global__ void __launch_bounds__(256, Blocks) name(ShrinkArguments g) { shrink_few<T, Held>(g); }

#if WITH_ADAPTERS
SHRINK_FEW(shrink_f16_0, Float16, 2, 6)
SHRINK_FEW(shrink_bf16_0, BFloat16, 2, 6)
SHRINK_FEW(shrink_f16_1, Float16, 7, 3)
SHRINK_FEW(shrink_bf16_1, BFloat16, 7, 3)
SHRINK(shrink_f16_2, Float16, 2, 16, 3)
SHRINK(shrink_bf16_2, BFloat16, 2, 16, 3)
SHRINK(shrink_f16_3, Float16, 4, 16, 2)
SHRINK(shrink_bf16_3, BFloat16, 4, 16, 2)
SHRINK(shrink_f16_4, Float16, 2, 32, 1)
SHRINK(shrink_bf16_4, BFloat16, 2, 32, 1)
EXPAND(1) EXPAND(2) EXPAND(3) EXPAND(4) EXPAND(5) EXPAND(6) EXPAND(7) EXPAND(8)
#endif
