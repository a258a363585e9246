// What the kernels need of the device beyond C++: loads, numbers of 16 bits, matrix instructions, dependent launch.
// No header is included: the run-time compiler comes without them.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;

// Kernels of a type of numbers are compiled where they are wanted.
#if WITH_F16
#define F16(...) __VA_ARGS__
#else
#define F16(...)
#endif
#if WITH_BF16
#define BF16(...) __VA_ARGS__
#else
#define BF16(...)
#endif

#define DEVICE static __device__ __forceinline__
#define DEVICE_MEMBER __device__ __forceinline__

// Weights are read once by one block: they need no place in the first cache.
DEVICE uint4 load_once(const uint4* p) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p));
  return v;
}

// What other blocks and warps of this multiprocessor read too. Volatile and not .nc: it is never moved before a wait.
DEVICE uint4 load_shared_often(const uint4* p) {
  uint4 v;
  asm volatile("ld.global.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(p) : "memory");
  return v;
}

// A kernel launched as dependent starts while the one in front of it still runs. The rule of all kernels here: the next one is let
// start only behind the wait. So whatever starts may read at once what kernels before its direct predecessor wrote.
DEVICE void wait_for_previous() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

DEVICE void let_next_start() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// Asks for a line of memory, 128 bytes, that a later load will want, without waiting for it.
DEVICE void fetch_line(const void* p) { asm volatile("prefetch.global.L2 [%0];" ::"l"(p)); }

// Copies 16 bytes into the block's own memory while the thread goes on; zeros where there is nothing to copy.
DEVICE void copy_beside(uint4* to, const uint4* from, bool is_there) {
  u32 place;
  asm("{.reg .u64 p; cvta.to.shared.u64 p, %1; cvt.u32.u64 %0, p;}" : "=r"(place) : "l"(to));
  const int bytes = is_there ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(place), "l"(from), "r"(bytes) : "memory");
}

// Copies up to here are a lot of their own.
DEVICE void close_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until all lots but the last few of this thread are there.
template <int Open> DEVICE void await_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(Open) : "memory"); }

struct Float16 {
  DEVICE float2 pair(u32 v) {
    float2 f;
    asm("{.reg .f16 l,h; mov.b32 {l,h}, %2; cvt.f32.f16 %0,l; cvt.f32.f16 %1,h;}" : "=f"(f.x), "=f"(f.y) : "r"(v));
    return f;
  }
  DEVICE float one(u16 v) { float f; asm("cvt.f32.f16 %0,%1;" : "=f"(f) : "h"(v)); return f; }
  DEVICE u16 round(float f) { u16 v; asm("cvt.rn.f16.f32 %0,%1;" : "=h"(v) : "f"(f)); return v; }
  DEVICE u32 twice(u32 v) { return __byte_perm(v, 0, 0x1010); }
  DEVICE u32 product_and_sum(u32 a, u32 b, u32 c) {
    u32 v;
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(v) : "r"(a), "r"(b), "r"(c));
    return v;
  }
  // Eight codes of 4 bits to (code - zero) . scale, numbers 0 and 4, 1 and 5, 2 and 6, 3 and 7. A code in the low bits of 1024, or 16
  // times it, is a number that is exact, and so is it less its zero; the product is rounded.
  DEVICE void widen(u32 (&numbers)[4], u32 codes, u32 scale, u32 zero) {
    const u32 one = 0x3c003c00, sixteenth = 0x2c002c00, nothing = 0x80008000;
    const u32 less = (0xe400 + zero) * 0x10001, less_of_16 = (0xd400 + (zero << 4)) * 0x10001;
    const u32 even = codes >> 8;
    numbers[0] = product_and_sum(codes & 0x000f000f | 0x64006400, one, less);
    numbers[1] = product_and_sum(codes & 0x00f000f0 | 0x64006400, sixteenth, less_of_16);
    numbers[2] = product_and_sum(even & 0x000f000f | 0x64006400, one, less);
    numbers[3] = product_and_sum(even & 0x00f000f0 | 0x64006400, sixteenth, less_of_16);
#pragma unroll
    for (int i = 0; i < 4; i++) numbers[i] = product_and_sum(numbers[i], scale, nothing);
  }
  // Eight codes of 8 bits to (code - zero) . scale, in their order; here, too, all but the product is exact.
  DEVICE void widen_bytes(u32 (&numbers)[4], u32 first, u32 second, u32 scale, u32 zero) {
    const u32 one = 0x3c003c00, nothing = 0x80008000, less = (0xe400 + zero) * 0x10001;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const u32 codes = __byte_perm(i < 2 ? first : second, 0x64646464, i & 1 ? 0x4342 : 0x4140);
      numbers[i] = product_and_sum(product_and_sum(codes, one, less), scale, nothing);
    }
  }
  // Eight codes of 4 bits to numbers, codes 0 and 4, 2 and 6, 1 and 5, 3 and 7: the code times the unit, those of odd index 16 times it.
  static constexpr float code_unit = 1 / 16777216.0f, code_scale = 16777216, code_bias = 0, odd_unit = 1 / 16.0f;
  DEVICE void numbers_of(u32 (&numbers)[4], u32 codes) {
    const u32 even = codes >> 8;
    numbers[0] = codes & 0x000f000f;
    numbers[1] = even & 0x000f000f;
    numbers[2] = codes & 0x00f000f0;
    numbers[3] = even & 0x00f000f0;
  }
  // c (16 x 8, float) += a (16 x 16, by rows) . b (16 x 8, by columns)
  DEVICE void mma(float (&c)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
};

struct BFloat16 {
  DEVICE float2 pair(u32 v) { return make_float2(__uint_as_float(v << 16), __uint_as_float(v & 0xffff0000u)); }
  DEVICE float one(u16 v) { return __uint_as_float((u32)v << 16); }
  DEVICE u16 round(float f) { u16 v; asm("cvt.rn.bf16.f32 %0,%1;" : "=h"(v) : "f"(f)); return v; }
  DEVICE u32 twice(u32 v) { return __byte_perm(v, 0, 0x1010); }
  DEVICE u32 product_and_sum(u32 a, u32 b, u32 c) {
    u32 v;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(v) : "r"(a), "r"(b), "r"(c));
    return v;
  }
  // The same; here a code in the low bits of 128 is exact.
  DEVICE void widen(u32 (&numbers)[4], u32 codes, u32 scale, u32 zero) {
    const u32 one = 0x3f803f80, nothing = 0x80008000, less = (0xc300 + zero) * 0x10001;
#pragma unroll
    for (int i = 0; i < 4; i++)
      numbers[i] = product_and_sum(product_and_sum(codes >> 4 * i & 0x000f000f | 0x43004300, one, less), scale, nothing);
  }
  // The same; bfloat16 has too few bits for codes of 8, so that they are taken as the low bits of 2^23.
  DEVICE void widen_bytes(u32 (&numbers)[4], u32 first, u32 second, u32 scale, u32 zero) {
    const float factor = __uint_as_float(scale << 16), less = 8388608.0f + zero;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const u32 codes = i < 2 ? first : second;
      const float low = __uint_as_float(__byte_perm(codes, 0x4b000000, i & 1 ? 0x7442 : 0x7440)) - less;
      const float high = __uint_as_float(__byte_perm(codes, 0x4b000000, i & 1 ? 0x7443 : 0x7441)) - less;
      asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(numbers[i]) : "f"(high * factor), "f"(low * factor));
    }
  }
  // The same; a code in the low bits of 128 is 128 more than the code.
  static constexpr float code_unit = 1, code_scale = 1, code_bias = 128, odd_unit = 1;
  DEVICE void numbers_of(u32 (&numbers)[4], u32 codes) {
    numbers[0] = codes & 0x000f000f | 0x43004300;
    numbers[1] = codes >> 8 & 0x000f000f | 0x43004300;
    numbers[2] = codes >> 4 & 0x000f000f | 0x43004300;
    numbers[3] = codes >> 12 & 0x000f000f | 0x43004300;
  }
  DEVICE void mma(float (&c)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
};
