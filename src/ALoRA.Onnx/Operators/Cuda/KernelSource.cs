using System.Diagnostics.CodeAnalysis;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What makes code of the kernels' text: NVRTC, or the driver from PTX where that is missing. Immutable; any thread.</summary>
internal sealed class KernelSource
{
    private KernelSource(KernelCompiler? compiler, string? problem, KernelPtx ptx)
    {
        Compiler = compiler;
        Problem = problem;
        Ptx = ptx;
    }

    /// <summary>NVRTC; null where it is missing.</summary>
    public KernelCompiler? Compiler { get; }

    /// <summary>Why it is missing, and what to do; null where it is there.</summary>
    public string? Problem { get; }

    /// <summary>Kernels for where it is missing.</summary>
    public KernelPtx Ptx { get; }

    /// <summary>Looks for NVRTC, and without it for PTX.</summary>
    /// <param name="names">Names of NVRTC's library.</param>
    /// <param name="ptx">What was made beforehand.</param>
    /// <param name="text">Kernels that are wanted in any case.</param>
    /// <param name="source">What there is; null for neither.</param>
    /// <param name="reason">Why there is neither, and what to do.</param>
    public static bool TryFind(
        IReadOnlyList<string> names, KernelPtx ptx, string text, [NotNullWhen(true)] out KernelSource? source,
        [NotNullWhen(false)] out string? reason)
    {
        if (KernelCompiler.TryLoad(names, out KernelCompiler? compiler, out string? problem) || ptx.Has(text))
        {
            source = new KernelSource(compiler, problem, ptx);
            reason = null;
            return true;
        }

        source = null;
        reason = problem;
        return false;
    }
}
