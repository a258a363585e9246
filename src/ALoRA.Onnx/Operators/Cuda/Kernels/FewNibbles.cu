// y = W . x of one or two rows with weights of 4 bits, see Nibbles.cu; w = (code - zero) . scale is exact here.
//
// Codes are multiplied as they are, and a block's sum by its scale: of float16 a code in the low bits of a number is the code times 2^-24,
// exact in the matrix instruction, and needs but a mask. What the zero point takes away is the same for all rows of W with one zero point,
// the sum of x: the instruction begins with it.
//
// Blocks stay for many tiles of 16 rows of W, and each warp has lots of 8 blocks of 16 rows on their way into the block's memory all the
// time, before x is there, too.

// A lot: 16 rows of 8 blocks' codes and then their scales, so far apart that eight rows lie in different banks; then zero points, if any.
#define ROW_OF_LOT 9
#define LOT (16 * ROW_OF_LOT + 4)

DEVICE u32 place_of(const void* p) {
  u32 place;
  asm("{.reg .u64 p; cvta.to.shared.u64 p, %1; cvt.u32.u64 %0, p;}" : "=r"(place) : "l"(p));
  return place;
}

// As copy_beside, of what no other block reads.
DEVICE void copy_once(u32 to, const void* from) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
}

// Lane (g, q) gets word q of row g of each of four matrices of 8 rows of 16 bytes, whose addresses the lanes give.
DEVICE void load_matrices(u32 (&w)[4], u32 place) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(w[0]), "=r"(w[1]), "=r"(w[2]), "=r"(w[3]) : "r"(place) : "memory");
}

// Numbers 0 4 2 6 and 1 5 3 7 of what a lane has of a row of x in a block: the order in which codes become numbers.
DEVICE uint4 in_order_of_codes(uint4 v) {
  return make_uint4(__byte_perm(v.x, v.z, 0x5410), __byte_perm(v.y, v.w, 0x5410), __byte_perm(v.x, v.z, 0x7632),
                    __byte_perm(v.y, v.w, 0x7632));
}

template <class T> DEVICE float sum_of_8(uint4 v) {
  const float2 a = T::pair(v.x), b = T::pair(v.y), c = T::pair(v.z), d = T::pair(v.w);
  return ((a.x + a.y) + (b.x + b.y)) + ((c.x + c.y) + (d.x + d.y));
}

// What a warp reads of W, lot by lot: of each of a block's tiles every so many steps of 8 blocks.
template <int Warps, bool Zeros> struct FewNibbleReader {
  const ProductArguments& g;
  int blocks, steps, tile_rows, tiles;
  bool whole;      // whether all lots are, and scales of a lot can be copied at once
  int tile, step;  // what is fetched next
  const uint4* codes;
  const u16* scales;
  i64 upper;       // from a row of the lower eight to that of the upper, in blocks

  DEVICE_MEMBER explicit FewNibbleReader(const ProductArguments& arguments) : g(arguments) {
    blocks = g.chunks / 4;
    steps = (blocks + 7) / 8;
    tile_rows = g.swiglu ? 8 : 16;
    tiles = (g.out + tile_rows - 1) / tile_rows;
    whole = blocks % 8 == 0 && g.out % tile_rows == 0;
    upper = (i64)(g.swiglu ? g.out : 8) * blocks;
    tile = blockIdx.x;
    begin();
  }

  DEVICE_MEMBER void begin() {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    step = warp;
    if (warp >= steps) tile = tiles;
    codes = g.w + (i64)(tile * tile_rows + (lane >> 3)) * blocks + step * 8 + (lane & 7);
    scales = g.scales + (i64)(tile * tile_rows + (lane & 7)) * blocks + (lane & 8 ? upper : 0) + step * 8;
  }

  DEVICE_MEMBER void fetch(uint4* lot) {
    if (tile < tiles) {
      const int lane = threadIdx.x & 31;
      if (whole) {
        const u32 to = place_of(lot + (lane >> 3) * ROW_OF_LOT + (lane & 7));
        copy_once(to, codes);
        copy_once(to + 4 * ROW_OF_LOT * 16, codes + 4 * blocks);
        copy_once(to + 8 * ROW_OF_LOT * 16, codes + upper);
        copy_once(to + 12 * ROW_OF_LOT * 16, codes + upper + 4 * blocks);
        if (lane < 16) copy_once(place_of(lot + lane * ROW_OF_LOT + 8), scales);
      } else {
        fetch_some(lot);
      }
      if (Zeros && lane < 16) fetch_zeros(lot, lane);
      step += Warps;
      codes += 8 * Warps;
      scales += 8 * Warps;
      if (step >= steps) {
        tile += gridDim.x;
        begin();
      }
    }
    close_copies();
  }

  // Row of W that is row r of the 16; -1 for none.
  DEVICE_MEMBER int row_of(int r) const {
    const int output = tile * tile_rows + (g.swiglu ? r & 7 : r);
    return output < g.out ? (g.swiglu && r >= 8 ? g.out + output : output) : -1;
  }

  DEVICE_MEMBER void fetch_some(uint4* lot) const {
    const int lane = threadIdx.x & 31, first = step * 8;
    for (int i = lane; i < 128; i += 32) {
      const int r = i >> 3, row = row_of(r), block = first + (i & 7);
      const bool on = row >= 0 && block < blocks;
      uint4* to = lot + r * ROW_OF_LOT;
      copy_beside(to + (i & 7), on ? g.w + (i64)row * blocks + block : g.w, on);
      ((u16*)(to + 8))[i & 7] = on ? g.scales[(i64)row * blocks + block] : 0;
    }
  }

  DEVICE_MEMBER void fetch_zeros(uint4* lot, int r) const {
    const int bytes = (blocks + 1) / 2, row = row_of(r), first = step * 4;
    const u8* zeros = g.zeros + (i64)(row < 0 ? 0 : row) * bytes + first;
    u32 word = 0;
    if (bytes % 4 == 0) word = *(const u32*)zeros;
    else for (int i = 0; i < 4; i++) if (first + i < bytes) word |= (u32)zeros[i] << i * 8;
    ((u32*)(lot + 16 * ROW_OF_LOT))[r] = word;
  }
};

// x for the block: sums of 32 numbers for the zero points, of two blocks and two rows together, and, where it has room, x itself.
template <class T, int Threads, bool Zeros, bool Held>
DEVICE void take_rows(const ProductArguments& g, int steps, float* lacks, uint4* x) {
  const float weight = -T::code_unit * (Zeros ? 1 : T::code_bias + 8);
  const int width = steps * 32, rows = g.rows;
  for (int start = threadIdx.x; start < rows * width; start += 4 * Threads) {
    uint4 v[4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const int i = start + k * Threads, row = i / width, c = i - row * width;
      v[k] = i < rows * width && c < g.chunks ? load_shared_often(g.x + (i64)row * g.chunks + c) : make_uint4(0, 0, 0, 0);
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const int i = start + k * Threads, row = i / width, c = i - row * width;
      if (i >= rows * width) break;
      float sum = sum_of_8<T>(v[k]);
      sum += __shfl_xor_sync(~0u, sum, 1);
      sum += __shfl_xor_sync(~0u, sum, 2);
      if ((c & 3) == 0) lacks[(c >> 3) * 4 + (c >> 1 & 2) + row] = sum * weight;
      if (Held) x[row * (width + 4) + c] = in_order_of_codes(v[k]);
    }
  }
}

template <class T, int Warps, int Lots, bool Zeros, bool Held> DEVICE void few_nibbles(const ProductArguments& g) {
  extern __shared__ uint4 space[];
  FewNibbleReader<Warps, Zeros> w(g);
  const int threads = Warps * 32, lane = threadIdx.x & 31, warp = threadIdx.x >> 5, q = lane & 3, row_of_lane = lane >> 2;
  uint4* lots = space + warp * Lots * LOT;
  float* sums = (float*)(space + Warps * Lots * LOT);  // [2, warps, 16, 2]
  float* lacks = sums + 2 * Warps * 16 * 2;            // [steps . 4, 2, 2]
  uint4* x = (uint4*)(lacks + w.steps * 8 * 2);        // [rows, steps . 32 + 4]

#pragma unroll
  for (int i = 0; i < Lots; i++) w.fetch(lots + i * LOT);
  const int outputs = g.swiglu ? 2 * g.out : g.out;
  bool late = g.h && !g.waits;
  if (g.h)
    for (int tile = blockIdx.x; tile < w.tiles; tile += gridDim.x) {
      fetch_adapter<threads>(g, tile * w.tile_rows, w.tile_rows, 0, g.rows, outputs);
      if (g.swiglu) fetch_adapter<threads>(g, g.out + tile * w.tile_rows, w.tile_rows, 0, g.rows, outputs);
    }
  if (!late) {
    wait_for_previous();
    let_next_start();
  }
  take_rows<T, threads, Zeros, Held>(g, w.steps, lacks, x);
  __syncthreads();

  const bool has_row = row_of_lane < g.rows;
  const uint4* held = x + row_of_lane * (w.steps * 32 + 4) + q;
  const uint4* far = g.x + (i64)row_of_lane * g.chunks + q;
  const u32 from = ((lane & 15) * ROW_OF_LOT + (lane >> 4)) * 16;
  int slot = 0, turn = 0;
  for (int tile = blockIdx.x; tile < w.tiles; tile += gridDim.x, turn++) {
    float c[4] = {};
    for (int step = warp; step < w.steps; step += Warps) {
      await_copies<Lots - 1>();
      __syncwarp();
      uint4* lot = lots + slot * LOT;
      const u32 place = place_of(lot) + from;
      const uint4 low_scales = lot[row_of_lane * ROW_OF_LOT + 8], high_scales = lot[(row_of_lane + 8) * ROW_OF_LOT + 8];
      u32 low_zeros = 0, high_zeros = 0;
      if (Zeros) {
        low_zeros = ((const u32*)(lot + 16 * ROW_OF_LOT))[row_of_lane];
        high_zeros = ((const u32*)(lot + 16 * ROW_OF_LOT))[row_of_lane + 8];
      }
#pragma unroll
      for (int pair = 0; pair < 4; pair++) {
        u32 codes[4];
        load_matrices(codes, place + pair * 32);
        const float2 low_scale = T::pair(word_of(low_scales, pair)), high_scale = T::pair(word_of(high_scales, pair));
        const float4 less = ((const float4*)lacks)[step * 4 + pair];
#pragma unroll
        for (int half = 0; half < 2; half++) {
          const int block = step * 8 + pair * 2 + half;
          uint4 v = make_uint4(0, 0, 0, 0);
          if (Held) {
            if (has_row) v = held[block * 4];
          } else if (has_row && block < w.blocks) {
            v = in_order_of_codes(load_shared_often(far + block * 4));
          }
          const float left = half ? less.z : less.x, right = half ? less.w : less.y;
          float even[4] = {left, right, left, right}, odd[4] = {};
          if (Zeros) {
            const float low = T::code_bias + (low_zeros >> 8 * pair + 4 * half & 15);
            const float high = T::code_bias + (high_zeros >> 8 * pair + 4 * half & 15);
            even[0] *= low; even[1] *= low; even[2] *= high; even[3] *= high;
          }
          u32 low[4], high[4];
          T::numbers_of(low, codes[2 * half]);
          T::numbers_of(high, codes[2 * half + 1]);
          T::mma(even, low[0], high[0], low[1], high[1], v.x, v.y);
          T::mma(odd, low[2], high[2], low[3], high[3], v.z, v.w);
          const float a = half ? low_scale.y : low_scale.x, b = half ? high_scale.y : high_scale.x;
          c[0] = fmaf(fmaf(odd[0], T::odd_unit, even[0]), a, c[0]);
          c[1] = fmaf(fmaf(odd[1], T::odd_unit, even[1]), a, c[1]);
          c[2] = fmaf(fmaf(odd[2], T::odd_unit, even[2]), b, c[2]);
          c[3] = fmaf(fmaf(odd[3], T::odd_unit, even[3]), b, c[3]);
        }
      }
      // All lanes have read the lot: its place is free.
      __syncwarp();
      w.fetch(lot);
      slot = slot + 1 == Lots ? 0 : slot + 1;
    }
    float* sum = sums + (turn & 1) * Warps * 16 * 2;
    if (q == 0) {
      float2* to = (float2*)sum + warp * 16 + row_of_lane;
      to[0] = make_float2(c[0], c[1]);
      to[8] = make_float2(c[2], c[3]);
    }
    __syncthreads();
    if (late) {
      wait_for_previous();
      let_next_start();
      late = false;
    }
    // Warps take turns at what follows, while the others go on.
    for (int i = (threadIdx.x + threads - turn % Warps * 32) % threads; i < w.tile_rows * g.rows; i += threads) {
      const int row = i / w.tile_rows, m = i % w.tile_rows, o = tile * w.tile_rows + m;
      if (o >= g.out) continue;
      float v = 0, u = 0;
#pragma unroll
      for (int part = 0; part < Warps; part++) v += sum[(part * 16 + m) * 2 + row];
      v *= T::code_scale;
      if (g.swiglu) {
#pragma unroll
        for (int part = 0; part < Warps; part++) u += sum[(part * 16 + m + 8) * 2 + row];
        u *= T::code_scale;
      }
      finish_product<T>(g, row, o, added_to<T>(g, row, o, outputs, g.swiglu), v, u, g.swiglu);
    }
  }
}

#define FEW_NIBBLES(name, T, Zeros, Held) \
  extern "C" __global__ void __launch_bounds__(256, 2) name(ProductArguments g) { few_nibbles<T, 8, 3, Zeros, Held>(g); }
#define ALL_FEW_NIBBLES(name, T)            \
  FEW_NIBBLES(name##_0, T, false, false)    \
  FEW_NIBBLES(name##_1, T, false, true)     \
  FEW_NIBBLES(name##_2, T, true, false)     \
  FEW_NIBBLES(name##_3, T, true, true)

F16(ALL_FEW_NIBBLES(few_nibbles_f16, Float16))
BF16(ALL_FEW_NIBBLES(few_nibbles_bf16, BFloat16))
