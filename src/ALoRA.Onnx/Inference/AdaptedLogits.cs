using System.Numerics.Tensors;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// Whether an adapter computes with numbers: one whose weights overflow gives rows that are none, and so are the logits behind them.
/// </summary>
internal static class AdaptedLogits
{
    /// <summary>Whether the largest of a row's logits is a finite number.</summary>
    public static bool AreUsable(ReadOnlySpan<float> logits) => float.IsFinite(TensorPrimitives.Max(logits));

    /// <summary>Says that they are not.</summary>
    /// <param name="adapter">The adapter that computed them.</param>
    /// <param name="logits">The row.</param>
    public static InvalidOperationException NoNumbers(Adapter adapter, ReadOnlySpan<float> logits)
    {
        int best = TensorPrimitives.IndexOfMax(logits);
        return new InvalidOperationException(
            $"The logits under the adapter '{adapter.Name}' hold {logits[best]} at id {best}: its weights overflow in "
            + $"{adapter.Manifest.ElementType}. Nothing else is affected. Train or convert the adapter again, or unload it.");
    }
}
