using System.Diagnostics;
using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>Tests and times the operators of a GPU, without a model. Ends by itself, whatever the GPU does.</summary>
internal static class OperatorTable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(170);

    /// <summary>Prints all of it.</summary>
    /// <param name="parts">Of <c>test</c>, <c>time</c>, <c>session</c>; none is all.</param>
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
        Stopwatch watch = Stopwatch.StartNew();
        using StreamReader reader = new(typeof(OperatorTable).Assembly.GetManifestResourceStream("Variants.cu")!);
        string text = KernelText.Read() + reader.ReadToEnd();
        for (int time = 0; time < 2; time++)
        {
            watch.Restart();
            if (!CudaDevice.TryOpen(0, new CubinCache(CubinCache.UserFolder()), text, out CudaDevice? found, out string? reason))
            {
                Console.WriteLine($"no operators: {reason}");
                return 2;
            }

            Console.WriteLine(
                $"compute capability {found.Capability}, kernels loaded in {watch.ElapsedMilliseconds} ms, "
                + $"{(time == 0 ? "first" : "cached")}");
            if (time == 0)
            {
                continue;
            }

            return Run(found, parts, watch);
        }

        return 2;
    }

    private static int Run(CudaDevice device, string[] parts, Stopwatch watch)
    {
        int failed = 0;
        CudaLora lora = new(device);
        watch.Restart();
        CudaSelfTest.Run(device, lora);
        Console.WriteLine($"self-test: {watch.ElapsedMilliseconds} ms");
        if (parts is [] || parts.Contains("test"))
        {
            watch.Restart();
            failed += OperatorTests.Run(device, lora);
            Console.WriteLine($"tests: {watch.Elapsed.TotalSeconds:f1} s, {failed} kinds wrong");
        }

        if (parts is [] || parts.Contains("time"))
        {
            watch.Restart();
            using CudaDevice.Scope scope = device.Use();
            using OperatorTimes times = new(device, lora);
            times.Print();
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
