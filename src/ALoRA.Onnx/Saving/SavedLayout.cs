using System.Globalization;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Shared;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Saving;

/// <summary>
/// What a saved conversation of a model consists of, which both sides derive from
/// the model and three numbers: the file has nothing to decide.
/// </summary>
internal static class SavedLayout
{
    public const string Format = "alora-conversation";
    public const string Version = "1";
    public const string Tokens = "tokens";
    public const string Logits = "logits";
    public const string Code = "hmac_sha256";

    /// <summary>What must be equal for the rows to be the model's own, with a word for each that messages use.</summary>
    public static IReadOnlyList<(string Key, string What, string Value)> Identity(ModelManifest model) =>
    [
        ("base", "base checkpoint", model.Base.Fingerprint),
        ("precision", "precision", model.Precision.Name),
        ("quantization", "quantization", string.Create(
            CultureInfo.InvariantCulture,
            $"{model.Precision.Weights}/{model.Precision.Embedding}/{model.Precision.Head}/{model.Precision.BlockSize}/"
            + $"{model.Precision.Symmetric}/{model.Precision.AccuracyLevel}")
            + (model.Precision.PrefillAccuracyLevel is int prefill ? $"-{prefill}" : "")),
        ("kv_cache", "type of the KV cache", model.Precision.KvCache),
    ];

    /// <summary>The tensors in the order of the file.</summary>
    /// <param name="layout">Layout of the cache.</param>
    /// <param name="vocabulary">Size of a row of logits.</param>
    /// <param name="tokens">Number of ids.</param>
    /// <param name="rows">Ids whose rows are saved.</param>
    /// <param name="hasLogits">Whether the logits of the last id are saved.</param>
    /// <param name="hasCode">Whether the file has an authentication code, as its last bytes.</param>
    public static IReadOnlyList<SafetensorsEntry> Tensors(
        KvLayout layout, int vocabulary, int tokens, int rows, bool hasLogits, bool hasCode)
    {
        List<SafetensorsEntry> tensors = [];
        string type = NameOf(layout.Type);
        int size = Onnx.Tensors.ElementTypes.SizeOf(layout.Type);
        Add(Tokens, "I32", sizeof(int), tokens);
        for (int layer = 0; layer < layout.Layers; layer++)
        {
            Add(GraphSignature.PastKey(layer), type, size, 1, layout.Heads, rows, layout.HeadDim);
            Add(GraphSignature.PastValue(layer), type, size, 1, layout.Heads, rows, layout.HeadDim);
        }

        if (hasLogits)
        {
            Add(Logits, type, size, vocabulary);
        }

        if (hasCode)
        {
            Add(Code, "U8", sizeof(byte), SavedCode.Length);
        }

        return tensors;

        void Add(string name, string elementType, int elementSize, params long[] shape)
        {
            long begin = tensors.Count == 0 ? 0 : tensors[^1].End;
            long end = begin + shape.Aggregate((long)elementSize, (bytes, length) => bytes * length);
            tensors.Add(new SafetensorsEntry(name, elementType, shape, begin, end));
        }
    }

    private static string NameOf(TensorElementType type) => type switch
    {
        TensorElementType.Float => "F32",
        TensorElementType.Float16 => "F16",
        _ => "BF16",
    };
}
