using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Output;

namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>A linear layer of the base that the exported graph can adapt.</summary>
/// <param name="Path">Path in the checkpoint's model, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Layer">Index of the decoder layer.</param>
/// <param name="Group">The group whose LoRA tensors hold this module's.</param>
/// <param name="Output">The module within the group.</param>
/// <param name="FirstColumn">Where the module's columns begin in the group's B.</param>
internal sealed record ModelModule(string Path, int Layer, AdapterGroup Group, AdapterGroupOutput Output, int FirstColumn)
{
    /// <summary>All modules of a model: layer by layer, each in the order of its groups and their outputs.</summary>
    public static IReadOnlyList<ModelModule> AllOf(ExportedModel model)
    {
        List<ModelModule> modules = [];
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            foreach (AdapterGroup group in model.AdapterGroups)
            {
                int column = 0;
                foreach (AdapterGroupOutput output in group.Outputs)
                {
                    modules.Add(new ModelModule($"{LayerPath(group, layer)}.{output.Module}", layer, group, output, column));
                    column += output.Size;
                }
            }
        }

        return modules;
    }

    // model.layers.{layer}.self_attn.qkv_proj -> model.layers.3
    private static string LayerPath(AdapterGroup group, int layer)
    {
        const string Placeholder = "{layer}";
        string path = group.PrefixOf(layer);
        int numberAt = group.Prefix.IndexOf(Placeholder, StringComparison.Ordinal);
        int end = path.IndexOf('.', Math.Max(numberAt, 0));
        return numberAt >= 0 && end >= 0
            ? path[..end]
            : throw new CheckpointFormatException(
                $"{ModelFolderFiles.Manifest}: adapter group '{group.Name}': expected a prefix such as "
                + $"model.layers.{Placeholder}.mlp.down_proj, "
                + $"got '{group.Prefix}'. Export the checkpoint again.");
    }
}
