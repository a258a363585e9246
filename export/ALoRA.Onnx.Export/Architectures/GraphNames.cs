using System.Globalization;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Names that the graph, its runtime and its adapters agree on.</summary>
internal static partial class GraphNames
{
    public const string InputIds = "input_ids";
    public const string SequenceLengths = "seqlens_k";
    public const string TotalLength = "total_sequence_length";
    public const string LogitsPositions = "logits_positions";
    public const string RotaryLength = "rotary_length";
    public const string AttentionMask = "attention_mask";
    public const string ActivationMask = "activation_mask";
    public const string AdapterSlot = "adapter_slot";
    public const string PositionIds = "position_ids";
    public const string CacheSlots = "cache_slots";
    public const string AttentionBias = "attention_bias";
    public const string BranchRows = "branch_rows";
    public const string BranchOwners = "branch_owners";
    public const string Logits = "logits";

    /// <summary>
    /// Numbers of each row of <see cref="BranchRows"/>: its branch, how many of the cache's first rows it sees, its position.
    /// </summary>
    public const int BranchRowColumns = 3;

    /// <summary>Numbers of each row of <see cref="CacheSlots"/>.</summary>
    public const int CacheSlotColumns = 5;

    /// <summary>Rank of each slot of a table of adapters in a group.</summary>
    public static string AdapterRanks(string group) => $"adapter_ranks.{group}";

    /// <param name="layer">Number of the layer, or what stands for it.</param>
    public static string PastKey(string layer) => $"past_key_values.{layer}.key";

    /// <inheritdoc cref="PastKey(string)"/>
    public static string PastValue(string layer) => $"past_key_values.{layer}.value";

    /// <inheritdoc cref="PastKey(string)"/>
    public static string PresentKey(string layer) => $"present.{layer}.key";

    /// <inheritdoc cref="PastKey(string)"/>
    public static string PresentValue(string layer) => $"present.{layer}.value";

    public static string PastKey(int layer) => PastKey(layer.ToString(CultureInfo.InvariantCulture));

    public static string PastValue(int layer) => PastValue(layer.ToString(CultureInfo.InvariantCulture));

    public static string PresentKey(int layer) => PresentKey(layer.ToString(CultureInfo.InvariantCulture));

    public static string PresentValue(int layer) => PresentValue(layer.ToString(CultureInfo.InvariantCulture));

    /// <summary>Memory of the keys of all slots, which a run writes in place.</summary>
    public static string CacheKeys(int layer) => string.Create(CultureInfo.InvariantCulture, $"cache.{layer}.key");

    /// <summary>Memory of the values of all slots, which a run writes in place.</summary>
    public static string CacheValues(int layer) => string.Create(CultureInfo.InvariantCulture, $"cache.{layer}.value");

    /// <summary><c>model.layers.0.mlp.down_proj</c> becomes <c>/model/layers.0/mlp/down_proj</c>.</summary>
    public static string NodePath(string modulePath) => "/" + ModuleSeparator().Replace(modulePath, "/");

    [GeneratedRegex(@"\.(?!\d)")]
    private static partial Regex ModuleSeparator();
}
