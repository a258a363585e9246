using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Training;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// What is trained: the modules that PEFT's rules select, their ranks and scales. The configuration may come from a file or be made.
/// </summary>
/// <param name="Config">What <c>adapter_config.json</c> says, or will say.</param>
internal sealed record TrainingTargets(PeftAdapterConfig Config)
{
    /// <summary>The modules, in the order of the model.</summary>
    /// <exception cref="Export.CheckpointFormatException">There are none, or some that cannot be adapted.</exception>
    public IReadOnlyList<TargetedModule> ModulesOf(ExportedModel model) => new AdapterBinder(Config, model).Targets();

    /// <summary>The branches of a training graph.</summary>
    public IReadOnlyList<TrainedBranch> BranchesOf(ExportedModel model)
    {
        Dictionary<(int Layer, string Module), TargetedModule> targets =
            ModulesOf(model).ToDictionary(target => (target.Module.Layer, target.Module.Output.Module));
        List<TrainedBranch> branches = [];
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            foreach (AdapterGroup group in model.AdapterGroups)
            {
                TrainedPart[] parts =
                [
                    .. group.Outputs.Select(output => targets.TryGetValue((layer, output.Module), out TargetedModule? target)
                        ? new TrainedPart(output.Size, target.Rank, (float)target.Scale, Config.LoraBias)
                        : new TrainedPart(output.Size, 0, 0)),
                ];
                if (parts.Any(part => part.Rank > 0))
                {
                    branches.Add(new TrainedBranch(group.PrefixOf(layer), group.InputSize, parts));
                }
            }
        }

        return branches;
    }
}
