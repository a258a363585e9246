using ALoRA.Onnx.Operators;
using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OrtApi = ALoRA.Onnx.Operators.OrtApi;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>The operators in sessions of ONNX Runtime, captured and not: two adapted products in a row.</summary>
internal static class OperatorSession
{
    private const int Width = 512;
    private const int Slots = 4;
    private static readonly int[] Parts = [256, 128, 128];

    /// <summary>Prints a line for each session; the number of those that are wrong.</summary>
    public static int Run(CudaDevice device, CudaLora lora)
    {
        string library = Path.Combine(AppContext.BaseDirectory, "libonnxruntime_providers_cuda.so");
        if (!File.Exists(library))
        {
            Console.WriteLine($"sessions: skipped, there is no {library}");
            return 0;
        }

        if (OrtApi.TryGet(out string? reason) is not { } api)
        {
            Console.WriteLine($"WRONG  no API: {reason}");
            return 1;
        }

        OrtEnv environment = OrtEnv.Instance();
        environment.RegisterExecutionProviderLibrary("CUDA", library);
        OrtEpDevice gpu = environment.GetEpDevices().First(found => found.EpName == "CUDAExecutionProvider");
        OperatorDomain domain = CudaOperators.Domain(api, lora);
        int failed = 0;
        foreach (TensorElementType type in (TensorElementType[])[TensorElementType.Float16, TensorElementType.BFloat16])
        {
            foreach (int rows in (int[])[1, 2, 4, 8, 9, 16, 32, 100])
            {
                foreach (bool isCaptured in (bool[])[false, true])
                {
                    try
                    {
                        failed += Run(device, lora, domain, environment, gpu, type, rows, isCaptured) ? 0 : 1;
                    }
                    catch (Exception exception)
                    {
                        failed++;
                        Console.WriteLine($"WRONG  {type}, {rows} rows, captured {isCaptured}: {exception.Message}");
                    }
                }
            }
        }

        Console.WriteLine($"streams beside that are left: {lora.Streams.Count}");
        return failed + lora.Streams.Count;
    }

    private static bool Run(
        CudaDevice device, CudaLora lora, OperatorDomain domain, OrtEnv environment, OrtEpDevice gpu, TensorElementType type, int rows,
        bool isCaptured)
    {
        LoraCase test = new(type, Width, Parts, 32, [.. Enumerable.Range(0, rows).Select(row => (row % 5) - 1)], rows, null, Slots);
        NodeGraph graph = new NodeGraph()
            .Input("x", type, "rows", $"{Width}")
                .Input("slot", TensorElementType.Int32, "slot_rows")
                .Input("W", type, $"{Width}", $"{Width}")
            .Input("A", type, "slots", "R", $"{Width}").Input("B", type, "slots", $"{Width}", "r")
            .Input("V", type, $"{Width}", $"{Width}").Output("y", type, "rows", $"{Width}").Output("z", type, "rows", $"{Width}")
            .Output("p", type, "rows", $"{Width}").Output("g", type, "rows", $"{Width / 2}");
        string from = "x";
        foreach (string name in (string[])["y", "z"])
        {
            graph.Node("alora.LoraShrink", $"{from} slot A", $"{name}.x {name}.h")
                .Node("MatMul", $"{name}.x W", $"{name}.base")
                .Node("alora.LoraExpand", $"{name}.base {name}.h slot B  {name}.x", $"{name}.sum", "parts",
                    [.. Parts.Select(part => (long)part)])
                .Node("Relu", $"{name}.sum", name);
            from = $"{name}.sum";
        }

        // The same by the product that takes h, in turn and beside, with a residual; and gates, without an adapter.
        long[] sizes = [.. Parts.Select(part => (long)part)];
        graph.Node("alora.LoraShrink", "x slot A", "s.x s.h", "serial", 1)
            .Node("alora.LoraProduct", "s.x V  s.h slot B", "q", "parts", sizes)
            .Node("alora.LoraShrink", "x slot A", "t.x t.h")
            .Node("alora.LoraProduct", "t.x V q t.h slot B", "p", "parts", sizes)
            .Node("alora.LoraProduct", "x V", "g", "swiglu", 1);
        long copied = lora.KernelsOf(type).CopiedBytes;
        using InferenceSession session = graph.Open(domain, threads: 1, options => options.AppendExecutionProvider(
            environment, [gpu], new Dictionary<string, string> { ["enable_cuda_graph"] = isCaptured ? "1" : "0" }));
        using CudaDevice.Scope scope = device.Use();
        ushort[] transposed = new ushort[Width * Width];
        for (int output = 0; output < Width; output++)
        {
            for (int input = 0; input < Width; input++)
            {
                transposed[(input * Width) + output] = test.W[(output * Width) + input];
            }
        }

        using GpuMemory x = GpuMemory.Of<ushort>(device.Driver, test.X);
        using GpuMemory w = GpuMemory.Of<ushort>(device.Driver, transposed);
        using GpuMemory v = GpuMemory.Of<ushort>(device.Driver, test.W);
        using GpuMemory p = new(device.Driver, rows * Width * 2L);
        using GpuMemory g = new(device.Driver, rows * Width);
        using GpuMemory a = GpuMemory.Of<ushort>(device.Driver, test.A);
        using GpuMemory b = GpuMemory.Of<ushort>(device.Driver, test.B);
        using GpuMemory slot = GpuMemory.Of<int>(device.Driver, Enumerable.Repeat(-1, rows).ToArray());
        using GpuMemory y = new(device.Driver, rows * Width * 2L);
        using GpuMemory z = new(device.Driver, rows * Width * 2L);
        OrtMemoryInfo memory = gpu.GetMemoryInfo(OrtDeviceMemoryType.DEFAULT);
        List<OrtValue> values = [];
        using OrtIoBinding binding = session.CreateIoBinding();
        OrtValue Value(GpuMemory place, TensorElementType of, params long[] shape)
        {
            long bytes = shape.Aggregate(of == TensorElementType.Int32 ? 4L : 2, (left, right) => left * right);
            OrtValue value = OrtValue.CreateTensorValueWithData(memory, of, shape, place.Address, bytes);
            values.Add(value);
            return value;
        }

        binding.BindInput("x", Value(x, type, rows, Width));
        binding.BindInput("W", Value(w, type, Width, Width));
        binding.BindInput("V", Value(v, type, Width, Width));
        binding.BindOutput("p", Value(p, type, rows, Width));
        binding.BindOutput("g", Value(g, type, rows, Width / 2));
        binding.BindInput("slot", Value(slot, TensorElementType.Int32, rows));
        binding.BindInput("A", Value(a, type, Slots, test.TotalRank, Width));
        binding.BindInput("B", Value(b, type, Slots, Width, test.Rank));
        binding.BindOutput("y", Value(y, type, rows, Width));
        binding.BindOutput("z", Value(z, type, rows, Width));
        using RunOptions options = new();
        if (isCaptured)
        {
            options.AddRunConfigEntry("gpu_graph_id", "1");
        }

        // Warm up and capture as the base; then other slots, as in a batch whose rows change.
        for (int run = 0; run < 3; run++)
        {
            session.RunWithBinding(options, binding);
        }

        ushort[] plain = y.Read<ushort>(rows * Width);
        slot.Write<int>(test.Slots);
        session.RunWithBinding(options, binding);
        ushort[] adapted = y.Read<ushort>(rows * Width);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int run = 0; run < 20; run++)
        {
            session.RunWithBinding(options, binding);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        ushort[] again = z.Read<ushort>(rows * Width);
        ushort[] products = p.Read<ushort>(rows * Width);
        ushort[] gates = g.Read<ushort>(rows * Width / 2);
        foreach (OrtValue value in values)
        {
            value.Dispose();
        }

        double worst = test.WorstOf(
            adapted, (row, output) => Math.Max(0, test.Product(row, output) + test.Delta(row, output)), keepsBase: false);
        double product = test.WorstOf(
            products, (row, output) => 2 * (test.Product(row, output) + test.Delta(row, output)), keepsBase: false);
        double swiGlu = test.WorstOf(
            gates,
            (row, output) => test.Product(row, output) / (1 + Math.Exp(-test.Product(row, output))) * test.Product(
                row, (Width / 2) + output),
            keepsBase: false);
        bool keepsBase = Enumerable.Range(0, rows * Width).All(index => test.SlotOf(index / Width) >= 0 || adapted[index] == plain[index]);
        bool isNumber = Array.TrueForAll(again, bits => float.IsFinite(test.Value(bits)));
        copied = lora.KernelsOf(type).CopiedBytes - copied;
        // Product and sum are rounded apart.
        bool isRight = Math.Max(worst, Math.Max(product, swiGlu)) <= 2 * CudaSelfTest.Tolerance(type)
            && keepsBase
            && isNumber
            && copied == 0;
        Console.WriteLine(
            FormattableString.Invariant($"{(isRight ? "ok    " : "WRONG ")} {type}, {rows} rows, captured {isCaptured}: off {worst:e1}, ")
            + FormattableString.Invariant($"product {product:e1}, SwiGLU {swiGlu:e1}, base rows kept {keepsBase}, ")
            + FormattableString.Invariant($"copied {copied} bytes, {allocated / 20} managed bytes a run"));
        return isRight;
    }
}
