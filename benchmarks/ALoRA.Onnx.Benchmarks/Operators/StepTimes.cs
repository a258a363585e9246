using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>Times of attention and of products of weights in 4 and 8 bits at the shapes of Granite 8B, float16, captured.</summary>
internal sealed unsafe class StepTimes : IDisposable
{
    private const int Launches = 24;
    private const int Heads = 32;
    private const int KeyHeads = 8;
    private const int Size = 128;
    private const int Past = 16000;
    private const int Capacity = 16384;
    private const int Branches = 8;
    private const int MostRows = 128;
    private const int Layers = 6;
    private const long CacheBytes = (long)KeyHeads * Capacity * Size * 2;
    private const long CodeBytes = 2L << 30;

    private static readonly (string Name, int In, int Out)[] Shapes =
        [("qkv", 4096, 6144), ("o", 4096, 4096), ("gate_up", 4096, 25600), ("down", 12800, 4096)];

    private readonly CudaDevice _device;
    private readonly CudaDriver _driver;
    private readonly AttentionKernels _attention;
    private readonly ProductKernels _products;
    private readonly KernelModule _module;
    private readonly GpuMemory _pool;
    private readonly GpuMemory _x;
    private readonly GpuMemory _y;
    private readonly GpuMemory _parts;
    private readonly GpuMemory _arrived;
    private readonly GpuMemory _last;
    private readonly GpuMemory _rows;
    private readonly GpuMemory _owners;
    private readonly GpuMemory _slots;
    private readonly LoraKernels _kernels;
    private long _next;

    public StepTimes(CudaDevice device, CudaLora lora, KernelModule module)
    {
        _device = device;
        _driver = device.Driver;
        _module = module;
        _attention = lora.AttentionOf(TensorElementType.Float16);
        _products = lora.ProductsOf(TensorElementType.Float16);
        _kernels = lora.KernelsOf(TensorElementType.Float16);
        _slots = GpuMemory.Of<int>(_driver, [0, 1, 2, 3, 4, 5, 6, 7]);
        _pool = new GpuMemory(_driver, CodeBytes);
        _x = new GpuMemory(_driver, MostRows * 25600L * 2);
        _y = new GpuMemory(_driver, MostRows * 25600L * 2);
        _parts = new GpuMemory(_driver, 64L << 20);
        _arrived = new GpuMemory(_driver, AttentionKernels.MostGroups * sizeof(int));
        _last = new GpuMemory(_driver, 16);
        _rows = GpuMemory.Of<int>(
            _driver, [.. Enumerable.Range(0, MostRows).SelectMany(row => (int[])[row % Branches, Past, Past + (row / Branches)])]);
        _owners = GpuMemory.Of<int>(_driver, [.. Enumerable.Range(0, MostRows).Select(row => row % Branches)]);
        foreach ((nint address, long bytes) in ((nint, long)[])[(_pool.Address, CodeBytes), (_x.Address, MostRows * 25600L * 2)])
        {
            nint kernel = _module.Kernel("fill");
            FillArguments fill = new() { Words = address, Count = bytes / 4, Seed = 5 };
            _driver.Launch(kernel, 1024, 1, 256, 0, dependent: false, &fill);
        }
    }

    public void Print()
    {
        Attention();
        PrintBlocks();
    }

    /// <summary>Only what changes with the products of weights in 4 and 8 bits.</summary>
    public void PrintBlocks()
    {
        Blocks(ProductForm.NibbleBits);
        Blocks(ProductForm.ByteBits);
        Ahead();
    }

    public void Dispose()
    {
        foreach (GpuMemory memory in (GpuMemory[])[_pool, _x, _y, _parts, _arrived, _last, _rows, _owners, _slots])
        {
            memory.Dispose();
        }
    }

    // The culture is the invariant one.
    private static void Say(string line) => Console.WriteLine(line);

    private void Attention()
    {
        Say($"attention behind {Past} rows: us a layer, TB/s of the cache; rows of one sequence, then rows of {Branches} branches");
        foreach (int count in (int[])[1, 2, 4, 8, 16, 32, 64, -8, -32, -64, -128])
        {
            int rows = Math.Abs(count);
            AttentionArguments arguments = new()
            {
                Qkv = _x.Address,
                Y = _y.Address,
                Last = _last.Address,
                Parts = _parts.Address,
                Arrived = _arrived.Address,
                Branches = count < 0 ? _rows.Address : 0,
                Owners = _owners.Address,
                Owned = rows,
                Heads = Heads,
                KvHeads = KeyHeads,
                Capacity = Capacity,
                Scale = 0.1f,
            };
            _last.Write<int>([Past + rows - 1]);
            using GpuGraph graph = new(_driver, stream =>
            {
                for (int index = 0; index < Launches; index++)
                {
                    AttentionArguments one = arguments;
                    one.Keys = _pool.Address + (nint)(index % Layers * 2 * CacheBytes);
                    one.Values = one.Keys + (nint)CacheBytes;
                    _attention.Launch(one, 1, rows, Size, stream);
                }
            });
            double time = graph.Time(5) / Launches;
            double rate = 2.0 * CacheBytes * Past / Capacity / time / 1e6;
            Say($"{(count < 0 ? "branches" : "        ")} {rows,3} rows {time,8:f2}   {rate:f2}");
        }
    }

    private void Blocks(int bits)
    {
        Say($"products of weights in {bits} bits: us, TB/s of codes and scales, of rows 1, 2, 8, 32");
        foreach ((string name, int inner, int outputs) in Shapes)
        {
            double[] times = [.. ((int[])[1, 2, 8, 32]).Select(rows =>
            {
                using GpuGraph graph = new(_driver, stream =>
                {
                    for (int index = 0; index < Launches; index++)
                    {
                        ProductArguments product = Product(bits, inner, outputs, rows);
                        _products.Product(ref product, bits, swiGlu: false, stream, dependent: true);
                    }
                });
                return graph.Time(5) / Launches;
            })];
            Say($"{name,8} " + string.Join("   ", times.Select(time => $"{time,7:f2} {Rate(bits, inner, outputs, time):f2}")));
        }
    }

    // A layer's o and down, each behind a norm: A·x first and the product beside it, or the product ahead of its input.
    private void Ahead()
    {
        Say("us of o and down with an adapter of rank 32, without, with, and with products ahead: of rows 1, 2, 4, 8 of one; 8 of eight");
        foreach (int count in (int[])[1, 2, 4, 8, -8])
        {
            int rows = Math.Abs(count);
            double[] times = [.. ((int[])[0, 1, 2]).Select(form =>
            {
                using GpuGraph graph = new(_driver, stream =>
                {
                    for (int index = 0; index < Launches; index++)
                    {
                        Adapted(4096, rows, form, count < 0 ? 1 : 0, stream);
                        Adapted(12800, rows, form, count < 0 ? 1 : 0, stream);
                    }
                });
                return graph.Time(5) / Launches;
            })];
            Say($"{rows} rows, {(count < 0 ? rows : 1)} adapters {times[0],7:f2} {times[1],7:f2} {times[2],7:f2}");
        }
    }

    private void Adapted(int inner, int rows, int form, int slotStep, nint stream)
    {
        const int Rank = 32;
        const int Outputs = 4096;
        const int Slots = 8;
        long bytes = (long)inner * Outputs * 2;
        long tables = (long)Slots * Rank * (inner + Outputs) * 2;
        _next = _next + bytes + tables > CodeBytes ? 0 : _next;
        nint weights = _pool.Address + (nint)_next;
        _next += bytes + tables;
        NormArguments norm = new()
        {
            X = _x.Address,
            Weight = weights,
            Y = _x.Address + (nint)(MostRows * 12800L * 2),
            Chunks = 4096 / 8,
            Rows = rows,
            Epsilon = 1e-5f,
        };
        _products.Norm(ref norm, stream, dependent: true);
        ShrinkArguments shrink = new()
        {
            X = _x.Address,
            Slot = _slots.Address,
            A = weights + (nint)bytes,
            H = _parts.Address,
            Chunks = inner / 8,
            Rank = Rank,
            TotalRank = Rank,
            Rows = rows,
            SlotStep = slotStep,
            Slots = Slots,
            Ahead = form == 2 ? 1 : 0,
        };
        ProductArguments product = new()
        {
            X = _x.Address,
            W = weights,
            Y = _y.Address,
            Chunks = inner / 8,
            Out = Outputs,
            Rows = rows,
            Scale = 1,
            Ends = new PartEnds([]),
        };
        if (form > 0)
        {
            _kernels.Shrink(ref shrink, stream, dependent: true);
            (product.H, product.Slot, product.B) = (shrink.H, shrink.Slot, shrink.A + (nint)((long)Slots * Rank * inner * 2));
            (product.Rank, product.TotalRank, product.SlotStep, product.Slots) = (Rank, Rank, slotStep, Slots);
            product.Waits = form == 2 ? 1 : 0;
        }

        _products.Product(ref product, ProductForm.FloatBits, swiGlu: false, stream, dependent: true);
    }

    private static double Rate(int bits, int inner, int outputs, double microseconds) =>
        (double)inner * outputs * ((bits * 4) + 2) / 32 / microseconds / 1e6;

    // Each launch reads other weights, as in a model. What codes and scales are is the same to the time.
    private ProductArguments Product(int bits, int inner, int outputs, int rows)
    {
        long bytes = (long)inner * outputs * bits / 8;
        _next = _next + (2 * bytes) > CodeBytes ? 0 : _next;
        nint codes = _pool.Address + (nint)_next;
        _next += (bytes + (bytes / 8) + 255) / 256 * 256;
        return new ProductArguments
        {
            X = _x.Address,
            W = codes,
            Scales = codes + (nint)bytes,
            Y = _y.Address,
            Chunks = inner / 8,
            Out = outputs,
            Rows = rows,
            Scale = 1,
            Ends = new PartEnds([]),
        };
    }

    private struct FillArguments
    {
        public nint Words;
        public long Count;
        public uint Seed;
    }
}
