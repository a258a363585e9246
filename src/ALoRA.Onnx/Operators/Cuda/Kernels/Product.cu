// y = W . x of a few rows, at the speed of reading W, with what follows it: the adapter, SwiGLU, the residual.
struct ProductArguments {
  const uint4* x;         // [rows, inner]
  const uint4* w;         // [out, inner]; with SwiGLU [2 out, inner], gates first
  const u16* residual;    // [rows, out] or null
  u16* y;                 // [rows, out]
  const float* h;         // [rows, total_rank] or null: no adapter
  const int* slot;
  const int* ranks;
  const uint4* b;         // [slots, rows of w, rank]
  int chunks;             // inner / 8
  int out;
  int rows;
  int rank;
  int total_rank;
  int slot_step;
  int slots;
  int end1, end2, end3;
};

template <class T> DEVICE float adapter_of(const ProductArguments& g, int s, int row, int o, int outputs) {
  const int chunks = chunks_of_slot(g.ranks, s, g.rank >> 3);
  const float4* h = (const float4*)(g.h + (i64)row * g.total_rank + part_of(o, g.end1, g.end2, g.end3) * g.rank);
  const uint4* b = g.b + ((i64)s * outputs + o) * (g.rank >> 3);
  float sum = 0;
#pragma unroll 4
  for (int i = 0; i < chunks; i++) sum = dot8<T>(load_shared_often(b + i), h[2 * i], h[2 * i + 1], sum);
  return sum;
}

template <class T, int N, int Warps, int Depth, bool SwiGlu> DEVICE void product(const ProductArguments& g) {
  const int per_block = SwiGlu ? 8 : 16, outputs = SwiGlu ? 2 * g.out : g.out;
  const int o0 = blockIdx.x * per_block, first = blockIdx.y * 8 * N, row_of_lane = (threadIdx.x & 31) >> 2;
  const int low = o0 + row_of_lane, high = SwiGlu ? g.out + low : low + 8;
  const uint4* a[1][2] = {{low < g.out ? g.w + (i64)low * g.chunks : nullptr,
                           (SwiGlu ? low < g.out : high < g.out) ? g.w + (i64)high * g.chunks : nullptr}};
  const uint4* b[N];
#pragma unroll
  for (int n = 0; n < N; n++) {
    int row = first + n * 8 + row_of_lane;
    b[n] = row < g.rows ? g.x + (i64)row * g.chunks : nullptr;
  }
  float c[1][N][4] = {};

  // With an adapter the kernel in front is at the earliest the shrink, which waited for x: only h needs the wait.
  const bool late = g.h != nullptr;
  multiply_rows<T, 1, N, Warps, Depth>(c, a, b, g.chunks, !late);
  __shared__ TileSums<1, N, Warps> sums;
  sums.put(c);
  __syncthreads();
  if (late) {
    wait_for_previous();
    let_next_start();
  }
  for (int i = threadIdx.x; i < per_block * 8 * N; i += Warps * 32) {
    const int j = i / per_block, m = i % per_block, o = o0 + m, row = first + j;
    if (row >= g.rows || o >= g.out) continue;
    float v = sums.sum(m, j), u = SwiGlu ? sums.sum(m + 8, j) : 0;
    if (g.h) {
      const int s = slot_of(g.slot, g.slot_step, row, g.slots);
      if (s >= 0) {
        v += adapter_of<T>(g, s, row, o, outputs);
        if (SwiGlu) u += adapter_of<T>(g, s, row, g.out + o, outputs);
      }
    }
    if (SwiGlu) v = v / (1.0f + __expf(-v)) * u;
    const i64 at = (i64)row * g.out + o;
    if (g.residual) v += T::one(g.residual[at]);
    g.y[at] = T::round(v);
  }
}

#define PRODUCT(name, T, N, Warps, Depth, SwiGlu) \
  extern "C" __global__ void __launch_bounds__(Warps * 32) name(ProductArguments g) { product<T, N, Warps, Depth, SwiGlu>(g); }
#define PRODUCTS(N, Depth) \
  PRODUCT(product_f16_##N, Float16, N, 8, Depth, false) \
  PRODUCT(product_bf16_##N, BFloat16, N, 8, Depth, false) \
  PRODUCT(swiglu_f16_##N, Float16, N, 8, Depth, true) \
  PRODUCT(swiglu_bf16_##N, BFloat16, N, 8, Depth, true)

PRODUCTS(1, 4)
PRODUCTS(2, 2)
PRODUCTS(4, 2)
