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
internal sealed class ActivationMask
{
    public const string Path = "/model/activation_mask";

    private readonly GraphBuilder _graph;
    private readonly Dictionary<string, string> _masks;

    private ActivationMask(GraphBuilder graph, Dictionary<string, string> masks)
    {
        _graph = graph;
        _masks = masks;
    }

    /// <summary>Declares the input and widens it for each group.</summary>
    public static ActivationMask Create(GraphBuilder graph, IReadOnlyList<AdapterGroup> groups)
    {
        Dictionary<string, string> masks = new(StringComparer.Ordinal);
        if (groups.Count == 0)
        {
            return new ActivationMask(graph, masks);
        }

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

        return new ActivationMask(graph, masks);
    }

    /// <summary>Whether the group takes LoRA tensors.</summary>
    public bool Covers(string group) => _masks.ContainsKey(group);

    /// <summary>The mask of a group.</summary>
    public string Of(string group) => _masks[group];

    /// <summary>The masks for some rows only: <c>[batch, rows, R]</c>.</summary>
    public ActivationMask Select(IEnumerable<string> groups, HeadRows rows)
    {
        Dictionary<string, string> selected = new(StringComparer.Ordinal);
        foreach (string group in groups.Where(Covers))
        {
            selected[group] = rows.SelectOfMask($"{Path}/{group}", _masks[group]);
        }

        return new ActivationMask(_graph, selected);
    }
}
