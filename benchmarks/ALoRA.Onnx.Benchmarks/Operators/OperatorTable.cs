using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>Tests and times the operators of a GPU, without a model. Ends by itself, whatever the GPU does.</summary>
internal static class OperatorTable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(400);

    /// <summary>Prints all of it.</summary>
    /// <param name="parts"> Of <c>test</c>, <c>time</c>, <c>session</c>, or <c>test4</c>,
    /// <c>time4</c> for weights of 4 and 8 bits alone, or <c>ptx</c>; none is the first three.
    /// </param>
    /// <returns>0 if everything is right, 1 if not, 2 without a GPU.</returns>
    public static int Run(string[] parts)
    {
        using Timer limit = new(
            _ =>
            {
                Console.WriteLine($"STOPPED: not done after {Limit.TotalSeconds} s");
                Console.Out.Flush();
                Process.GetCurrentProcess().Kill();
            },
            null, Limit, Timeout.InfiniteTimeSpan);
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        bool isPtx = parts.Contains("ptx");
        if (!CudaDevice.TryOpen(
            0, new CubinCache(CubinCache.UserFolder()), isPtx ? [] : KernelCompiler.Names, out CudaDevice? device, out string? reason))
        {
            Console.WriteLine($"no operators: {reason}");
            return 2;
        }

        Console.WriteLine($"compute capability {device.Capability}");
        try
        {
            return isPtx ? RunPtx(device) : Run(device, parts);
        }
        catch (CudaException exception)
        {
            Console.WriteLine($"no operators: {exception.Message}");
            return 2;
        }
    }

    // The rest compiles variants of the kernels, for which there is no PTX.
    private static int RunPtx(CudaDevice device)
    {
        Stopwatch watch = Stopwatch.StartNew();
        CudaLora lora = new(device);
        Console.WriteLine($"adapters: compiled by the driver and tested in {watch.ElapsedMilliseconds} ms");
        watch.Restart();
        lora.ProductsOf(TensorElementType.Float16);
        Console.WriteLine($"products: compiled by the driver and tested in {watch.ElapsedMilliseconds} ms");
        return 0;
    }

    private static int Run(CudaDevice device, string[] parts)
    {
        int failed = 0;
        using StreamReader reader = new(typeof(OperatorTable).Assembly.GetManifestResourceStream("Variants.cu")!);
        bool wantsForms = parts is [] || parts.Contains("time");
        string variants = KernelText.Read(withProducts: wantsForms, withAdapters: true, only: TensorElementType.Float16)
            + reader.ReadToEnd();
        Stopwatch watch = Stopwatch.StartNew();
        for (int time = 0; time < 2; time++)
        {
            foreach (string text in KernelText.All)
            {
                watch.Restart();
                device.Load(text);
                Console.WriteLine(
                    $"{text.Length} characters of kernels: loaded in {watch.ElapsedMilliseconds} ms, {(time == 0 ? "first" : "cached")}");
            }
        }

        watch.Restart();
        CudaLora lora = new(device);
        lora.ProductsOf(TensorElementType.Float16);
        Console.WriteLine($"self-test: {watch.ElapsedMilliseconds} ms");
        if (parts is [] || parts.Contains("test"))
        {
            watch.Restart();
            failed += OperatorTests.Run(device, lora, onlyBlocks: false);
            Console.WriteLine($"tests: {watch.Elapsed.TotalSeconds:f1} s, {failed} kinds wrong");
        }

        if (parts.Contains("test4"))
        {
            failed += OperatorTests.Run(device, lora, onlyBlocks: true);
        }

        if (wantsForms || parts.Contains("time4"))
        {
            watch.Restart();
            using CudaDevice.Scope scope = device.Use();
            KernelModule module = device.Load(variants);
            using StepTimes steps = new(device, lora, module);
            if (wantsForms)
            {
                using OperatorTimes times = new(device, lora, module);
                times.Print();
                steps.Print();
            }
            else
            {
                steps.PrintBlocks();
            }

            Console.WriteLine($"times: {watch.Elapsed.TotalSeconds:f1} s");
        }

        if (parts is [] || parts.Contains("session"))
        {
            watch.Restart();
            failed += OperatorSession.Run(device, lora);
            Console.WriteLine($"sessions: {watch.Elapsed.TotalSeconds:f1} s");
        }

        return failed == 0 ? 0 : 1;
    }
}
