// Attention of a few new rows of each sequence over its cache, with what stands around it: the rotation of queries and keys, and the new
// rows' places in the cache. Query heads that share keys are rows of one tile. The cache is split among blocks, a block's part among its
// warps, each of which keeps its own maximum, sum and weighted values; what they found is put together in the order of the parts.
struct AttentionArguments {
  const uint4* qkv;      // [batch, rows, (heads + 2 kv_heads) . head_dim]
  uint4* keys;           // [batch, kv_heads, capacity, head_dim], already rotated
  uint4* values;         // the same
  u16* y;                // [batch, rows, heads . head_dim]
  const int* last;       // [batch]: where in the cache the last of the new rows goes
  const uint4* cosines;  // [positions, head_dim / 2] or null: no rotation
  const uint4* sines;
  float* parts;          // [batch . kv_heads . sets, splits, part_rows, head_dim + 4]
  int* arrived;          // [batch . kv_heads . sets], 0 between runs
  const int* branches;   // [rows, 3] or null: a row's branch, how many of the cache's first rows it sees, and its position
  const int* owners;     // [owned]: the branch that a row of the cache belongs to, and which sees it, too
  int heads;
  int kv_heads;
  int rows;
  int sets;              // of up to four tiles of 16 queries
  int capacity;
  int positions;         // rows of the tables of rotation; surplus rows may lie behind them
  int splits;            // at most 32
  int part_rows;
  float scale;           // of scores, for powers of 2
  int behind;            // rows of each sequence in the same run whose turn comes after these
  int owned;             // of branches: rows of the cache from the first that is a branch's own, those of the run included
  int lots;              // of 16 keys, for which a block of several tiles has memory of its own
};

#define MINUS_INFINITY __int_as_float(0xff800000)

// What other blocks wrote in this run; zeros where there is nothing.
DEVICE void load_others(float (&v)[2], const float* p, bool is_there) {
  v[0] = v[1] = 0;
  if (is_there) asm volatile("ld.global.cg.v2.f32 {%0,%1}, [%2];" : "=f"(v[0]), "=f"(v[1]) : "l"(p) : "memory");
}

DEVICE void load_others(float (&v)[4], const float* p, bool is_there) {
  v[0] = v[1] = v[2] = v[3] = 0;
  if (is_there)
    asm volatile("ld.global.cg.v4.f32 {%0,%1,%2,%3}, [%4];" : "=f"(v[0]), "=f"(v[1]), "=f"(v[2]), "=f"(v[3]) : "l"(p) : "memory");
}

template <class T> DEVICE void rotate_pair(u32& x, u32& y, u32 c, u32 s) {
  float2 a = T::pair(x), b = T::pair(y), p = T::pair(c), r = T::pair(s);
  x = round_pair<T>(a.x * p.x - b.x * r.x, a.y * p.y - b.y * r.y);
  y = round_pair<T>(b.x * p.x + a.x * r.x, b.y * p.y + a.y * r.y);
}

template <class T> DEVICE void rotate(uint4& x, uint4& y, uint4 c, uint4 s) {
  rotate_pair<T>(x.x, y.x, c.x, s.x);
  rotate_pair<T>(x.y, y.y, c.y, s.y);
  rotate_pair<T>(x.z, y.z, c.z, s.z);
  rotate_pair<T>(x.w, y.w, c.w, s.w);
}

template <class T, int Half> DEVICE void scores(float* s, const uint4 (&a)[2 * Half][2], const uint4 (&k)[2][2 * Half]) {
#pragma unroll
  for (int t = 0; t < 2; t++) {
    float (&sums)[4] = *(float (*)[4])(s + 4 * t);
#pragma unroll
    for (int e = 0; e < 4; e++) sums[e] = 0;
#pragma unroll
    for (int i = 0; i < 2 * Half; i++) {
      T::mma(sums, a[i][0].x, a[i][1].x, a[i][0].y, a[i][1].y, k[t][i].x, k[t][i].y);
      T::mma(sums, a[i][0].z, a[i][1].z, a[i][0].w, a[i][1].w, k[t][i].z, k[t][i].w);
    }
  }
}

template <int Half> struct Attended {
  float sums[8 * Half][4];
  float most[2];  // before it is scaled
  float total[2];
};

// What rows g and g + 8 of the tile see: the keys before ends[0] and ends[1], and of branches those of their own.
struct Seen {
  int ends[2];
  int all;  // the keys before it are seen by all rows of the warp

  DEVICE_MEMBER bool sees(int r, int key) const { return key < ends[r]; }
};

struct SeenByBranches {
  int ends[2];
  int all;
  int branch[2];
  int own_end[2];
  int own_start;
  const int* owners;  // of the keys from own_start on

  DEVICE_MEMBER bool sees(int r, int key) const {
    return key < ends[r] || (key >= own_start && key < own_end[r] && owners[key - own_start] == branch[r]);
  }
};

DEVICE float power_of_2(float x) {
  float v;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(v) : "f"(x));
  return v;
}

DEVICE int least_of_warp(int x) {
#pragma unroll
  for (int m = 16; m; m >>= 1) {
    const int other = __shfl_xor_sync(~0u, x, m);
    x = other < x ? other : x;
  }
  return x;
}

// Scores of some lots of 16 keys become weights, and what was found before is brought to the new maximum.
template <class T, int Half, int Count, class Sight>
DEVICE void weigh(Attended<Half>& o, u32 (&weights)[Count][4], float (&s)[2 * Count][4], int first, const Sight& sight, float scale) {
  if (first + 16 * Count > sight.all) {
    const int key = first + 2 * (threadIdx.x & 3);
#pragma unroll
    for (int t = 0; t < 2 * Count; t++)
#pragma unroll
      for (int e = 0; e < 4; e++) s[t][e] = sight.sees(e >> 1, key + t * 8 + (e & 1)) ? s[t][e] : MINUS_INFINITY;
  }
  float keep[2];
#pragma unroll
  for (int r = 0; r < 2; r++) {
    float most = o.most[r];
#pragma unroll
    for (int t = 0; t < 2 * Count; t++) most = fmaxf(most, fmaxf(s[t][2 * r], s[t][2 * r + 1]));
    most = fmaxf(most, __shfl_xor_sync(~0u, most, 1));
    most = fmaxf(most, __shfl_xor_sync(~0u, most, 2));
    const float from = most == MINUS_INFINITY ? 0 : most * scale;
    keep[r] = power_of_2(fmaf(o.most[r], scale, -from));
    float total = o.total[r] * keep[r];
#pragma unroll
    for (int t = 0; t < 2 * Count; t++)
#pragma unroll
      for (int e = 0; e < 2; e++) {
        float& one = s[t][2 * r + e];
        one = power_of_2(fmaf(one, scale, -from));
        total += one;
      }
    o.most[r] = most;
    o.total[r] = total;
  }
  if (__any_sync(~0u, keep[0] != 1 || keep[1] != 1)) {
#pragma unroll
    for (int n = 0; n < 8 * Half; n++)
#pragma unroll
      for (int e = 0; e < 4; e++) o.sums[n][e] *= keep[e >> 1];
  }
#pragma unroll
  for (int i = 0; i < Count; i++)
#pragma unroll
    for (int j = 0; j < 4; j++) weights[i][j] = round_pair<T>(s[2 * i + (j >> 1)][2 * (j & 1)], s[2 * i + (j >> 1)][2 * (j & 1) + 1]);
}

template <class T, int Half> DEVICE void add_values(Attended<Half>& o, const u32 (&p)[4], const uint4 (&v)[4][Half]) {
#pragma unroll
  for (int h = 0; h < Half; h++)
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const u32 w0 = word_of(v[0][h], i), w1 = word_of(v[1][h], i), w2 = word_of(v[2][h], i), w3 = word_of(v[3][h], i);
      T::mma(o.sums[h * 8 + 2 * i], p[0], p[1], p[2], p[3], __byte_perm(w0, w1, 0x5410), __byte_perm(w2, w3, 0x5410));
      T::mma(o.sums[h * 8 + 2 * i + 1], p[0], p[1], p[2], p[3], __byte_perm(w0, w1, 0x7632), __byte_perm(w2, w3, 0x7632));
    }
}

// Two in the block's own memory: so what follows the scores waits half as often.
template <class T, int Half, class Sight>
DEVICE void attend_lots(
    Attended<Half>& o, const uint4 (&a)[2 * Half][2], const uint4* lots, int first, const Sight& sight, float scale) {
  float s[4][4];
  u32 weights[2][4];
#pragma unroll
  for (int i = 0; i < 2; i++) {
    uint4 k[2][2 * Half];
    take_keys<Half>(k, lots + i * Lots<Half>::size);
    scores<T, Half>(s[2 * i], a, k);
  }
  weigh<T, Half, 2>(o, weights, s, first, sight, scale);
#pragma unroll
  for (int i = 0; i < 2; i++) {
    uint4 v[4][Half];
    take_values<Half>(v, lots + i * Lots<Half>::size);
    add_values<T, Half>(o, weights[i], v);
  }
}

// Where a row stands in its sequence or branch.
template <bool Branches> DEVICE i64 position_of(const AttentionArguments& g, int past, int row) {
  const int position = Branches ? g.branches[3 * row + 2] : past + row;
  return position < g.positions ? position : g.positions - 1;
}

// Where the old rows of a sequence end, and how they are shared among blocks. What is wrong above must not touch other memory.
struct Shares {
  int past, each, active;

  DEVICE_MEMBER Shares(const AttentionArguments& g, int b) {
    past = g.last[b] + 1 - g.rows - g.behind;
    past = past < 0 ? 0 : past > g.capacity - g.rows ? g.capacity - g.rows : past;
    each = ((past + g.splits - 1) / g.splits + 15) / 16 * 16;
    each = each < 64 ? 64 : each;
    active = past == 0 ? 1 : (past + each - 1) / each;
  }
};

// A warp puts together what blocks found of row r of a set of queries. All that it needs is asked for at once: what this takes, every run
// takes.
template <class T, int Half> DEVICE void sum_parts(const AttentionArguments& g, int b, int head, int query0, int r, int active) {
  const int per_lane = 2 * Half, size = 64 * Half, stride = size + 4, lane = threadIdx.x & 31, group = g.heads / g.kv_heads;
  const i64 part_size = (i64)g.part_rows * stride;
  const float* part = g.parts + blockIdx.y * (g.splits * part_size) + r * stride;
  float others[32][per_lane];
#pragma unroll
  for (int w = 0; w < 32; w++) load_others(others[w], part + w * part_size + lane * per_lane, w < active);
  float found[2];
  load_others(found, part + lane * part_size + size, lane < active);
  const float mine = lane < active ? found[0] : MINUS_INFINITY;
  float most = mine;
#pragma unroll
  for (int m = 16; m; m >>= 1) most = fmaxf(most, __shfl_xor_sync(~0u, most, m));
  const float weight = lane < active ? exp2f(mine - most) : 0;
  const float total = sum_of_warp(weight * found[1]);
  float sums[per_lane] = {};
#pragma unroll
  for (int w = 0; w < 32; w++) {
    const float one = __shfl_sync(~0u, weight, w);
#pragma unroll
    for (int i = 0; i < per_lane; i++) sums[i] += one * others[w][i];
  }
  const int query = query0 + r, row = query / group;
  u16* y = g.y + ((i64)(b * g.rows + row) * g.heads + head * group + query % group) * size + lane * per_lane;
#pragma unroll
  for (int i = 0; i < per_lane; i++) y[i] = T::round(sums[i] / total);
}

// Most new rows of a sequence: their keys and values have room in what later holds the sums.
#define MOST_ROWS 64

template <class T, int Half, bool Branches> DEVICE void attention(const AttentionArguments& g) {
  const int chunks = 8 * Half, size = 64 * Half, stride = size + 4;
  const int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, row_of_lane = lane >> 2, q = lane & 3;
  const int group = g.heads / g.kv_heads, queries = group * g.rows;
  const int heads_and_sets = g.kv_heads * g.sets, b = blockIdx.y / heads_and_sets;
  const int head = blockIdx.y % heads_and_sets % g.kv_heads, set = blockIdx.y % heads_and_sets / g.kv_heads;
  const int query0 = set * 64, tiles_left = (queries - query0 + 15) / 16, tiles = tiles_left < 4 ? tiles_left : 4;
  const int ways = 4 / tiles, tile = warp % tiles, way = warp / tiles;
  const bool works = way < ways, shares = tiles > 1;

  const Shares part_of_cache(g, b);
  const int past = part_of_cache.past, each = part_of_cache.each, active = part_of_cache.active;
  const int own_start = Branches ? past + g.rows + g.behind - g.owned : 0;
  if ((int)blockIdx.x >= active) return;
  const int from = blockIdx.x * each, to = from + each < past ? from + each : past;

  const i64 head_at = ((i64)b * g.kv_heads + head) * g.capacity * chunks;
  uint4* keys = g.keys + head_at;
  uint4* values = g.values + head_at;
  // Lots, new rows or what warps found: one after another.
  extern __shared__ uint4 lots[];
  float* const found_by_warps = (float*)lots;
  uint4 k[2][2 * Half], v[4][Half];

  // Several tiles read the same keys: lots are fetched once for all, two for each way at a time, while others are computed with.
  const int of_turn = shares ? 2 * ways : ways, step = of_turn * 16, turns = g.lots / of_turn;
  if (shares && blockIdx.x != 0)
    for (int i = 0; i < turns - 1; i++)
      Lots<Half>::fetch(lots + i * of_turn * Lots<Half>::size, keys, values, from + i * step, to, of_turn);
  else if (!shares && works)
    load_keys<Half, false>(k, keys, from + way * 16, to);
  wait_for_previous();
  let_next_start();

  const i64 row_chunks = (i64)(g.heads + 2 * g.kv_heads) * chunks;
  const uint4* qkv = g.qkv + b * g.rows * row_chunks;
  uint4 a[2 * Half][2];
  int new_ends[2], prefix[2], branch[2];
#pragma unroll
  for (int r = 0; r < 2; r++) {
    const int query = query0 + tile * 16 + r * 8 + row_of_lane, row = query / group;
    const bool on = works && query < queries;
    const uint4* source = qkv + row * row_chunks + (i64)(head * group + query % group) * chunks;
#pragma unroll
    for (int i = 0; i < 2 * Half; i++) a[i][r] = on ? load_shared_often(source + i * 4 + q) : make_uint4(0, 0, 0, 0);
    if (on && g.cosines) {
      const i64 place = position_of<Branches>(g, past, row) * (chunks / 2);
#pragma unroll
      for (int i = 0; i < Half; i++)
        rotate<T>(a[i][r], a[i + Half][r], g.cosines[place + i * 4 + q], g.sines[place + i * 4 + q]);
    }
    new_ends[r] = row + 1 < g.rows ? row + 1 : g.rows;
    branch[r] = Branches && on ? g.branches[3 * row] : -1;
    prefix[r] = Branches && on ? g.branches[3 * row + 1] : to;
  }

  // First the new rows of keys and values, then those of the cache, then what the warps found.
  if (blockIdx.x == 0) {
    uint4* new_keys = lots;
    uint4* new_values = new_keys + MOST_ROWS * chunks;
    for (int i = threadIdx.x; i < g.rows * (chunks / 2); i += 128) {
      const int row = i / (chunks / 2), c = i % (chunks / 2);
      const uint4* source = qkv + row * row_chunks + (i64)(g.heads + head) * chunks + c;
      uint4 x = load_shared_often(source), y = load_shared_often(source + chunks / 2);
      source += (i64)g.kv_heads * chunks;
      const uint4 u = load_shared_often(source), w = load_shared_often(source + chunks / 2);
      if (g.cosines) {
        const i64 place = position_of<Branches>(g, past, row) * (chunks / 2) + c;
        rotate<T>(x, y, g.cosines[place], g.sines[place]);
      }
      const int near = row * chunks + c;
      new_keys[near] = x;
      new_keys[near + chunks / 2] = y;
      new_values[near] = u;
      new_values[near + chunks / 2] = w;
      if (set == 0) {
        const i64 far = (i64)(past + row) * chunks + c;
        keys[far] = x;
        keys[far + chunks / 2] = y;
        values[far] = u;
        values[far + chunks / 2] = w;
      }
    }
    __syncthreads();
  }

  Attended<Half> o;
#pragma unroll
  for (int n = 0; n < 8 * Half; n++)
#pragma unroll
    for (int e = 0; e < 4; e++) o.sums[n][e] = 0;
  o.most[0] = o.most[1] = MINUS_INFINITY;
  o.total[0] = o.total[1] = 0;
  const Seen all = {{to, to}, to};
  const SeenByBranches own = {
      {prefix[0] < to ? prefix[0] : to, prefix[1] < to ? prefix[1] : to},
      least_of_warp(prefix[0] < prefix[1] ? prefix[0] < to ? prefix[0] : to : prefix[1] < to ? prefix[1] : to),
      {branch[0], branch[1]}, {to, to}, own_start, g.owners};
  if (works && !shares) {
    for (int at = from + way * 16; at < to; at += step) {
      load_values<Half, false>(v, values, at, to);
      float s[2][4];
      u32 weights[1][4];
      scores<T, Half>(s[0], a, k);
      load_keys<Half, false>(k, keys, at + step, to);
      if (Branches) weigh<T, Half, 1>(o, weights, s, at, own, g.scale);
      else weigh<T, Half, 1>(o, weights, s, at, all, g.scale);
      add_values<T, Half>(o, weights[0], v);
    }
  }
  if (works && blockIdx.x == 0) {
    // A branch's new rows are numbered as the cache is; whose they are is where their places are.
    const Seen new_all = {{new_ends[0], new_ends[1]}, 0};
    const SeenByBranches new_own = {
        {0, 0}, 0, {branch[0], branch[1]}, {new_ends[0], new_ends[1]}, 0, g.owners + (past - own_start)};
    for (int first = way * 16; first < g.rows; first += ways * 16) {
      load_keys<Half, true>(k, lots, first, g.rows);
      load_values<Half, true>(v, lots + MOST_ROWS * chunks, first, g.rows);
      float s[2][4];
      u32 weights[1][4];
      scores<T, Half>(s[0], a, k);
      if (Branches) weigh<T, Half, 1>(o, weights, s, first, new_own, g.scale);
      else weigh<T, Half, 1>(o, weights, s, first, new_all, g.scale);
      add_values<T, Half>(o, weights[0], v);
    }
  }
  if (shares) {
    __syncthreads();
    if (blockIdx.x == 0)
      for (int i = 0; i < turns - 1; i++)
        Lots<Half>::fetch(lots + i * of_turn * Lots<Half>::size, keys, values, from + i * step, to, of_turn);
    int turn = 0;
    for (int start = from; start < to; start += step) {
      if (turns >= 6) await_copies<4>();
      else if (turns >= 4) await_copies<2>();
      else if (turns == 3) await_copies<1>();
      else await_copies<0>();
      __syncthreads();
      const int free = turn == 0 ? turns - 1 : turn - 1;
      Lots<Half>::fetch(lots + free * of_turn * Lots<Half>::size, keys, values, start + (turns - 1) * step, to, of_turn);
      const uint4* mine = lots + (turn * of_turn + 2 * way) * Lots<Half>::size;
      if (works) {
        if (Branches) attend_lots<T, Half>(o, a, mine, start + way * 32, own, g.scale);
        else attend_lots<T, Half>(o, a, mine, start + way * 32, all, g.scale);
      }
      turn = turn + 1 == turns ? 0 : turn + 1;
    }
    await_copies<0>();
  }
  __syncthreads();
  if (works) {
    float* mine = found_by_warps + warp * 16 * stride;
#pragma unroll
    for (int r = 0; r < 2; r++) {
      float total = o.total[r];
      total += __shfl_xor_sync(~0u, total, 1);
      total += __shfl_xor_sync(~0u, total, 2);
      float* row = mine + (r * 8 + row_of_lane) * stride;
      if (q == 0) {
        row[size] = o.most[r] * g.scale;
        row[size + 1] = total;
      }
#pragma unroll
      for (int n = 0; n < 8 * Half; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) row[64 * (n >> 3) + 8 * (2 * q + e) + (n & 7)] = o.sums[n][2 * r + e];
    }
  }
  __syncthreads();

  // A warp a row from here on, a lane each so many numbers of it.
  const int per_lane = 2 * Half, count = queries - query0 < 64 ? queries - query0 : 64;
  const i64 part_size = (i64)g.part_rows * stride;
  float* parts = g.parts + blockIdx.y * (g.splits * part_size);
  for (int r = warp; r < count; r += 4) {
    const float* found = found_by_warps + ((r >> 4) * 16 + (r & 15)) * stride;
    float most = MINUS_INFINITY, total = 0, sums[per_lane] = {};
    for (int w = 0; w < ways; w++) most = fmaxf(most, found[w * tiles * 16 * stride + size]);
    const float base = most == MINUS_INFINITY ? 0 : most;
    for (int w = 0; w < ways; w++) {
      const float* one = found + w * tiles * 16 * stride;
      const float weight = exp2f(one[size] - base);
      total += weight * one[size + 1];
#pragma unroll
      for (int i = 0; i < per_lane; i++) sums[i] += weight * one[lane * per_lane + i];
    }
    if (active == 1) {
      const int query = query0 + r, row = query / group;
      u16* y = g.y + ((i64)(b * g.rows + row) * g.heads + head * group + query % group) * size + lane * per_lane;
#pragma unroll
      for (int i = 0; i < per_lane; i++) y[i] = T::round(sums[i] / total);
    } else {
      float* part = parts + blockIdx.x * part_size + r * stride;
#pragma unroll
      for (int i = 0; i < per_lane; i++) part[lane * per_lane + i] = sums[i];
      if (lane == 0) {
        part[size] = most;
        part[size + 1] = total;
      }
    }
  }
  // Of many queries a kernel of its own puts the parts together, as one block would take long; of few the block that comes last.
  if (active == 1 || g.part_rows > 16) return;

  __shared__ int arrival;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) arrival = atomicAdd(g.arrived + blockIdx.y, 1);
  __syncthreads();
  if (arrival != active - 1) return;
  if (threadIdx.x == 0) g.arrived[blockIdx.y] = 0;
  __threadfence();
  for (int r = warp; r < count; r += 4) sum_parts<T, Half>(g, b, head, query0, r, active);
}

// A row a warp.
template <class T, int Half> DEVICE void attention_sum(const AttentionArguments& g) {
  const int heads_and_sets = g.kv_heads * g.sets, b = blockIdx.y / heads_and_sets, group = g.heads / g.kv_heads;
  const int head = blockIdx.y % heads_and_sets % g.kv_heads, query0 = blockIdx.y % heads_and_sets / g.kv_heads * 64;
  const int r = blockIdx.x * 4 + (threadIdx.x >> 5);
  wait_for_previous();
  let_next_start();
  const int active = Shares(g, b).active;
  if (active > 1 && r < g.part_rows && query0 + r < group * g.rows) sum_parts<T, Half>(g, b, head, query0, r, active);
}

#define ATTENTION(name, T, Half, Branches) \
  extern "C" __global__ void __launch_bounds__(128, 2) name(AttentionArguments g) { attention<T, Half, Branches>(g); }

#define ATTENTION_SUM(name, T, Half) \
  extern "C" __global__ void __launch_bounds__(128, 2) name(AttentionArguments g) { attention_sum<T, Half>(g); }

F16(ATTENTION_SUM(attention_sum_f16_64, Float16, 1))
BF16(ATTENTION_SUM(attention_sum_bf16_64, BFloat16, 1))
F16(ATTENTION_SUM(attention_sum_f16_128, Float16, 2))
BF16(ATTENTION_SUM(attention_sum_bf16_128, BFloat16, 2))
F16(ATTENTION(attention_f16_64, Float16, 1, false))
BF16(ATTENTION(attention_bf16_64, BFloat16, 1, false))
F16(ATTENTION(attention_f16_128, Float16, 2, false))
BF16(ATTENTION(attention_bf16_128, BFloat16, 2, false))
F16(ATTENTION(branches_f16_64, Float16, 1, true))
BF16(ATTENTION(branches_bf16_64, BFloat16, 1, true))
F16(ATTENTION(branches_f16_128, Float16, 2, true))
BF16(ATTENTION(branches_bf16_128, BFloat16, 2, true))
