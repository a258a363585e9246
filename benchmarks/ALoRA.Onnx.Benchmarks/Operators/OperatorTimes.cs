using System.Globalization;
using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>Times of the kernels at the shapes of Granite 8B, float16, captured.</summary>
internal sealed unsafe class OperatorTimes : IDisposable
{
    private const int Rank = 32;
    private const int Adapters = 8;
    private const int MostRows = 64;
    private const long PoolBytes = 3L << 30;
    private const long TableBytes = 1L << 30;
    private const int Launches = 24;
    private const int Branches = -MostRows;

    private static readonly GpuShape[] Shapes =
    [
        new("qkv", 4096, [4096, 1024, 1024]), new("o", 4096, [4096]), new("gate_up", 4096, [12800, 12800]), new("down", 12800, [4096]),
    ];

    private readonly CudaDevice _device;
    private readonly CudaDriver _driver;
    private readonly LoraKernels _kernels;
    private readonly ProductKernels _products;
    private readonly KernelModule _module;
    private readonly SideStream _side;
    private readonly GpuMemory _pool;
    private readonly GpuMemory _tables;
    private readonly GpuMemory _x;
    private readonly GpuMemory _y;
    private readonly GpuMemory _h;
    private readonly GpuMemory _slots;
    private readonly GpuMemory _branches;
    private readonly nint _standIn;
    private long _next;
    private long _nextTable;

    public OperatorTimes(CudaDevice device, CudaLora lora, KernelModule module)
    {
        _module = module;
        _products = lora.ProductsOf(TensorElementType.Float16);
        _device = device;
        _driver = device.Driver;
        _kernels = lora.KernelsOf(TensorElementType.Float16);
        _side = new SideStream(_driver);
        _pool = new GpuMemory(_driver, PoolBytes);
        _tables = new GpuMemory(_driver, TableBytes);
        _x = new GpuMemory(_driver, MostRows * 25600L * 2);
        _y = new GpuMemory(_driver, MostRows * 25600L * 2);
        _h = new GpuMemory(_driver, MostRows * 256L * 4);
        _slots = GpuMemory.Of<int>(_driver, [.. Enumerable.Range(0, MostRows).Select(row => row % Adapters)]);
        _branches = GpuMemory.Of<int>(_driver, [.. Enumerable.Range(0, MostRows).Select(row => row / (MostRows / Adapters))]);
        _standIn = _module.Kernel("stand_in");
        Fill(_pool.Address, PoolBytes / 4);
        Fill(_tables.Address, TableBytes / 4);
        Fill(_x.Address, MostRows * 12800L);
    }

    public void Print()
    {
        Ceilings();
        Variants();
        ShrinkVariants();
        Products();
        Steps();
    }

    public void Dispose()
    {
        _side.Dispose();
        foreach (GpuMemory memory in (GpuMemory[])[_pool, _tables, _x, _y, _h, _slots, _branches])
        {
            memory.Dispose();
        }
    }

    private static void Say(string line) => Console.WriteLine(line);

    private void Ceilings()
    {
        const long Half = 1L << 30;
        using GpuGraph copy = new(_driver, stream => _driver.Copy(_pool.Address, _pool.Address + (nint)Half, Half, stream));
        Say($"copy: {2 * Half / copy.Time(10) / 1e6:f2} TB/s read and written");
        nint kernel = _module.Kernel("read_all");
        foreach (int blocks in (int[])[132 * 4, 132 * 8, 132 * 32])
        {
            using GpuGraph read = new(_driver, stream =>
            {
                ReadArguments arguments = new() { From = _pool.Address, To = _y.Address, Chunks = 2 * Half / 16 };
                _driver.Launch(kernel, blocks, 1, 256, stream, dependent: false, &arguments);
            });
            Say($"read, {blocks} blocks: {2 * Half / read.Time(10) / 1e6:f2} TB/s");
        }
    }

    private void Variants()
    {
        Console.WriteLine(
            "forms of the product (across, tiles of outputs, of rows, parts, depth): us back to back, behind a stand-in; TB/s of that");
        foreach (GpuShape shape in Shapes)
        {
            foreach (string form in (string[])
                ["1_1_1_8_1", "1_1_1_8_2", "1_1_1_16_1", "1_1_1_16_2", "1_1_2_8_1", "1_1_2_8_2", "2_1_2_8_1", "1_2_2_8_1", "1_1_2_16_1",
                    "1_1_2_16_2", "1_2_2_16_1", "2_1_4_8_1", "1_1_4_8_1", "1_2_4_8_1", "2_2_4_8_1", "1_1_4_16_1", "1_2_4_16_1"])
            {
                string name = form switch
                {
                    "1_1_1_8_1" => "product_f16_0",
                    "1_1_2_8_2" => "product_f16_1",
                    "2_2_4_8_1" => "product_f16_2",
                    "1_1_1_16_1" => "product_f16_3",
                    "1_1_2_16_1" => "product_f16_4",
                    "1_2_4_16_1" => "product_f16_5",
                    _ => $"v_{form}",
                };
                Variant(
                    shape, form, _module.Kernel(name),
                    [.. form.Split('_').Select(number => int.Parse(number, CultureInfo.InvariantCulture))]);
            }
        }
    }

    private void Variant(GpuShape shape, string form, nint kernel, int[] numbers)
    {
        int rows = numbers[2] == 1 ? 1 : numbers[2] * 8;
        double[] times = new double[2];
        for (int with = 0; with < 2; with++)
        {
            bool isBehind = with == 1;
            using GpuGraph graph = new(_driver, stream =>
            {
                for (int index = 0; index < Launches; index++)
                {
                    if (isBehind)
                    {
                        StandIn(stream, rows);
                    }

                    ProductArguments product = Product(shape, rows);
                    _driver.Launch(
                        kernel, shape.Out / (16 * numbers[0] * numbers[1]), 1, numbers[0] * numbers[3] * 32, stream,
                        _device.HasDependentLaunch,
                        &product);
                }
            });
            times[with] = graph.Time(5) / Launches;
        }

        Say($"{shape.Name,8} {rows,2} rows {form,-8} {times[0],7:f2} {times[1],7:f2}   {shape.Bytes / times[1] / 1e6:f2}");
    }

    private void ShrinkVariants()
    {
        Console.WriteLine(
            "shrink alone, us a launch back to back (dependent): 1 row; 8, 16, 32, 64 rows of 8 slots; 64 of 8 branches; 32 of one slot");
        foreach (GpuShape shape in Shapes)
        {
            foreach ((string name, int ranks, int tile, int threads) in ((string, int, int, int)[])
                [("shrink_f16_0", 1, 2, 256), ("shrink_f16_1", 1, 2, 256), ("shrink_f16_2", 16, 16, 512), ("shrink_f16_3", 16, 32, 512),
                    ("shrink_variant_8", 16, 8, 512)])
            {
                nint kernel = _module.Kernel(name);
                double[] times = [.. ((int[])[1, 8, 16, 32, 64, Branches, -32]).Select(count =>
                {
                    int rows = count == Branches ? MostRows : Math.Abs(count);
                    using GpuGraph graph = new(_driver, stream =>
                    {
                        for (int index = 0; index < Launches; index++)
                        {
                            ShrinkArguments shrink = Shrink(shape, rows);
                            shrink.SlotStep = count is 1 or -32 ? 0 : 1;
                            shrink.Slot = count == Branches ? _branches.Address : _slots.Address;
                            int down = shrink.SlotStep == 0 ? (rows + tile - 1) / tile : rows;
                            _driver.Launch(
                                kernel, (shrink.TotalRank + ranks - 1) / ranks, down, threads, stream, _device.HasDependentLaunch, &shrink);
                        }
                    });
                    return graph.Time(5) / Launches;
                })];
                Say($"{shape.Name,8} {name,-20} " + string.Join(" ", times.Select(time => $"{time,7:f2}")));
            }
        }
    }

    private void Products()
    {
        Console.WriteLine(
            "us a group: product; expand alone; product + expand, shrink beside; in turn; product that takes h; TB/s of the product");
        foreach (GpuShape shape in Shapes)
        {
            foreach (int rows in (int[])[1, 2, 4, 8, 16, 32, 64])
            {
                double[] times = new double[5];
                for (int form = 0; form < 5; form++)
                {
                    int taken = form;
                    using GpuGraph graph = new(_driver, stream =>
                    {
                        for (int index = 0; index < Launches; index++)
                        {
                            StandIn(stream, rows);
                            Group(shape, rows, (Form)taken, stream);
                        }
                    });
                    times[form] = graph.Time(5) / Launches;
                }

                Say($"{shape.Name,8} {rows,2} rows {times[0],7:f2} {times[1],7:f2} {times[2],7:f2} {times[3],7:f2} {times[4],7:f2}   "
                    + $"{shape.Bytes / times[0] / 1e6:f2}");
            }
        }
    }

    private void Steps()
    {
        Console.WriteLine("ms of 40 layers of four groups, a stand-in before each: products; shrink beside; in turn; product that takes h");
        long bytes = 40 * Shapes.Sum(shape => shape.Bytes);
        foreach (int rows in (int[])[1, 2, 4, 8, 16, 32])
        {
            double[] times = [.. ((Form[])[Form.Product, Form.Beside, Form.InTurn, Form.Taken]).Select(form => Step(rows, form))];
            Say($"{rows,2} rows {times[0]:f3} {times[1]:f3} (x{times[1] / times[0]:f3}) {times[2]:f3} (x{times[2] / times[0]:f3}) "
                + $"{times[3]:f3} (x{times[3] / times[0]:f3})   {bytes / times[0] / 1e9:f2} TB/s");
        }

        using GpuGraph standIns = new(_driver, stream =>
        {
            for (int index = 0; index < 160; index++)
            {
                StandIn(stream, 1);
            }
        });
        Say($"of which stand-ins {standIns.Time(5) / 1000:f3}");
    }

    private double Step(int rows, Form form)
    {
        using GpuGraph graph = new(_driver, stream =>
        {
            for (int layer = 0; layer < 40; layer++)
            {
                foreach (GpuShape shape in Shapes)
                {
                    StandIn(stream, rows);
                    Group(shape, rows, form, stream);
                }
            }
        });
        return graph.Time(5) / 1000;
    }

    private void Group(GpuShape shape, int rows, Form form, nint stream)
    {
        ProductArguments product = Product(shape, rows);
        ShrinkArguments shrink = Shrink(shape, rows);
        ExpandArguments expand = new()
        {
            Base = _y.Address,
            Y = _y.Address,
            H = _h.Address,
            Slot = _slots.Address,
            B = TakeTable(shape.BytesOfB * Adapters),
            Out = shape.Out,
            Rank = Rank,
            TotalRank = shrink.TotalRank,
            Rows = rows,
            SlotStep = shrink.SlotStep,
            Slots = Adapters,
            Ends = shape.Ends,
        };
        switch (form)
        {
            case Form.Product:
                _products.Product(ref product, ProductForm.FloatBits, swiGlu: false, stream, dependent: true);
                break;
            case Form.Expand:
                _kernels.Expand(ref expand, stream, dependent: true);
                break;
            case Form.Beside:
                nint beside = _side.Fork(stream);
                _kernels.Shrink(ref shrink, beside, dependent: false);
                _side.EndFork();
                _products.Product(ref product, ProductForm.FloatBits, swiGlu: false, stream, dependent: true);
                _side.Join(stream);
                _kernels.Expand(ref expand, stream, dependent: true);
                break;
            case Form.InTurn:
                _kernels.Shrink(ref shrink, stream, dependent: true);
                _products.Product(ref product, ProductForm.FloatBits, swiGlu: false, stream, dependent: true);
                _kernels.Expand(ref expand, stream, dependent: true);
                break;
            default:
                _kernels.Shrink(ref shrink, stream, dependent: true);
                product.H = _h.Address;
                product.Slot = _slots.Address;
                product.B = expand.B;
                product.Rank = Rank;
                product.TotalRank = shrink.TotalRank;
                product.SlotStep = shrink.SlotStep;
                product.Slots = Adapters;
                product.Ends = shape.Ends;
                _products.Product(ref product, ProductForm.FloatBits, swiGlu: false, stream, dependent: true);
                break;
        }
    }

    private ProductArguments Product(GpuShape shape, int rows) => new()
    {
        X = _x.Address,
        W = Take(shape.Bytes),
        Y = _y.Address,
        Chunks = shape.In / 8,
        Out = shape.Out,
        Rows = rows,
        Scale = 1,
        Ends = shape.Ends,
    };

    private ShrinkArguments Shrink(GpuShape shape, int rows) => new()
    {
        X = _x.Address,
        Slot = _slots.Address,
        A = TakeTable(shape.BytesOfA * Adapters),
        H = _h.Address,
        Chunks = shape.In / 8,
        Rank = Rank,
        TotalRank = Rank * shape.Parts.Length,
        Rows = rows,
        SlotStep = rows == 1 ? 0 : 1,
        Slots = Adapters,
    };

    // Each launch reads other weights, as in a model: what a cache held of the last ones is no use.
    private nint Take(long bytes)
    {
        _next = _next + bytes > PoolBytes ? 0 : _next;
        nint address = _pool.Address + (nint)_next;
        _next += (bytes + 255) / 256 * 256;
        return address;
    }

    private nint TakeTable(long bytes)
    {
        _nextTable = _nextTable + bytes > TableBytes ? 0 : _nextTable;
        nint address = _tables.Address + (nint)_nextTable;
        _nextTable += (bytes + 255) / 256 * 256;
        return address;
    }

    private void StandIn(nint stream, int rows)
    {
        CopyArguments copy = new() { From = _x.Address + (nint)(MostRows * 12800L * 2), To = _x.Address, Chunks = 4096 / 8 };
        _driver.Launch(_standIn, rows, 1, 512, stream, dependent: false, &copy);
    }

    private void Fill(nint address, long words)
    {
        nint kernel = _module.Kernel("fill");
        FillArguments arguments = new() { Words = address, Count = words, Seed = 7 };
        _driver.Launch(kernel, 1024, 1, 256, 0, dependent: false, &arguments);
    }

    private enum Form { Product, Expand, Beside, InTurn, Taken }

    private struct ReadArguments
    {
        public nint From;
        public nint To;
        public long Chunks;
    }

    private struct CopyArguments
    {
        public nint From;
        public nint To;
        public int Chunks;
    }

    private struct FillArguments
    {
        public nint Words;
        public long Count;
        public uint Seed;
    }

    private sealed record GpuShape(string Name, int In, int[] Parts)
    {
        public int Out => Parts.Sum();

        public long Bytes => (long)In * Out * 2;

        public long BytesOfA => (long)In * Rank * Parts.Length * 2;

        public long BytesOfB => (long)Out * Rank * 2;

        public PartEnds Ends => new([.. Parts.Select(part => (long)part)]);
    }
}
