// Keys and values of a cache in the registers of a warp: read by each warp, or by all of a block together.
// The cache is read before the kernel in front has ended: it was written by runs before this one.
DEVICE uint4 load_cache(const uint4* p) {
  uint4 v;
  asm volatile("ld.global.nc.L2::128B.v4.u32 {%0,%1,%2,%3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p));
  return v;
}

template <bool Shared> DEVICE uint4 load_row(const uint4* p) { return Shared ? *p : load_cache(p); }

// Fragments for a head of 64 Half numbers. Lane (g, q) holds of keys the rows g and g + 8 of 16, and there every fourth 16 bytes from q
// on; of values the rows 2 q, 2 q + 1, 2 q + 8, 2 q + 9, and there every eighth 16 bytes from g on. The instruction wants other places
// of the inner length for keys, and other numbers of the head for values: any order will do, if the other side has the same.
template <int Half, bool Shared> DEVICE void load_keys(uint4 (&k)[2][2 * Half], const uint4* keys, int first, int end) {
  const int g = (threadIdx.x & 31) >> 2, q = threadIdx.x & 3;
#pragma unroll
  for (int t = 0; t < 2; t++) {
    const int key = first + t * 8 + g;
#pragma unroll
    for (int i = 0; i < 2 * Half; i++)
      k[t][i] = key < end ? load_row<Shared>(keys + (i64)key * (8 * Half) + i * 4 + q) : make_uint4(0, 0, 0, 0);
  }
}

template <int Half, bool Shared> DEVICE void load_values(uint4 (&v)[4][Half], const uint4* values, int first, int end) {
  const int g = (threadIdx.x & 31) >> 2, q = threadIdx.x & 3;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    const int key = first + 2 * q + (j & 1) + (j >> 1) * 8;
#pragma unroll
    for (int h = 0; h < Half; h++)
      v[j][h] = key < end ? load_row<Shared>(values + (i64)key * (8 * Half) + h * 8 + g) : make_uint4(0, 0, 0, 0);
  }
}

// Keys and values that all warps of a block read, in the block's own memory: a ring of lots of 16 keys, of which some are on their way
// while others are computed with. Chunks are moved about in a row so that what eight lanes read at once lies in different banks.
template <int Half> struct Lots {
  static const int keys = 16, chunks = 8 * Half, size = 2 * keys * chunks;

  DEVICE int key_place(int key, int chunk) { return key * chunks + (chunk ^ ((key & 1) << 2)); }
  DEVICE int value_place(int key, int chunk) { return (keys + key) * chunks + (chunk ^ (((key >> 1) & 3) << 1)); }

  // Some lots in a row from a key on, by all threads; keys behind the end are zeros.
  DEVICE void fetch(uint4* space, const uint4* k, const uint4* v, int first, int end, int lots) {
    const int rows = 128 / chunks, row0 = threadIdx.x / chunks, c = threadIdx.x % chunks;
    for (int lot = 0; lot < lots; lot++, space += size)
#pragma unroll
      for (int i = 0; i < keys / rows; i++) {
        const int in_lot = row0 + i * rows, key = first + lot * keys + in_lot;
        const i64 from = key < end ? (i64)key * chunks + c : 0;
        copy_beside(space + key_place(in_lot, c), k + from, key < end);
        copy_beside(space + value_place(in_lot, c), v + from, key < end);
      }
    close_copies();
  }
};

template <int Half> DEVICE void take_keys(uint4 (&k)[2][2 * Half], const uint4* lot) {
  const int g = (threadIdx.x & 31) >> 2, q = threadIdx.x & 3;
#pragma unroll
  for (int t = 0; t < 2; t++)
#pragma unroll
    for (int i = 0; i < 2 * Half; i++) k[t][i] = lot[Lots<Half>::key_place(t * 8 + g, i * 4 + q)];
}

template <int Half> DEVICE void take_values(uint4 (&v)[4][Half], const uint4* lot) {
  const int g = (threadIdx.x & 31) >> 2, q = threadIdx.x & 3;
#pragma unroll
  for (int j = 0; j < 4; j++)
#pragma unroll
    for (int h = 0; h < Half; h++) v[j][h] = lot[Lots<Half>::value_place(2 * q + (j & 1) + (j >> 1) * 8, h * 8 + g)];
}
