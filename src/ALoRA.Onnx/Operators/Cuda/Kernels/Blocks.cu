// Weights of 4 or 8 bits as ONNX Runtime's MatMulNBits has them: blocks of 32 along the inner length, 16 or 32 bytes each, of 4 bits the
// number of even index in the low half of a byte; w = (code - zero) . scale. They become numbers of 16 bits in registers, rounded once, as
// ONNX Runtime rounds them for runs of many rows.
struct BlockRow {
  const uint4* codes;  // null: no row
  const u16* scales;
  const u8* zeros;     // of 4 bits two in a byte; null: 8, or 128
};

DEVICE u32 load_scale(const u16* p) {
  u16 v;
  asm volatile("ld.global.nc.u16 %0, [%1];" : "=h"(v) : "l"(p));
  return v;
}

DEVICE u32 load_zeros(const u8* p) {
  u32 v;
  asm volatile("ld.global.nc.u8 %0, [%1];" : "=r"(v) : "l"(p));
  return v;
}

// Scale in the low half, zero point in the high one.
template <int Bits> DEVICE u32 load_meaning(const BlockRow& row, int block) {
  u32 zero = 1 << (Bits - 1);
  if (row.zeros) zero = Bits == 4 ? load_zeros(row.zeros + (block >> 1)) >> (block & 1) * 4 & 15 : load_zeros(row.zeros + block);
  return load_scale(row.scales + block) | zero << 16;
}

// As multiply_rows, of 16 rows with 8 N. A lane has of its two rows every fourth block of 32 numbers, so that one scale is for all that it
// holds; of x it takes the numbers in the order in which the codes lie in a word.
template <class T, int Bits, int N, int Warps, int Depth>
DEVICE void multiply_blocks(
    float (&c)[N][4], const BlockRow (&a)[2], const uint4* const (&b)[N], int blocks, int warp, bool wait) {
  const int q = threadIdx.x & 3, parts = Bits / 4;
  uint4 w[Depth][2][parts];
  u32 meaning[Depth][2];

  // A step of a warp is 4 blocks: 64 or 128 bytes of each row.
#define LOAD_STEP(slot, step)                                                              \
  {                                                                                        \
    const int block = (step) * 4 + q;                                                      \
    _Pragma("unroll") for (int half = 0; half < 2; half++) {                               \
      const bool on = a[half].codes && block < blocks;                                     \
      _Pragma("unroll") for (int p = 0; p < parts; p++)                                    \
        w[slot][half][p] = on ? load_once(a[half].codes + block * parts + p) : make_uint4(0, 0, 0, 0); \
      meaning[slot][half] = on ? load_meaning<Bits>(a[half], block) : 0;                   \
    }                                                                                      \
  }

#pragma unroll
  for (int d = 0; d < Depth; d++) LOAD_STEP(d, warp + d * Warps);
  if (wait) {
    wait_for_previous();
    let_next_start();
  }

  for (int step = warp; step * 4 < blocks; step += Depth * Warps) {
#pragma unroll
    for (int d = 0; d < Depth; d++) {
      const int at = step + d * Warps, block = at * 4 + q;
      const u32 low_scale = T::twice(meaning[d][0]), low_zero = meaning[d][0] >> 16;
      const u32 high_scale = T::twice(meaning[d][1]), high_zero = meaning[d][1] >> 16;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        uint4 v[N];
#pragma unroll
        for (int n = 0; n < N; n++)
          v[n] = b[n] && block < blocks ? load_shared_often(b[n] + block * 4 + i) : make_uint4(0, 0, 0, 0);
        u32 low[4], high[4];
        if (Bits == 4) {
          T::widen(low, word_of(w[d][0][0], i), low_scale, low_zero);
          T::widen(high, word_of(w[d][1][0], i), high_scale, high_zero);
#pragma unroll
          for (int n = 0; n < N; n++)
            v[n] = make_uint4(__byte_perm(v[n].x, v[n].z, 0x5410), __byte_perm(v[n].x, v[n].z, 0x7632),
                              __byte_perm(v[n].y, v[n].w, 0x5410), __byte_perm(v[n].y, v[n].w, 0x7632));
        } else {
          const int part = i * parts / 4, first = 2 * i % 4;
          T::widen_bytes(low, word_of(w[d][0][part], first), word_of(w[d][0][part], first + 1), low_scale, low_zero);
          T::widen_bytes(high, word_of(w[d][1][part], first), word_of(w[d][1][part], first + 1), high_scale, high_zero);
        }
#pragma unroll
        for (int n = 0; n < N; n++) {
          T::mma(c[n], low[0], high[0], low[1], high[1], v[n].x, v[n].y);
          T::mma(c[n], low[2], high[2], low[3], high[3], v[n].z, v[n].w);
        }
      }
      LOAD_STEP(d, at + Depth * Warps);
    }
  }
#undef LOAD_STEP
}
