using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export;

/// <summary>What an <see cref="ExportPrecision"/> means for each kind of weight.</summary>
/// <param name="Name">Name in the manifest.</param>
/// <param name="Activations">Element type of activations, KV cache, norms, biases and adapters.</param>
internal sealed record PrecisionPlan(string Name, ActivationType Activations)
{
    public static PrecisionPlan From(ExportOptions options) => options.Precision switch
    {
        ExportPrecision.Float32 => new PrecisionPlan("float32", ActivationType.Float32),
        ExportPrecision.Float16 => new PrecisionPlan("float16", ActivationType.Float16),
        ExportPrecision.BFloat16 => new PrecisionPlan("bfloat16", ActivationType.BFloat16),
        _ => throw new ArgumentException($"Precision {options.Precision} is not one that an export can have.", nameof(options)),
    };
}
