using System.Globalization;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Names that the graph, its runtime and its adapters agree on.</summary>
internal static partial class GraphNames
{
    public const string InputIds = "input_ids";
    public const string SequenceLengths = "seqlens_k";
    public const string TotalLength = "total_sequence_length";
    public const string LogitsPositions = "logits_positions";
    public const string RotaryLength = "rotary_length";
    public const string PositionIds = "position_ids";
    public const string AttentionBias = "attention_bias";
    public const string Logits = "logits";

    public static string PastKey(int layer) => string.Create(CultureInfo.InvariantCulture, $"past_key_values.{layer}.key");

    public static string PastValue(int layer) => string.Create(CultureInfo.InvariantCulture, $"past_key_values.{layer}.value");

    public static string PresentKey(int layer) => string.Create(CultureInfo.InvariantCulture, $"present.{layer}.key");

    public static string PresentValue(int layer) => string.Create(CultureInfo.InvariantCulture, $"present.{layer}.value");

    /// <summary><c>model.layers.0.mlp.down_proj</c> becomes <c>/model/layers.0/mlp/down_proj</c>.</summary>
    public static string NodePath(string modulePath) => "/" + ModuleSeparator().Replace(modulePath, "/");

    [GeneratedRegex(@"\.(?!\d)")]
    private static partial Regex ModuleSeparator();
}
