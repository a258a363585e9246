using System.Text;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>The kernels as CUDA C++, out of the assembly.</summary>
internal static class KernelText
{
    // In the order in which they use each other.
    private static readonly string[] Files = ["Primitives.cu", "Rows.cu", "Lora.cu", "Product.cu"];

    /// <summary>All of them, as one text to compile.</summary>
    public static string Read()
    {
        StringBuilder text = new();
        foreach (string file in Files)
        {
            using Stream stream = typeof(KernelText).Assembly.GetManifestResourceStream($"ALoRA.Onnx.Operators.Cuda.{file}")
                ?? throw new InvalidOperationException($"The resource {file} is missing in the assembly. Build it anew.");
            using StreamReader reader = new(stream, Encoding.UTF8);
            text.Append("#line 1 \"").Append(file).Append("\"\n").Append(reader.ReadToEnd()).Append('\n');
        }

        return text.ToString();
    }
}
