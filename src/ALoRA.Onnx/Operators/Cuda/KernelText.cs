using System.Text;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>The kernels as CUDA C++, out of the assembly.</summary>
internal static class KernelText
{
    // In the order in which they use each other.
    private static readonly string[] Common = ["Primitives.cu", "Rows.cu", "Lora.cu"];

    /// <summary>What programs compile: the adapter's kernels, and products for each type of numbers.</summary>
    public static IEnumerable<string> All =>
        [Read(), Read(withProducts: true, only: TensorElementType.Float16), Read(withProducts: true, only: TensorElementType.BFloat16)];

    /// <summary>The adapter's kernels, or what they use and the products: each as one text to compile.</summary>
    /// <param name="withProducts">Whether the products.</param>
    /// <param name="withAdapters">Whether the adapter's own.</param>
    /// <param name="only">The one type of numbers that products are for, as a model has one; null for all.</param>
    public static string Read(bool withProducts = false, bool? withAdapters = null, TensorElementType? only = null)
    {
        StringBuilder text = new();
        text.Append("#define WITH_ADAPTERS ").Append((withAdapters ?? !withProducts) ? '1' : '0').Append('\n');
        text.Append("#define WITH_F16 ").Append(only is null or TensorElementType.Float16 ? '1' : '0').Append('\n');
        text.Append("#define WITH_BF16 ").Append(only is null or TensorElementType.BFloat16 ? '1' : '0').Append('\n');
        foreach (string file in withProducts
            ? [.. Common, "Norm.cu", "Gates.cu", "Blocks.cu", "Product.cu", "FewNibbles.cu", "Lots.cu", "Attention.cu"]
            : Common)
        {
            using Stream stream = typeof(KernelText).Assembly.GetManifestResourceStream($"ALoRA.Onnx.Operators.Cuda.{file}")
                ?? throw new InvalidOperationException($"The resource {file} is missing in the assembly. Build it anew.");
            using StreamReader reader = new(stream, Encoding.UTF8);
            text.Append("#line 1 \"").Append(file).Append("\"\n").Append(reader.ReadToEnd()).Append('\n');
        }

        return text.ToString();
    }
}
