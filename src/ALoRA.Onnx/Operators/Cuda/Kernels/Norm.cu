// y = x / rms(x) . weight of each row, and beside it h = A[slot] . y: a projection with an adapter finds both when it starts. Rows and
// ranks are blocks of their own; each rank's block finds the rms of its rows again, from an x that lies in the cache.
struct NormArguments {
  const uint4* x;       // [rows, inner]
  const uint4* weight;  // [inner]
  uint4* y;             // [rows, inner]
  const int* slot;      // one, or one a row; below 0 is the base
  const int* ranks;     // [slots] or null
  const uint4* a;       // [slots, total_rank, inner]
  float* h;             // [rows, total_rank]
  int chunks;           // inner / 8
  int rank;
  int total_rank;       // 0: no adapter
  int rows;
  int slot_step;
  int slots;
  float epsilon;
};

template <class T> DEVICE u32 round_pair(float x, float y) { return (u32)T::round(x) | (u32)T::round(y) << 16; }

template <class T> DEVICE u32 scaled_pair(u32 x, u32 w, float r) {
  float2 p = T::pair(x), q = T::pair(w);
  return round_pair<T>(p.x * r * q.x, p.y * r * q.y);
}

template <class T> DEVICE uint4 scaled(uint4 x, uint4 w, float r) {
  return make_uint4(scaled_pair<T>(x.x, w.x, r), scaled_pair<T>(x.y, w.y, r), scaled_pair<T>(x.z, w.z, r), scaled_pair<T>(x.w, w.w, r));
}

template <class T> DEVICE float dot_scaled_pair(u32 a, u32 w, u32 x, float sum) {
  float2 p = T::pair(a), q = T::pair(w), v = T::pair(x);
  return fmaf(p.y * q.y, v.y, fmaf(p.x * q.x, v.x, sum));
}

template <class T> DEVICE float dot_scaled(uint4 a, uint4 w, uint4 x, float sum) {
  sum = dot_scaled_pair<T>(a.x, w.x, x.x, sum);
  sum = dot_scaled_pair<T>(a.y, w.y, x.y, sum);
  sum = dot_scaled_pair<T>(a.z, w.z, x.z, sum);
  return dot_scaled_pair<T>(a.w, w.w, x.w, sum);
}

DEVICE float sum_of_warp(float sum) {
#pragma unroll
  for (int m = 16; m; m >>= 1) sum += __shfl_xor_sync(~0u, sum, m);
  return sum;
}

DEVICE float sum_of_eight(const float* parts) {
  float sum = 0;
#pragma unroll
  for (int i = 0; i < 8; i++) sum += parts[i];
  return sum;
}

DEVICE float inverse_rms(float squares, const NormArguments& g) { return rsqrtf(squares / (g.chunks * 8) + g.epsilon); }

template <class T, int Held> DEVICE void norm_row(const NormArguments& g, int row) {
  const int t = threadIdx.x;
  uint4 w[Held], v[Held];
#pragma unroll
  for (int i = 0; i < Held; i++) if (t + i * 256 < g.chunks) w[i] = g.weight[t + i * 256];
  wait_for_previous();
  let_next_start();
  const uint4* x = g.x + (i64)row * g.chunks;
  uint4* y = g.y + (i64)row * g.chunks;
  float sum = 0;
#pragma unroll
  for (int i = 0; i < Held; i++) {
    if (t + i * 256 >= g.chunks) continue;
    v[i] = load_shared_often(x + t + i * 256);
    sum = dot16<T>(v[i], v[i], sum);
  }
  for (int c = t + Held * 256; c < g.chunks; c += 256) {
    uint4 more = load_shared_often(x + c);
    sum = dot16<T>(more, more, sum);
  }
  __shared__ float squares[8];
  sum = sum_of_warp(sum);
  if ((t & 31) == 0) squares[t >> 5] = sum;
  __syncthreads();
  const float r = inverse_rms(sum_of_eight(squares), g);
#pragma unroll
  for (int i = 0; i < Held; i++) if (t + i * 256 < g.chunks) y[t + i * 256] = scaled<T>(v[i], w[i], r);
  for (int c = t + Held * 256; c < g.chunks; c += 256) y[c] = scaled<T>(load_shared_often(x + c), g.weight[c], r);
}

// As shrink_few, of rows that are normalised on the way. Slots, and with them A, are read before the wait: they were written before the
// kernel in front started, or this one is not launched to start before that one has ended.
template <class T, int Held> DEVICE void norm_shrink(const NormArguments& g, int k, int leader) {
  const int t = threadIdx.x;
  const SpokenRows spoken(g.slot, g.slot_step, g.slots, g.rows, leader);
  const int s = spoken.slot, first = spoken.first;
  if (s < 0 || k % g.rank / 8 >= chunks_of_slot(g.ranks, s, g.rank / 8)) return;

  const uint4* a = g.a + ((i64)s * g.total_rank + k) * g.chunks;
  uint4 u[Held], w[Held];
#pragma unroll
  for (int i = 0; i < Held; i++) {
    if (t + i * 256 >= g.chunks) continue;
    u[i] = load_once(a + t + i * 256);
    w[i] = g.weight[t + i * 256];
  }
  wait_for_previous();
  let_next_start();
  __shared__ float parts[ROWS_OF_RANK][8];
  __shared__ float squares[ROWS_OF_RANK][8];
#pragma unroll
  for (int row = 0; row < ROWS_OF_RANK; row++) {
    if (!(spoken.mine >> row & 1)) continue;
    const uint4* x = g.x + (i64)(first + row) * g.chunks;
    float sum = 0, square = 0;
#pragma unroll
    for (int i = 0; i < Held; i++) {
      if (t + i * 256 >= g.chunks) continue;
      uint4 v = load_shared_often(x + t + i * 256);
      sum = dot_scaled<T>(u[i], w[i], v, sum);
      square = dot16<T>(v, v, square);
    }
    for (int c = t + Held * 256; c < g.chunks; c += 256) {
      uint4 v = load_shared_often(x + c);
      sum = dot_scaled<T>(load_once(a + c), g.weight[c], v, sum);
      square = dot16<T>(v, v, square);
    }
    sum = sum_of_warp(sum);
    square = sum_of_warp(square);
    if ((t & 31) == 0) {
      parts[row][t >> 5] = sum;
      squares[row][t >> 5] = square;
    }
  }
  __syncthreads();
  if (t < ROWS_OF_RANK && spoken.mine >> t & 1)
    g.h[(i64)(first + t) * g.total_rank + k] = sum_of_eight(parts[t]) * inverse_rms(sum_of_eight(squares[t]), g);
}

template <class T, int Held> DEVICE void norm(const NormArguments& g) {
  if ((int)blockIdx.x < g.rows) {
    norm_row<T, Held>(g, blockIdx.x);
  } else {
    const int at = blockIdx.x - g.rows;
    norm_shrink<T, Held>(g, at % g.total_rank, at / g.total_rank);
  }
}

#define NORM(name, T, Held, Blocks) \
  extern "C" __global__ void __launch_bounds__(256, Blocks) name(NormArguments g) { norm<T, Held>(g); }

F16(NORM(norm_f16_0, Float16, 2, 4))
BF16(NORM(norm_bf16_0, BFloat16, 2, 4))
F16(NORM(norm_f16_1, Float16, 7, 2))
BF16(NORM(norm_bf16_1, BFloat16, 7, 2))
