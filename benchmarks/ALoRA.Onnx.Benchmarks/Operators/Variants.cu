// Kernels that only the measurement has: fills, ceilings, stand-ins, and other forms of the product to choose between.
struct FillArguments { u32* words; i64 count; u32 seed; };

extern "C" __global__ void fill(FillArguments g) {
  // Two float16 between -1/32 and 1/32: sums of some thousand products stay small.
  for (i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x; i < g.count; i += (i64)gridDim.x * blockDim.x) {
    u32 v = ((u32)i + g.seed) * 2654435761u;
    v ^= v >> 15; v *= 2246822519u; v ^= v >> 13;
    g.words[i] = (v & 0x83ff83ffu) | 0x24002400u;
  }
}

struct ReadArguments { const uint4* from; u32* to; i64 chunks; };

// Only reading: what a product could reach at best.
extern "C" __global__ void __launch_bounds__(256) read_all(ReadArguments g) {
  u32 sum = 0;
  i64 step = (i64)gridDim.x * 256, i = (i64)blockIdx.x * 256 + threadIdx.x;
  for (; i + 7 * step < g.chunks; i += 8 * step) {
    uint4 v[8];
#pragma unroll
    for (int k = 0; k < 8; k++) v[k] = load_once(g.from + i + k * step);
#pragma unroll
    for (int k = 0; k < 8; k++) sum ^= v[k].x ^ v[k].y ^ v[k].z ^ v[k].w;
  }
  if (sum == 0x12345678u) *g.to = sum;
}

struct CopyArguments { const uint4* from; uint4* to; int chunks; };

// What a norm or an attention is to the products: something short in between that knows nothing of dependent launch.
extern "C" __global__ void __launch_bounds__(512) stand_in(CopyArguments g) {
  for (int i = threadIdx.x; i < g.chunks; i += 512) g.to[blockIdx.x * g.chunks + i] = g.from[blockIdx.x * g.chunks + i];
}

#ifdef PRODUCTS
#define VARIANT(Across, M, N, Warps, Depth) \
  PRODUCT(v_##Across##_##M##_##N##_##Warps##_##Depth, Float16, Across, M, N, Warps, Depth, false, 16)
VARIANT(1, 1, 1, 8, 2) VARIANT(1, 1, 1, 16, 2) VARIANT(1, 1, 2, 8, 1) VARIANT(1, 1, 2, 16, 2)
VARIANT(2, 1, 2, 8, 1) VARIANT(1, 2, 2, 8, 1) VARIANT(1, 2, 2, 16, 1)
VARIANT(1, 1, 4, 8, 1) VARIANT(1, 2, 4, 8, 1) VARIANT(2, 1, 4, 8, 1) VARIANT(1, 1, 4, 16, 1)
#endif

SHRINK(shrink_variant_8, Float16, 1, 16, 4)
