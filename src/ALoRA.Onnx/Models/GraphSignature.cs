using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Models;

/// <summary>Names of the graph's inputs and outputs, and the check that a graph has exactly those that its manifest promises.</summary>
internal sealed class GraphSignature
{
    public const string InputIds = "input_ids";
    public const string SequenceLengths = "seqlens_k";
    public const string TotalSequenceLength = "total_sequence_length";
    public const string LogitsPositions = "logits_positions";
    public const string ActivationMask = "activation_mask";
    public const string AdapterSlot = "adapter_slot";
    public const string RotaryLength = "rotary_length";
    public const string PositionIds = "position_ids";
    public const string AttentionBias = "attention_bias";
    public const string CacheSlots = "cache_slots";
    public const string BranchRows = "branch_rows";
    public const string BranchOwners = "branch_owners";
    public const string Logits = "logits";

    /// <summary>
    /// Numbers of each row of <see cref="CacheSlots"/>: first element and capacity of its slot, the same of a slot that it has first
    /// tokens in common with, and how many.
    /// </summary>
    public const int CacheSlotColumns = 5;

    /// <summary>
    /// Numbers of each row of <see cref="BranchRows"/>: its branch, how many of the cache's first rows it sees, its position.
    /// </summary>
    public const int BranchRowColumns = 3;

    /// <summary>What a manifest calls the operators of the processor.</summary>
    public const string OperatorsOfProcessor = "cpu";

    /// <summary>What a manifest calls the operators of NVIDIA's devices.</summary>
    public const string OperatorsOfCuda = "cuda";

    private const int Any = -1;

    private bool IsBatch => _kind is GraphKind.Batch or GraphKind.BatchBFloat16;

    private readonly string _file;
    private readonly ModelManifest _manifest;
    private readonly GraphKind _kind;

    private GraphSignature(string file, ModelManifest manifest, GraphKind kind)
    {
        _file = file;
        _manifest = manifest;
        _kind = kind;
    }

    public static string PastKey(int layer) => $"past_key_values.{layer}.key";

    public static string PastValue(int layer) => $"past_key_values.{layer}.value";

    public static string PresentKey(int layer) => $"present.{layer}.key";

    public static string PresentValue(int layer) => $"present.{layer}.value";

    /// <summary>Memory of the keys of all slots, T <c>[elements]</c>, which a run writes in place.</summary>
    public static string CacheKeys(int layer) => $"cache.{layer}.key";

    /// <summary>Memory of the values of all slots, T <c>[elements]</c>, which a run writes in place.</summary>
    public static string CacheValues(int layer) => $"cache.{layer}.value";

    /// <summary>Rank of each slot in a group, int32 <c>[slots]</c>.</summary>
    public static string AdapterRanks(AdapterGroup group) => $"adapter_ranks.{group.Name}";

    /// <summary>Compares a session with its manifest.</summary>
    /// <param name="session">The opened graph.</param>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="manifest">What it should be.</param>
    /// <param name="kind">What the graph is for.</param>
    /// <exception cref="ModelFormatException">An input or output is missing, surplus, or has another type or shape.</exception>
    public static void Check(InferenceSession session, string file, ModelManifest manifest, GraphKind kind = GraphKind.Model) =>
        new GraphSignature(file, manifest, kind).Check(session);

    private void Check(InferenceSession session)
    {
        TensorElementType type = ElementTypes.Parse(_manifest.Precision.Activations);
        int[] cache = [Any, _manifest.KeyValueHeads, Any, _manifest.HeadDim];
        Dictionary<string, (TensorElementType Type, int[] Shape)> inputs = new(StringComparer.Ordinal)
        {
            [InputIds] = (TensorElementType.Int64, [Any, Any]),
            [LogitsPositions] = (TensorElementType.Int64, [Any]),
        };
        if (IsBatch)
        {
            AddSlots(inputs, type);
        }
        else
        {
            inputs[SequenceLengths] = (TensorElementType.Int32, [Any]);
            inputs[TotalSequenceLength] = (TensorElementType.Int32, []);
        }

        if (_kind == GraphKind.Fanout)
        {
            inputs[PositionIds] = (TensorElementType.Int64, [Any, Any]);
            inputs[AttentionBias] = (type, [1, 1, Any, Any]);
        }

        if (_kind == GraphKind.Branches)
        {
            inputs[BranchRows] = (TensorElementType.Int32, [Any, BranchRowColumns]);
            inputs[BranchOwners] = (TensorElementType.Int32, [Any]);
        }

        Dictionary<string, (TensorElementType Type, int[] Shape)> outputs = new(StringComparer.Ordinal)
        {
            [Logits] = (type, [Any, Any, _manifest.VocabularySize]),
        };
        for (int layer = 0; layer < _manifest.LayerCount && !IsBatch; layer++)
        {
            inputs[PastKey(layer)] = inputs[PastValue(layer)] = (type, cache);
            outputs[PresentKey(layer)] = outputs[PresentValue(layer)] = (type, cache);
        }

        Compare("input", inputs, session.InputMetadata);
        Compare("output", outputs, session.OutputMetadata);
        Compare("overridable initializer", Overridables(type), session.OverridableInitializerMetadata);
    }

    private void AddSlots(Dictionary<string, (TensorElementType Type, int[] Shape)> inputs, TensorElementType type)
    {
        inputs[PositionIds] = (TensorElementType.Int64, [Any, Any]);
        inputs[CacheSlots] = (TensorElementType.Int64, [Any, CacheSlotColumns]);
        if (_manifest.RotarySwitchLength is not null)
        {
            inputs[RotaryLength] = (TensorElementType.Int64, [Any, Any]);
        }

        for (int layer = 0; layer < _manifest.LayerCount; layer++)
        {
            inputs[CacheKeys(layer)] = inputs[CacheValues(layer)] = (type, [Any]);
        }
    }

    private Dictionary<string, (TensorElementType Type, int[] Shape)> Overridables(TensorElementType type)
    {
        Dictionary<string, (TensorElementType Type, int[] Shape)> overridables = new(StringComparer.Ordinal);
        IReadOnlyList<AdapterGroup> groups = _kind is GraphKind.Base or GraphKind.Step ? [] : _manifest.AdapterGroups;
        if (_kind is GraphKind.Fused or GraphKind.FusedBFloat16 or GraphKind.Branches || IsBatch)
        {
            AddTables(overridables, _kind is GraphKind.Fused or GraphKind.Batch or GraphKind.Branches ? type : TensorElementType.BFloat16);
            groups = [];
        }

        if (groups.Count > 0)
        {
            overridables[ActivationMask] = (type, [Any, Any, Any]);
        }

        if (_manifest.RotarySwitchLength is not null && !IsBatch)
        {
            overridables[RotaryLength] = (TensorElementType.Int64, []);
        }

        foreach (AdapterGroup group in groups)
        {
            for (int layer = 0; layer < _manifest.LayerCount; layer++)
            {
                overridables[group.InputNameOfA(layer)] = (type, [group.InputSize, Any]);
                overridables[group.InputNameOfB(layer)] = (type, [Any, group.OutputSize]);
                if (_manifest.HasAdapterBias)
                {
                    overridables[group.InputNameOfABias(layer)] = (type, [Any]);
                }
            }
        }

        return overridables;
    }

    private void AddTables(Dictionary<string, (TensorElementType Type, int[] Shape)> overridables, TensorElementType type)
    {
        overridables[AdapterSlot] = (TensorElementType.Int32, [Any, Any]);
        bool isOfProcessor = _manifest.OperatorProvider == OperatorsOfProcessor;
        foreach (AdapterGroup group in _manifest.AdapterGroups)
        {
            overridables[AdapterRanks(group)] = (TensorElementType.Int32, [Any]);
            for (int layer = 0; layer < _manifest.LayerCount; layer++)
            {
                overridables[group.InputNameOfA(layer)] = (type, isOfProcessor ? [Any, group.InputSize, Any] : [Any, Any, group.InputSize]);
                overridables[group.InputNameOfB(layer)] =
                    (type, isOfProcessor ? [Any, Any, group.OutputSize] : [Any, group.OutputSize, Any]);
            }
        }
    }

    private void Compare(
        string kind, Dictionary<string, (TensorElementType Type, int[] Shape)> expected, IReadOnlyDictionary<string, NodeMetadata> got)
    {
        foreach ((string name, (TensorElementType type, int[] shape)) in expected)
        {
            if (!got.TryGetValue(name, out NodeMetadata? node))
            {
                throw Wrong($"the {kind} '{name}' is missing");
            }

            if (!node.IsTensor || node.ElementDataType != type)
            {
                throw Wrong(
                    $"the {kind} '{name}' should hold {type}, but holds {(node.IsTensor ? node.ElementDataType.ToString() : "no tensor")}");
            }

            if (!Fits(shape, node.Dimensions))
            {
                throw Wrong($"the {kind} '{name}' should have the shape {Show(shape)}, but has {Show(node.Dimensions)}");
            }
        }

        foreach (string name in got.Keys)
        {
            // A graph without adapter groups may still declare the mask that nothing reads.
            if (!expected.ContainsKey(name) && name != ActivationMask)
            {
                throw Wrong($"the {kind} '{name}' is not one that this version knows");
            }
        }
    }

    private static bool Fits(int[] expected, int[] got)
    {
        if (expected.Length != got.Length)
        {
            return false;
        }

        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] >= 0 && got[i] >= 0 && expected[i] != got[i])
            {
                return false;
            }
        }

        return true;
    }

    private static string Show(int[] shape) => $"[{string.Join(", ", shape.Select(size => size < 0 ? "?" : $"{size}"))}]";

    private ModelFormatException Wrong(string what) =>
        new($"{_file}: {what}. The graph does not fit {ModelManifest.FileName}; export the model again with `alora export`.");
}
