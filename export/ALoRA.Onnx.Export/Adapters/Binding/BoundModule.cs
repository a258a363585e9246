namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>A module of the base with the adapter's tensors for it; shapes and types have been checked.</summary>
/// <param name="Module">The module.</param>
/// <param name="Rank">Its rank r.</param>
/// <param name="Scale">Factor of B·A (and of the bias).</param>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
/// <param name="Bias">[out]; null unless the adapter has lora_bias.</param>
internal sealed record BoundModule(
    ModelModule Module, int Rank, double Scale, CheckpointTensor A, CheckpointTensor B, CheckpointTensor? Bias)
{
    /// <summary>The tensors, each with the factor that it is stored with.</summary>
    public IEnumerable<(CheckpointTensor Tensor, double Factor)> Weights
    {
        get
        {
            yield return (A, 1);
            yield return (B, Scale);
            if (Bias is not null)
            {
                yield return (Bias, Scale);
            }
        }
    }
}
