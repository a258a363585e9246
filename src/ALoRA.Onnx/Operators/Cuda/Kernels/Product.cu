// y = W . x of a few rows, at the speed of reading W, with what follows it: the adapter, SwiGLU, the residual.
struct ProductArguments {
  const uint4* x;         // [rows, inner]
  const uint4* w;         // [out, inner]; with SwiGLU [2 out, inner], gates first. Of 4 and 8 bits as Blocks.cu says
  const u16* scales;      // of 4 and 8 bits: [rows of w, inner / 32]
  const u8* zeros;        // of 4 bits: [rows of w, (inner / 32 + 1) / 2], two in a byte, of 8 [rows of w, inner / 32]; or null
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
  float scale;            // of everything but the residual
  int waits;              // whether x, too, comes from the kernel in front
  int swiglu;             // of few rows and 4 bits: whether half of the rows of w are gates
  int end1, end2, end3;
};

template <int Bits> DEVICE BlockRow block_row(const ProductArguments& g, int row, bool is_there) {
  const int blocks = g.chunks / 4, zeros = Bits == 4 ? (blocks + 1) / 2 : blocks;
  return {is_there ? g.w + (i64)row * blocks * (Bits / 4) : nullptr, g.scales + (i64)row * blocks,
          g.zeros ? g.zeros + (i64)row * zeros : nullptr};
}

template <class T> DEVICE float adapter_of(const ProductArguments& g, int s, int row, int o, int outputs) {
  const int chunks = chunks_of_slot(g.ranks, s, g.rank >> 3);
  const float4* h = (const float4*)(g.h + (i64)row * g.total_rank + part_of(o, g.end1, g.end2, g.end3) * g.rank);
  const uint4* b = g.b + ((i64)s * outputs + o) * (g.rank >> 3);
  float sum = 0;
#pragma unroll 4
  for (int i = 0; i < chunks; i++) sum = dot8<T>(load_shared_often(b + i), h[2 * i], h[2 * i + 1], sum);
  return sum;
}

// The adapter's rows of B are asked for before the product's main loop, so that they are near when it ends.
template <int Threads> DEVICE void fetch_adapter(const ProductArguments& g, int o0, int count, int first, int rows, int outputs) {
  const int lines = (count * g.rank * 2 + 127) / 128;
  for (int i = threadIdx.x; i < rows * lines; i += Threads) {
    const int row = first + i / lines;
    if (row >= g.rows || (g.slot_step == 0 && row > first)) break;
    const int s = slot_of(g.slot, g.slot_step, row, g.slots);
    if (s >= 0) fetch_line((const char*)g.b + ((i64)s * outputs + o0) * g.rank * 2 + i % lines * 128);
  }
}

// What the adapter adds to an output, and with SwiGLU to what its gate is multiplied with.
template <class T> DEVICE float2 added_to(const ProductArguments& g, int row, int o, int outputs, bool swiglu) {
  const int s = g.h ? slot_of(g.slot, g.slot_step, row, g.slots) : -1;
  if (s < 0) return make_float2(0, 0);
  return make_float2(adapter_of<T>(g, s, row, o, outputs), swiglu ? adapter_of<T>(g, s, row, g.out + o, outputs) : 0);
}

// What follows a product: the adapter, SwiGLU of gate v and u, the residual.
template <class T> DEVICE void finish_product(const ProductArguments& g, int row, int o, float2 added, float v, float u, bool swiglu) {
  v += added.x;
  u += added.y;
  if (swiglu) v = v / (1.0f + __expf(-v)) * u;
  v *= g.scale;
  const i64 at = (i64)row * g.out + o;
  if (g.residual) v += T::one(g.residual[at]);
  g.y[at] = T::round(v);
}

// Warps are Across groups of M tiles of 16 outputs (8 and 8 with SwiGLU) by Warps parts of the inner length; those of one part read the
// same of x.
template <class T, int Across, int M, int N, int Warps, int Depth, bool SwiGlu, int Bits>
DEVICE void product(const ProductArguments& g) {
  const int tile = SwiGlu ? 8 : 16, at_once = Across * tile, per_block = M * at_once, threads = Across * Warps * 32;
  const int outputs = SwiGlu ? 2 * g.out : g.out;
  const int warp = threadIdx.x >> 5, part = warp / Across, across = warp % Across;
  const int block0 = blockIdx.x * per_block, first = blockIdx.y * 8 * N, row_of_lane = (threadIdx.x & 31) >> 2;
  const uint4* b[N];
#pragma unroll
  for (int n = 0; n < N; n++) {
    int row = first + n * 8 + row_of_lane;
    b[n] = row < g.rows ? g.x + (i64)row * g.chunks : nullptr;
  }
  float c[M][N][4] = {};

  // Behind a shrink, which has waited for x itself, only h needs the wait.
  const bool late = g.h && !g.waits;
  if (g.h) {
    fetch_adapter<threads>(g, block0, per_block, first, 8 * N, outputs);
    if (SwiGlu) fetch_adapter<threads>(g, g.out + block0, per_block, first, 8 * N, outputs);
  }
  if (Bits < 16) {
    const int low = block0 + across * tile + row_of_lane, high = SwiGlu ? g.out + low : low + 8;
    const BlockRow a[2] = {block_row<Bits>(g, low, low < g.out), block_row<Bits>(g, high, (SwiGlu ? low : high) < g.out)};
    multiply_blocks<T, Bits, N, Warps, Depth>(c[0], a, b, g.chunks / 4, part, !late);
  } else {
    const uint4* a[M][2];
#pragma unroll
    for (int m = 0; m < M; m++) {
      const int low = block0 + (across * M + m) * tile + row_of_lane, high = SwiGlu ? g.out + low : low + 8;
      a[m][0] = low < g.out ? g.w + (i64)low * g.chunks : nullptr;
      a[m][1] = (SwiGlu ? low : high) < g.out ? g.w + (i64)high * g.chunks : nullptr;
    }
    multiply_rows<T, M, N, Warps, Depth>(c, a, b, g.chunks, part, !late);
  }
  if (late) {
    wait_for_previous();
    let_next_start();
  }

  // What the adapter adds is far away: all of it is asked for before the sums are put together.
  const int each = (at_once * 8 * N + threads - 1) / threads;
  float2 added[M][each];
  __shared__ TileSums<1, N, Warps> sums[Across];
#define FOR_EACH_RESULT(turn)                                                                                      \
  _Pragma("unroll") for (int e = 0; e < each; e++)                                                                 \
    if (const int i = threadIdx.x + e * threads, j = i / at_once, m = i % at_once, row = first + j,                \
        o = block0 + (m / tile * M + turn) * tile + m % tile;                                                      \
        i < at_once * 8 * N && row < g.rows && o < g.out)
#pragma unroll
  for (int turn = 0; turn < M; turn++) FOR_EACH_RESULT(turn) added[turn][e] = added_to<T>(g, row, o, outputs, SwiGlu);
#pragma unroll
  for (int turn = 0; turn < M; turn++) {
    if (turn > 0) __syncthreads();
    sums[across].put((const float (&)[1][N][4])c[turn], part);
    __syncthreads();
    FOR_EACH_RESULT(turn) {
      float v = sums[m / tile].sum(m % tile, j), u = SwiGlu ? sums[m / tile].sum(m % tile + 8, j) : 0;
      finish_product<T>(g, row, o, added[turn][e], v, u, SwiGlu);
    }
  }
#undef FOR_EACH_RESULT
}

#define PRODUCT(name, T, Across, M, N, Warps, Depth, SwiGlu, Bits)                                 \
  extern "C" __global__ void __launch_bounds__(Across * Warps * 32) name(ProductArguments g) {     \
    product<T, Across, M, N, Warps, Depth, SwiGlu, Bits>(g);                                       \
  }
#define PRODUCTS(form, Across, M, N, Warps, Depth)                                                 \
  F16(PRODUCT(product_f16_##form, Float16, Across, M, N, Warps, Depth, false, 16))                 \
  BF16(PRODUCT(product_bf16_##form, BFloat16, Across, M, N, Warps, Depth, false, 16))              \
  F16(PRODUCT(swiglu_f16_##form, Float16, Across, M, N, Warps, Depth, true, 16))                   \
  BF16(PRODUCT(swiglu_bf16_##form, BFloat16, Across, M, N, Warps, Depth, true, 16))
#define BLOCKS(form, name, Bits, Across, N, Warps, Depth)                                          \
  F16(PRODUCT(name##_f16_##form, Float16, Across, 1, N, Warps, Depth, false, Bits))                   \
  BF16(PRODUCT(name##_bf16_##form, BFloat16, Across, 1, N, Warps, Depth, false, Bits))                \
  F16(PRODUCT(name##_swiglu_f16_##form, Float16, Across, 1, N, Warps, Depth, true, Bits))             \
  BF16(PRODUCT(name##_swiglu_bf16_##form, BFloat16, Across, 1, N, Warps, Depth, true, Bits))

// For many outputs eight parts of the inner length, for few sixteen: one of the two by the shape of W alone, so that a row's sum does
// not depend on the number of rows. Then by the rows: 8, 16, 32 a block.
PRODUCTS(0, 1, 1, 1, 8, 1)
PRODUCTS(1, 1, 1, 2, 8, 2)
PRODUCTS(2, 2, 2, 4, 8, 1)
PRODUCTS(3, 1, 1, 1, 16, 1)
PRODUCTS(4, 1, 1, 2, 16, 1)
PRODUCTS(5, 1, 2, 4, 16, 1)
BLOCKS(0, nibbles, 4, 1, 1, 8, 2)
BLOCKS(1, nibbles, 4, 2, 2, 8, 2)
BLOCKS(2, nibbles, 4, 2, 4, 8, 1)
BLOCKS(3, nibbles, 4, 1, 1, 16, 2)
BLOCKS(4, nibbles, 4, 1, 2, 16, 1)
BLOCKS(5, nibbles, 4, 1, 4, 16, 1)
BLOCKS(0, bytes, 8, 1, 1, 8, 2)
BLOCKS(1, bytes, 8, 2, 2, 8, 1)
BLOCKS(2, bytes, 8, 2, 4, 8, 1)
BLOCKS(3, bytes, 8, 1, 1, 16, 1)
BLOCKS(4, bytes, 8, 1, 2, 16, 1)
BLOCKS(5, bytes, 8, 1, 4, 16, 1)
