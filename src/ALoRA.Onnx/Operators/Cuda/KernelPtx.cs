using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// Kernels as PTX, which the driver of the GPU compiles itself: for machines without NVRTC. Made beforehand of the kernels' text, and
/// used for that text alone, which their names tell. Immutable; any thread.
/// </summary>
internal sealed class KernelPtx
{
    /// <summary>Compute capabilities that PTX is made for: the oldest, and the first with dependent launch.</summary>
    public static readonly IReadOnlyList<int> Architectures = [80, 90];

    private const string Prefix = "ALoRA.Onnx.Operators.Cuda.Ptx.";

    private readonly HashSet<string> _names;
    private readonly Func<string, Stream?> _open;

    /// <summary>Takes PTX from somewhere.</summary>
    /// <param name="names">Names that <see cref="NameOf"/> gave.</param>
    /// <param name="open">Opens one of them.</param>
    public KernelPtx(IEnumerable<string> names, Func<string, Stream?> open)
    {
        _names = [.. names];
        _open = open;
    }

    /// <summary>Names of what there is.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>What is in the assembly.</summary>
    public static KernelPtx OfAssembly()
    {
        Assembly assembly = typeof(KernelPtx).Assembly;
        return new KernelPtx(
            assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(name => name[Prefix.Length..]),
            name => assembly.GetManifestResourceStream(Prefix + name));
    }

    /// <summary>Name of the file that holds a text's PTX for a compute capability.</summary>
    /// <param name="text">The kernels.</param>
    /// <param name="architecture">Such as 90 for 9.0.</param>
    public static string NameOf(string text, int architecture)
    {
        const int Digits = 16;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return string.Create(CultureInfo.InvariantCulture, $"{hash[..Digits]}.compute_{architecture}.ptx");
    }

    /// <summary>Whether there is any of a text.</summary>
    public bool Has(string text) => Architectures.Any(architecture => _names.Contains(NameOf(text, architecture)));

    /// <summary>The newest that a GPU can compile, with a zero at its end, as the driver wants it.</summary>
    /// <param name="text">The kernels.</param>
    /// <param name="capability">The GPU's compute capability.</param>
    /// <param name="code">The PTX; null where there is none.</param>
    /// <param name="architecture">What it was made for.</param>
    public bool TryFind(string text, int capability, [NotNullWhen(true)] out byte[]? code, out int architecture)
    {
        foreach (int candidate in Architectures.Where(candidate => candidate <= capability).OrderDescending())
        {
            string name = NameOf(text, candidate);
            if (_names.Contains(name) && _open(name) is { } stream)
            {
                using (stream)
                {
                    code = new byte[stream.Length + 1];
                    stream.ReadExactly(code, 0, code.Length - 1);
                }

                architecture = candidate;
                return true;
            }
        }

        (code, architecture) = (null, 0);
        return false;
    }
}
