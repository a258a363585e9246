using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Output;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Whether a decoder's branches can be computed behind one prefix.</summary>
internal static class FanoutSupport
{
    /// <summary>Why they can't, as a sentence; null if they can.</summary>
    /// <remarks>
    /// A window counts rows of the KV cache, among which the rows of other branches stand; rotations that
    /// switch with the length of the context would have to do so for each branch by itself.
    /// </remarks>
    public static string? Problem(DecoderBlueprint blueprint) =>
        blueprint.Layers.Any(layer => layer.Attention.Window is not null) ? Sentence("layers with a sliding window")
        : blueprint.Layers.Any(layer => layer.Attention.SoftCap is not null) ? Sentence("attention scores with a soft cap")
        : blueprint.RotarySwitchLength is not null ? Sentence("a rotary embedding that switches with the length of the context")
        : null;

    private static string Sentence(string what) =>
        $"the model has {what}, for which there is no {ModelFolderFiles.FanoutGraph}: several adapters are asked one after another";
}
