using ALoRA.Onnx.Export.Architectures;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// The mask of each adapter group, <c>[batch, sequence, R]</c>: the input <c>[batch, sequence, slots]</c> with the value of each slot
/// repeated over the slot's share of the group's rank. Made once at the top of the graph and used by every layer.
/// </summary>
/// <remarks>
/// <code>
/// activation_mask ── Unsqueeze ── Expand [.., slots, R/slots] ── Reshape [batch, sequence, R]
/// lora_A of layer 0 ── Shape ── R ── Div slots ──┘
/// </code>
/// </remarks>
internal sealed class ActivationMask : AdapterBranches
{
    public const string Path = "/model/activation_mask";

    private readonly DecoderContext _context;
    private readonly Dictionary<string, string> _masks;

    private ActivationMask(DecoderContext context, Dictionary<string, string> masks)
    {
        _context = context;
        _masks = masks;
    }

    /// <summary>Declares the input and widens it for each group.</summary>
    public static ActivationMask Create(DecoderContext context, IReadOnlyList<AdapterGroup> groups)
    {
        Dictionary<string, string> masks = new(StringComparer.Ordinal);
        if (groups.Count == 0)
        {
            return new ActivationMask(context, masks);
        }

        GraphBuilder graph = context.Graph;

        // Symbols of its own: the default [1, 1, 1] stands for every batch and sequence.
        string mask = graph.OverridableInput(GraphNames.ActivationMask, ["mask_batch", "mask_sequence", "slots"], [1, 1, 1]);
        string rows = graph.Add($"{Path}/rows/Shape", "Shape", [mask], Attribute.Int("start", 0), Attribute.Int("end", 2));
        string slots = graph.Add($"{Path}/slots/Shape", "Shape", [mask], Attribute.Int("start", 2), Attribute.Int("end", 3));
        string columns = graph.Add($"{Path}/Unsqueeze", "Unsqueeze", [mask, graph.Vector(3)]);
        foreach (AdapterGroup group in groups)
        {
            string path = $"{Path}/{group.Name}";
            string rank = graph.Add($"{path}/rank/Shape", "Shape", [group.LoraA(0)], Attribute.Int("start", 1), Attribute.Int("end", 2));
            string share = graph.Add($"{path}/Div", "Div", [rank, slots]);
            string repeated = graph.Add($"{path}/Expand", "Expand", [columns, share]);
            string shape = graph.Add($"{path}/Concat", "Concat", [rows, rank], Attribute.Int("axis", 0));
            masks[group.Name] = graph.Add($"{path}/Reshape", "Reshape", [repeated, shape], Attribute.Int("allowzero", 1));
        }

        return new ActivationMask(context, masks);
    }

    public override bool Covers(string group) => _masks.ContainsKey(group);

    /// <remarks>
    /// <code>
    /// x ── product ──────────────────────────────────────── Add
    ///  └── MatMul A ── (Add a) ── Mul mask ── MatMul B ──┘
    /// </code>
    /// The bias of an adapter's B is a row of B whose column of A is zero and whose element of a is one:
    /// so it lies behind the mask, and several adapters can lie side by side.
    /// </remarks>
    public override string Add(string weightPath, ProjectionBlueprint projection, string input, Func<string, string> product)
    {
        GraphBuilder graph = _context.Graph;
        string nodePath = GraphNames.NodePath(weightPath);
        string result = product(input);
        string rank = $"R_{projection.Group}";
        string a = graph.OverridableInput($"{weightPath}.lora_A.weight", [projection.InputSize, rank], [projection.InputSize, 0]);
        string b = graph.OverridableInput($"{weightPath}.lora_B.weight", [rank, projection.OutputSize], [0, projection.OutputSize]);
        string down = graph.Add($"{nodePath}/lora_A/MatMul", "MatMul", [input, a]);
        if (_context.HasAdapterBias)
        {
            // One zero stands for every rank, so that a run without bias, or without adapter, leaves it out.
            string shift = graph.OverridableInput($"{weightPath}.lora_A.bias", [$"bias_{projection.Group}"], [1]);
            down = graph.Add($"{nodePath}/lora_A/Add", "Add", [down, shift]);
        }

        string masked = graph.Add($"{nodePath}/lora_mask/Mul", "Mul", [down, _masks[projection.Group]]);
        string up = graph.Add($"{nodePath}/lora_B/MatMul", "MatMul", [masked, b]);
        return graph.Add($"{nodePath}/lora/Add", "Add", [result, up]);
    }

    /// <summary>The masks for some rows only: <c>[batch, rows, R]</c>.</summary>
    public override ActivationMask Select(IEnumerable<string> groups, HeadRows rows)
    {
        Dictionary<string, string> selected = new(StringComparer.Ordinal);
        foreach (string group in groups.Where(Covers))
        {
            selected[group] = rows.SelectOfMask($"{Path}/{group}", _masks[group]);
        }

        return new ActivationMask(_context, selected);
    }
}
