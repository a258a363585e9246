using ALoRA.Onnx.Operators.Cpu.Attention;
using ALoRA.Onnx.Operators.Cpu.Blocks;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>The operators of the CPU.</summary>
internal static class CpuOperators
{
    /// <summary>Makes their domain and tests it.</summary>
    /// <exception cref="InvalidOperationException">They don't compute what they should on this processor.</exception>
    public static OperatorDomain Create(OrtApi api)
    {
        OperatorDomain domain = new(
            api, new LoraAdd(TensorElementType.Float), new LoraAdd(TensorElementType.BFloat16), new SlotAttention(), new DecodeBlocks());
        LoraAddSelfTest.Run(domain);
        return domain;
    }

    /// <summary>Tests those that only steps of many sequences need, when they are first needed.</summary>
    /// <param name="domain">The domain.</param>
    /// <returns>The same domain.</returns>
    /// <exception cref="InvalidOperationException">They don't compute what they should on this processor.</exception>
    public static OperatorDomain TestBatches(OperatorDomain domain)
    {
        SlotAttentionSelfTest.Run(domain);
        return domain;
    }

    /// <summary>Tests those that only trainings need, when they are first needed.</summary>
    /// <inheritdoc cref="TestBatches"/>
    public static OperatorDomain TestTrainings(OperatorDomain domain)
    {
        DecodeBlocksSelfTest.Run(domain);
        return domain;
    }
}
