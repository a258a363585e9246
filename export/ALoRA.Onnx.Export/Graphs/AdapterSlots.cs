using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// The adapter branches as operators of our own over tables of adapters: each row names its slot, int32 <c>[batch, sequence]</c> or one for
/// all <c>[1, 1]</c>; -1, which is the default, is the base alone.
/// </summary>
/// <remarks>
/// <para>
/// In float32, for the processor, one operator behind the product; A is <c>[slots, in, R]</c> and B <c>[slots, r, out]</c>, where R is r
/// for each projection of the group, and the attribute <c>parts</c> has their sizes: B holds the blocks of the projections side by side.
/// </para>
/// <code>
/// x ── product ── LoraAdd
///  └──────────────┘
/// </code>
/// <para>
/// In 16 bits, for CUDA, one operator before the product, which passes x on, and one behind it;
/// A is <c>[slots, R, in]</c> and B <c>[slots, out, r]</c>, zero beyond a slot's own rank.
/// </para>
/// <code>
/// x ── LoraShrink ── product ── LoraExpand
///           └──── h ────────────┘
/// </code>
/// <para>Where <see cref="FusedProduct"/> takes the matrix, it is product and second half in one, with what follows.</para>
/// <code>
/// x ── LoraShrink ── LoraProduct
///           └──── h ──────┘
/// </code>
/// </remarks>
internal sealed class AdapterSlots : AdapterBranches
{
    private const string Path = "/model/adapter_slot";
    private const string Slots = "adapter_slots";

    private readonly DecoderContext _context;
    private readonly HashSet<string> _groups;
    private readonly string _slot;
    private readonly bool _isLate;

    // A·x of a projection and a value, where the value's norm gave it.
    private readonly Dictionary<(string WeightPath, string Input), string> _normalised = [];

    private AdapterSlots(DecoderContext context, HashSet<string> groups, string slot, bool isLate = false)
    {
        _isLate = isLate;
        _context = context;
        _groups = groups;
        _slot = slot;
    }

    /// <summary>Declares the slots of the rows.</summary>
    public static AdapterSlots Create(DecoderContext context, IReadOnlyList<AdapterGroup> groups)
    {
        string slot = context.Graph.OverridableInput(
            GraphNames.AdapterSlot, DataType.Int32, ["slot_batch", "slot_sequence"], [1, 1], MemoryMarshal.AsBytes<int>([-1]));
        foreach (AdapterGroup group in groups)
        {
            context.Graph.OverridableInput(
                GraphNames.AdapterRanks(group.Name), DataType.Int32, [Slots], [1], MemoryMarshal.AsBytes<int>([0]));
        }

        return new AdapterSlots(context, groups.Select(group => group.Name).ToHashSet(StringComparer.Ordinal), slot);
    }

    public override bool Covers(string group) => _groups.Contains(group);

    public override string Add(string weightPath, ProjectionBlueprint projection, string input, Func<string, string> product)
    {
        GraphBuilder graph = _context.Graph;
        string nodePath = GraphNames.NodePath(weightPath);
        Proto.AttributeProto parts = PartsOf(projection);
        string a = TableOfA(weightPath, projection);
        string b = TableOfB(weightPath, projection);
        string ranks = GraphNames.AdapterRanks(projection.Group);
        if (IsForProcessor)
        {
            return graph.Add($"{nodePath}/lora/LoraAdd", "LoraAdd", [product(input), input, _slot, a, b, ranks], parts);
        }

        string[] shrunk = graph.Add(
            $"{nodePath}/lora_A/LoraShrink", "LoraShrink", 2, [input, _slot, a, ranks], parts,
            Attribute.Ints("late", [_isLate ? 1 : 0]));

        // x is not read again: named, its memory is not given to a node between before the first half, on a stream of its own, is done.
        return graph.Add(
            $"{nodePath}/lora_B/LoraExpand", "LoraExpand", [product(shrunk[0]), shrunk[1], _slot, b, ranks, shrunk[0]], parts);
    }

    public override string AddProduct(
        string weightPath, ProjectionBlueprint projection, PlannedMatrix matrix, string input, ProductEnd end)
    {
        string nodePath = GraphNames.NodePath(weightPath);
        string ranks = GraphNames.AdapterRanks(projection.Group);
        string b = TableOfB(weightPath, projection);
        bool isBeside = _normalised.TryGetValue((weightPath, input), out string? beside);
        string[] shrunk = isBeside
            ? [input, beside!]
            : _context.Graph.Add(
                $"{nodePath}/lora_A/LoraShrink", "LoraShrink", 2, [input, _slot, TableOfA(weightPath, projection), ranks],
                [PartsOf(projection), Attribute.Ints("serial", [1]), Attribute.Ints("ahead", [1]), .. Late()]);
        return _context.FusedProducts.Add(
            nodePath, matrix, shrunk[0], end, new AdapterTerm(shrunk[1], _slot, b, ranks, PartsOf(projection), isBeside));
    }

    public override string AddNorm(
        string weightPath, ProjectionBlueprint projection, string node, IReadOnlyList<string> inputs, Proto.AttributeProto epsilon)
    {
        string[] outputs = _context.Graph.Add(
            $"{node}Shrink", "RmsNormShrink", 2,
            [.. inputs, _slot, TableOfA(weightPath, projection), GraphNames.AdapterRanks(projection.Group)],
            [epsilon, PartsOf(projection), .. Late()]);
        _normalised.Add((weightPath, outputs[0]), outputs[1]);
        return outputs[0];
    }

    public override AdapterSlots Select(IEnumerable<string> groups, HeadRows rows)
    {
        HashSet<string> selected = groups.Where(Covers).ToHashSet(StringComparer.Ordinal);
        return new AdapterSlots(_context, selected, selected.Count == 0 ? _slot : rows.SelectOfSlots(Path, _slot), isLate: true);
    }

    // The node that gives the slots may then be the one in front.
    private Proto.AttributeProto[] Late() => _isLate ? [Attribute.Ints("late", [1])] : [];

    private bool IsForProcessor => _context.Graph.Activations == ActivationType.Float32;

    private static Proto.AttributeProto PartsOf(ProjectionBlueprint projection) =>
        Attribute.Ints("parts", projection.Parts.Select(part => (long)part.OutputSize));

    private string TableOfA(string weightPath, ProjectionBlueprint projection)
    {
        Dimension wide = $"R_{projection.Group}";
        return IsForProcessor
            ? Table($"{weightPath}.lora_A.weight", [Slots, projection.InputSize, wide], [1, projection.InputSize, 0])
            : Table($"{weightPath}.lora_A.weight", [Slots, wide, projection.InputSize], [1, 0, projection.InputSize]);
    }

    private string TableOfB(string weightPath, ProjectionBlueprint projection)
    {
        Dimension narrow = $"r_{projection.Group}";
        return IsForProcessor
            ? Table($"{weightPath}.lora_B.weight", [Slots, narrow, projection.OutputSize], [1, 0, projection.OutputSize])
            : Table($"{weightPath}.lora_B.weight", [Slots, projection.OutputSize, narrow], [1, projection.OutputSize, 0]);
    }

    private string Table(string name, ReadOnlySpan<Dimension> shape, ReadOnlySpan<long> empty) => _context.Graph.OverridableInput(
        name, _context.Kind.HasBFloat16Tables() ? DataType.Bfloat16 : _context.Graph.Activations.ToOnnx(), shape, empty, []);
}
