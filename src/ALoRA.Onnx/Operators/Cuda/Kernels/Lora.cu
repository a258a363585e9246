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
};

// Eight ranks a block. Where rows have slots of their own, a block is also asked for by each row, and the first row of a slot in
// its tile speaks for all: A of a slot is read once.
template <class T, int M, int Warps, int Depth> DEVICE void shrink(const ShrinkArguments& g) {
  const int rows_of_tile = 16 * M, k0 = blockIdx.x * 8;
  int first = blockIdx.y * rows_of_tile, leader = first;
  wait_for_previous();
  let_next_start();
  if (g.slot_step) {
    leader = blockIdx.y;
    first = leader / rows_of_tile * rows_of_tile;
  }
  const int s = slot_of(g.slot, g.slot_step, leader, g.slots);
  if (s < 0 || k0 % g.rank / 8 >= chunks_of_slot(g.ranks, s, g.rank / 8)) return;
  if (g.slot_step)
    for (int row = first; row < leader; row++)
      if (slot_of(g.slot, 1, row, g.slots) == s) return;

  const int lane = threadIdx.x & 31, row_of_lane = lane >> 2;
  const uint4* a[M][2];
#pragma unroll
  for (int m = 0; m < M; m++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      int row = first + m * 16 + half * 8 + row_of_lane;
      bool mine = row < g.rows && (!g.slot_step || slot_of(g.slot, 1, row, g.slots) == s);
      a[m][half] = mine ? g.x + (i64)row * g.chunks : nullptr;
    }
  const uint4* b[1] = {g.a + ((i64)s * g.total_rank + k0 + row_of_lane) * g.chunks};
  float c[M][1][4] = {};
  const int warp = threadIdx.x >> 5;
  multiply_rows<T, M, 1, Warps, Depth>(c, a, b, g.chunks, warp, false);
  __shared__ TileSums<M, 1, Warps> sums;
  sums.put(c, warp);
  __syncthreads();
  for (int i = threadIdx.x; i < rows_of_tile * 8; i += Warps * 32) {
    int row = first + (i >> 3);
    if (row < g.rows && (!g.slot_step || slot_of(g.slot, 1, row, g.slots) == s))
      g.h[(i64)row * g.total_rank + k0 + (i & 7)] = sums.sum(i >> 3, i & 7);
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
  int rows_of_thread;
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

// A thread computes one output of some rows, and reads its row of B again only where the slot changes.
template <class T, int L> DEVICE void expand(const ExpandArguments& g) {
  const int o = blockIdx.x * blockDim.x + threadIdx.x, first = blockIdx.y * g.rows_of_thread;
  const int last = first + g.rows_of_thread < g.rows ? first + g.rows_of_thread : g.rows;
  const bool on = o < g.out;
  uint4 w[L] = {};
  int held = -1, chunks = 0;
  int s = -1;
  // Slots are read by the kernel in front, or by one before it: they were there before it started.
  if (on) {
    s = slot_of(g.slot, g.slot_step, first, g.slots);
    if (s >= 0) {
      held = s;
      chunks = chunks_of_slot(g.ranks, s, L);
#pragma unroll
      for (int i = 0; i < L; i++) if (i < chunks) w[i] = load_shared_often(g.b + ((i64)s * g.out + o) * L + i);
    }
  }
  wait_for_previous();
  let_next_start();
  if (!on) return;
  const int from = part_of(o, g.end1, g.end2, g.end3) * g.rank;
  for (int row = first; row < last; row++) {
    const i64 at = (i64)row * g.out + o;
    if (row > first) s = slot_of(g.slot, g.slot_step, row, g.slots);
    if (s < 0) {
      if (g.y != g.base) g.y[at] = g.base[at];
      continue;
    }
    if (s != held) {
      held = s;
      chunks = chunks_of_slot(g.ranks, s, L);
#pragma unroll
      for (int i = 0; i < L; i++)
        w[i] = i < chunks ? load_shared_often(g.b + ((i64)s * g.out + o) * L + i) : make_uint4(0, 0, 0, 0);
    }
    const float4* h = (const float4*)(g.h + (i64)row * g.total_rank + from);
    float sum = 0;
#pragma unroll
    for (int i = 0; i < L; i++) if (i < chunks) sum = dot8<T>(w[i], h[2 * i], h[2 * i + 1], sum);
    g.y[at] = T::round(T::one(g.base[at]) + sum);
  }
}

#define SHRINK(name, T, M, Warps, Depth) \
  extern "C" __global__ void __launch_bounds__(Warps * 32) name(ShrinkArguments g) { shrink<T, M, Warps, Depth>(g); }
#define EXPAND(L) \
  extern "C" __global__ void __launch_bounds__(128) expand_f16_##L(ExpandArguments g) { expand<Float16, L>(g); } \
  extern "C" __global__ void __launch_bounds__(128) expand_bf16_##L(ExpandArguments g) { expand<BFloat16, L>(g); }

// So few registers that all blocks of eight rows and slots are on the GPU at once: what waits for them to start, starts then.
#define SHRINK_FEW(name, T, Held, Blocks) \
  extern "C" __global__ void __launch_bounds__(256, Blocks) name(ShrinkArguments g) { shrink_few<T, Held>(g); }

#if WITH_ADAPTERS
SHRINK_FEW(shrink_f16_0, Float16, 2, 6)
SHRINK_FEW(shrink_bf16_0, BFloat16, 2, 6)
SHRINK_FEW(shrink_f16_1, Float16, 7, 3)
SHRINK_FEW(shrink_bf16_1, BFloat16, 7, 3)
SHRINK(shrink_f16_2, Float16, 1, 16, 2)
SHRINK(shrink_bf16_2, BFloat16, 1, 16, 2)
SHRINK(shrink_f16_3, Float16, 2, 16, 1)
SHRINK(shrink_bf16_3, BFloat16, 2, 16, 1)
EXPAND(1) EXPAND(2) EXPAND(3) EXPAND(4) EXPAND(5) EXPAND(6) EXPAND(7) EXPAND(8)
#endif
