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
  multiply_rows<T, M, 1, Warps, Depth>(c, a, b, g.chunks, false);
  __shared__ TileSums<M, 1, Warps> sums;
  sums.put(c);
  __syncthreads();
  for (int i = threadIdx.x; i < rows_of_tile * 8; i += Warps * 32) {
    int row = first + (i >> 3);
    if (row < g.rows && (!g.slot_step || slot_of(g.slot, 1, row, g.slots) == s))
      g.h[(i64)row * g.total_rank + k0 + (i & 7)] = sums.sum(i >> 3, i & 7);
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

// A thread computes one output of up to eight rows, and reads its row of B again only where the slot changes.
template <class T, int L> DEVICE void expand(const ExpandArguments& g) {
  const int o = blockIdx.x * blockDim.x + threadIdx.x, first = blockIdx.y * 8;
  const int last = first + 8 < g.rows ? first + 8 : g.rows;
  const bool on = o < g.out;
  uint4 w[L] = {};
  int held = -1, chunks = 0;
  // Slots are read by the kernel in front, or by one before it: they were there before it started.
  if (on) {
    int s = slot_of(g.slot, g.slot_step, first, g.slots);
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
    const int s = slot_of(g.slot, g.slot_step, row, g.slots);
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

SHRINK(shrink_f16_1, Float16, 1, 8, 2)
SHRINK(shrink_bf16_1, BFloat16, 1, 8, 2)
SHRINK(shrink_f16_2, Float16, 2, 8, 2)
SHRINK(shrink_bf16_2, BFloat16, 2, 8, 2)
EXPAND(1) EXPAND(2) EXPAND(3) EXPAND(4) EXPAND(5) EXPAND(6) EXPAND(7) EXPAND(8)
