using System.Globalization;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>The operators of a GPU.</summary>
internal static class CudaOperators
{
    /// <summary>Whether they may be used on a GPU; made and tested when it is asked for first.</summary>
    /// <param name="ordinal">Number of the GPU, as the provider's option <c>device_id</c> has it.</param>
    public static OperatorSupport Support(int ordinal) =>
        OperatorSupport.Of($"cuda:{ordinal.ToString(CultureInfo.InvariantCulture)}", api => Create(api, ordinal));

    /// <summary>Makes their domain, compiles what is not in the user's cache, and tests it.</summary>
    /// <param name="api">ONNX Runtime's API.</param>
    /// <param name="ordinal">Number of the GPU, as the provider's option <c>device_id</c> has it.</param>
    /// <exception cref="CudaException">The GPU cannot be used so; the message says why, and what to do.</exception>
    public static OperatorDomain Create(OrtApi api, int ordinal)
    {
        if (!CudaDevice.TryOpen(
            ordinal, new CubinCache(CubinCache.UserFolder()), out CudaDevice? device, out string? reason))
        {
            throw new CudaException(reason);
        }

        return Domain(api, new CudaLora(device));
    }

    /// <summary>Makes a domain of the operators for the rest of the process.</summary>
    public static OperatorDomain Domain(OrtApi api, CudaLora lora) => new(
        api,
        new LoraShrink(lora, TensorElementType.Float16), new LoraExpand(lora, TensorElementType.Float16),
        new LoraProduct(lora, TensorElementType.Float16, ProductForm.FloatBits),
        new LoraProduct(lora, TensorElementType.Float16, ProductForm.NibbleBits),
        new LoraProduct(lora, TensorElementType.Float16, ProductForm.ByteBits),
        new RmsNorm(lora, TensorElementType.Float16, shrinks: false), new RmsNorm(lora, TensorElementType.Float16, shrinks: true),
        new SwiGlu(lora, TensorElementType.Float16), new StepAttention(lora, TensorElementType.Float16),
        new LoraShrink(lora, TensorElementType.BFloat16), new LoraExpand(lora, TensorElementType.BFloat16),
        new LoraProduct(lora, TensorElementType.BFloat16, ProductForm.FloatBits),
        new LoraProduct(lora, TensorElementType.BFloat16, ProductForm.NibbleBits),
        new LoraProduct(lora, TensorElementType.BFloat16, ProductForm.ByteBits),
        new RmsNorm(lora, TensorElementType.BFloat16, shrinks: false), new RmsNorm(lora, TensorElementType.BFloat16, shrinks: true),
        new SwiGlu(lora, TensorElementType.BFloat16), new StepAttention(lora, TensorElementType.BFloat16));
}
