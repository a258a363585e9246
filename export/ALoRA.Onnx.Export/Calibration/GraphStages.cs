using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>
/// Cuts a decoder's float32 graph at the inputs of chosen projections.
/// A node belongs to the stage behind the last projection that it depends on, whatever the architecture puts between them.
/// Nodes that depend on no token, such as those on lengths, belong to every stage.
/// </summary>
internal sealed class GraphStages
{
    private readonly GraphProto _graph;
    private readonly Dictionary<string, int> _stageOfValue = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeProto> _free = new(StringComparer.Ordinal);

    /// <summary>Cuts a graph.</summary>
    /// <param name="graph">The decoder.</param>
    /// <param name="embedded">The value that stands for the tokens; the node that makes it is left out.</param>
    /// <param name="weights">Initializers of the projections in the order of the walk.</param>
    public GraphStages(GraphProto graph, string embedded, IReadOnlyList<string> weights)
    {
        _graph = graph;
        Dictionary<string, int> projections = weights.Select((name, i) => (name, i))
            .ToDictionary(item => item.name, item => item.i, StringComparer.Ordinal);
        _stageOfValue.Add(embedded, 0);
        List<NodeProto>[] nodes = [.. Enumerable.Range(0, weights.Count + 1).Select(_ => new List<NodeProto>())];
        string[] projectionInputs = new string[weights.Count];
        foreach (NodeProto node in graph.Node.Where(node => !node.Output.Contains(embedded)))
        {
            int stage = -1;
            foreach (string input in node.Input)
            {
                stage = Math.Max(stage, _stageOfValue.GetValueOrDefault(input, -1));
                if (projections.TryGetValue(input, out int projection))
                {
                    stage = Math.Max(stage, projection + 1);
                    projectionInputs[projection] = node.Input[0];
                }
            }

            foreach (string output in node.Output.Where(name => name.Length > 0))
            {
                if (stage < 0)
                {
                    _free.Add(output, node);
                }
                else
                {
                    _stageOfValue.Add(output, stage);
                }
            }

            if (stage >= 0)
            {
                nodes[stage].Add(node);
            }
        }

        HashSet<string>[] kept = [.. Enumerable.Range(0, weights.Count).Select(_ => new HashSet<string>(StringComparer.Ordinal))];
        for (int stage = 1; stage <= weights.Count; stage++)
        {
            foreach (string input in nodes[stage].SelectMany(node => node.Input))
            {
                for (int before = _stageOfValue.GetValueOrDefault(input, stage); before < stage; before++)
                {
                    kept[before].Add(input);
                }
            }
        }

        Stages = [.. weights.Select(
            (_, i) => new GraphStage(nodes[i], Inputs(nodes[i], i, embedded, projectionInputs[i]), kept[i], projectionInputs[i]))];
    }

    /// <summary>A stage for each projection: it computes the projection's input.</summary>
    public IReadOnlyList<GraphStage> Stages { get; }

    /// <summary>Nodes that depend on no token and that these nodes need, in the order of the graph.</summary>
    public IReadOnlyList<NodeProto> FreeNodesFor(IEnumerable<NodeProto> nodes)
    {
        HashSet<NodeProto> needed = [];
        Stack<NodeProto> open = new(nodes);
        while (open.TryPop(out NodeProto? node))
        {
            foreach (string input in node.Input)
            {
                if (_free.TryGetValue(input, out NodeProto? free) && needed.Add(free))
                {
                    open.Push(free);
                }
            }
        }

        return [.. _graph.Node.Where(needed.Contains)];
    }

    private List<string> Inputs(List<NodeProto> nodes, int stage, string embedded, string projectionInput)
    {
        SortedSet<string> inputs = new(StringComparer.Ordinal);
        foreach (string input in nodes.SelectMany(node => node.Input).Append(projectionInput))
        {
            if (_stageOfValue.TryGetValue(input, out int before) && (before < stage || input == embedded))
            {
                inputs.Add(input);
            }
        }

        return [.. inputs];
    }
}
