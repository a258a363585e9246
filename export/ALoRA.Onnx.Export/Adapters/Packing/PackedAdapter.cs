using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Adapters.Packing;

/// <summary>The tensors of an adapter in the shape of the graph's groups.</summary>
/// <remarks>
/// Within a run the graph takes one rank for each group in all layers, so every layer of a targeted group is padded with zeros
/// to the widest one; groups that no module of the adapter belongs to keep the graph's own default of rank 0.
/// </remarks>
internal sealed class PackedAdapter
{
    public PackedAdapter(IReadOnlyList<BoundModule> modules, ExportedModel model)
    {
        // Switches the adapter on for every token where nothing else binds a mask, as stock ONNX Runtime and ONNX Runtime GenAI run it.
        List<AdapterParameter> parameters = [new AdapterParameter(GraphNames.ActivationMask, [1, 1, 1], values => values.Fill(1))];
        List<GroupRank> groups = [];
        HasBias = modules.Any(bound => bound.Bias is not null);
        foreach (AdapterGroup group in model.AdapterGroups)
        {
            ILookup<int, BoundModule> layers = modules.Where(bound => bound.Module.Group == group).ToLookup(bound => bound.Module.Layer);
            if (layers.Count == 0)
            {
                continue;
            }

            int rank = layers.Max(layer => layer.Sum(bound => bound.Rank)) + (HasBias ? 1 : 0);
            groups.Add(new GroupRank(group.Name, rank));
            for (int layer = 0; layer < model.LayerCount; layer++)
            {
                BoundModule[] bound = [.. layers[layer]];
                parameters.Add(
                    new AdapterParameter(group.LoraA(layer), [group.InputSize, rank], values => GroupPacker.FillA(bound, rank, values)));
                parameters.Add(new AdapterParameter(
                    group.LoraB(layer), [rank, group.OutputSize], values => GroupPacker.FillB(bound, group.OutputSize, values)));
                if (HasBias)
                {
                    parameters.Add(new AdapterParameter(group.LoraABias(layer), [rank], values => values[^1] = 1));
                }
            }
        }

        Parameters = parameters;
        Groups = groups;
    }

    /// <summary>Whether the last rank of each group is its bias.</summary>
    public bool HasBias { get; }

    /// <summary>The mask, then A and B of each layer of each group, and what is added to A·x where there is a bias.</summary>
    public IReadOnlyList<AdapterParameter> Parameters { get; }

    /// <summary>The groups that have tensors.</summary>
    public IReadOnlyList<GroupRank> Groups { get; }
}
