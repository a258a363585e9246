using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>The operators of a GPU.</summary>
internal static class CudaOperators
{
    /// <summary>Makes their domain, compiles what is not in the user's cache, and tests it.</summary>
    /// <param name="api">ONNX Runtime's API.</param>
    /// <param name="ordinal">Number of the GPU, as the provider's option <c>device_id</c> has it.</param>
    /// <exception cref="CudaException">The GPU cannot be used so; the message says why, and what to do.</exception>
    public static OperatorDomain Create(OrtApi api, int ordinal)
    {
        if (!CudaDevice.TryOpen(
            ordinal, new CubinCache(CubinCache.UserFolder()), KernelText.Read(), out CudaDevice? device, out string? reason))
        {
            throw new CudaException(reason);
        }

        CudaLora lora = new(device);
        CudaSelfTest.Run(device, lora);
        return Domain(api, lora);
    }

    /// <summary>Makes a domain of the operators for the rest of the process.</summary>
    public static OperatorDomain Domain(OrtApi api, CudaLora lora) => new(
        api,
        new LoraShrink(lora, TensorElementType.Float16), new LoraExpand(lora, TensorElementType.Float16),
        new LoraProduct(lora, TensorElementType.Float16),
        new LoraShrink(lora, TensorElementType.BFloat16), new LoraExpand(lora, TensorElementType.BFloat16),
        new LoraProduct(lora, TensorElementType.BFloat16));
}
