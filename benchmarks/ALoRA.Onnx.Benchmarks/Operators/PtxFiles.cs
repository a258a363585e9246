using System.Globalization;
using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>Makes the PTX that goes into the assembly, for machines without NVRTC.</summary>
internal static class PtxFiles
{
    /// <summary>Writes all of it.</summary>
    /// <param name="folder">Where; other PTX there is deleted.</param>
    /// <returns>0, or 2 without NVRTC.</returns>
    public static int Write(string folder)
    {
        if (!KernelCompiler.TryLoad(KernelCompiler.Names, out KernelCompiler? compiler, out string? reason))
        {
            Console.Error.WriteLine($"error: {reason}");
            return 2;
        }

        Directory.CreateDirectory(folder);
        foreach (string old in Directory.GetFiles(folder, "*.ptx"))
        {
            File.Delete(old);
        }

        foreach (string text in KernelText.All)
        {
            foreach (int architecture in KernelPtx.Architectures)
            {
                byte[] ptx = compiler.CompilePtx(text, string.Create(CultureInfo.InvariantCulture, $"compute_{architecture}"));
                string file = Path.Combine(folder, KernelPtx.NameOf(text, architecture));
                File.WriteAllBytes(file, ptx);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{file}: {ptx.Length:n0} bytes, NVRTC {compiler.Version}"));
            }
        }

        return 0;
    }
}
