// silu(gate) . up of rows whose first half are the gates, 16 bytes a thread.
struct GateArguments {
  const uint4* x;  // [rows, 2 inner]
  uint4* y;        // [rows, inner]
  int chunks;      // inner / 8
  int rows;
};

template <class T> DEVICE u32 gated_pair(u32 gate, u32 up) {
  const float2 g = T::pair(gate), u = T::pair(up);
  return round_pair<T>(g.x / (1.0f + __expf(-g.x)) * u.x, g.y / (1.0f + __expf(-g.y)) * u.y);
}

template <class T> DEVICE void gates(const GateArguments& g) {
  wait_for_previous();
  let_next_start();
  const i64 i = (i64)blockIdx.x * 256 + threadIdx.x, row = i / g.chunks;
  if (row >= g.rows) return;
  const uint4* x = g.x + i + row * g.chunks;
  const uint4 gate = load_shared_often(x), up = load_shared_often(x + g.chunks);
  g.y[i] = make_uint4(gated_pair<T>(gate.x, up.x), gated_pair<T>(gate.y, up.y), gated_pair<T>(gate.z, up.z), gated_pair<T>(gate.w, up.w));
}

#define GATES(name, T) extern "C" __global__ void __launch_bounds__(256) name(GateArguments g) { gates<T>(g); }

F16(GATES(gates_f16, Float16))
BF16(GATES(gates_bf16, BFloat16))
