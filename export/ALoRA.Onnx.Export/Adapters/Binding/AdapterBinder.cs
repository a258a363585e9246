using ALoRA.Onnx.Export.Adapters.Matching;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Output;

namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>
/// Brings the tensors of an adapter file together with the modules of a model: every tensor used, every expected one present.
/// </summary>
internal sealed class AdapterBinder(PeftAdapterConfig config, ExportedModel model)
{
    /// <summary>Paths of the modules that hold the vocabulary; no adapter group covers them.</summary>
    private static readonly (string Path, string What)[] Vocabulary =
        [("model.embed_tokens", "the token embedding"), ("lm_head", "the output head")];

    private readonly ModuleMatcher _matcher = new(config);
    private readonly IReadOnlyList<ModelModule> _modules = ModelModule.AllOf(model);

    /// <summary>Names of target_modules without a module in the model; PEFT allows them.</summary>
    public IReadOnlyList<string> NamesWithoutModule() => _matcher.NamesWithoutModule(_modules.Select(module => module.Path));

    /// <summary>The modules that the configuration targets, in the order of the model.</summary>
    /// <exception cref="CheckpointFormatException">There are none, or some that cannot be adapted.</exception>
    public IReadOnlyList<TargetedModule> Targets()
    {
        ModelModule[] targets = [.. _modules.Where(module => _matcher.Targets(module.Path))];
        CheckTargets(targets);
        return
        [
            .. targets.Select(module =>
            {
                int rank = _matcher.RankOf(module.Path);
                return new TargetedModule(module, rank, config.Scale(rank, _matcher.AlphaOf(module.Path)));
            }),
        ];
    }

    /// <summary>The adapted modules in the order of the model.</summary>
    /// <param name="file">Path of the tensors' file, for messages.</param>
    /// <param name="tensors">All tensors of the file by name.</param>
    /// <exception cref="CheckpointFormatException">
    /// Anything missing, left over or of another shape or type, all of it in one message.
    /// </exception>
    public IReadOnlyList<BoundModule> Bind(string file, IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        IReadOnlyList<TargetedModule> targets = Targets();
        if (tensors.Count == 0)
        {
            throw new CheckpointFormatException(
                $"{file}: expected two tensors for each of {targets.Count} modules, got a file without any. Save the "
                + "adapter again after training.");
        }

        Dictionary<string, ModelModule> byPath = _modules.ToDictionary(module => module.Path, StringComparer.Ordinal);
        HashSet<string> targeted = targets.Select(target => target.Module.Path).ToHashSet(StringComparer.Ordinal);
        Dictionary<PeftTensorName, CheckpointTensor> parts = [];
        StrayTensors strays = new(model, byPath);
        List<string> problems = [];
        foreach ((string name, CheckpointTensor tensor) in tensors)
        {
            if (!PeftTensorName.TryParse(name, out PeftTensorName parsed)
                || !targeted.Contains(parsed.Module)
                || (parsed.Part == LoraPart.Bias && !config.LoraBias))
            {
                strays.Add(name);
            }
            else if (!parts.TryAdd(parsed, tensor))
            {
                problems.Add($"tensor '{name}': there twice, with and without the adapter name 'default'. Save the adapter again.");
            }
        }

        problems.AddRange(strays.Problems());
        TensorCheck check = new(parts, problems);
        List<BoundModule> bound = [];
        foreach ((ModelModule module, int rank, double scale) in targets)
        {
            CheckpointTensor? a = check.Take(module, LoraPart.A, rank, module.Group.InputSize);
            CheckpointTensor? b = check.Take(module, LoraPart.B, module.Output.Size, rank);
            CheckpointTensor? bias = config.LoraBias ? check.Take(module, LoraPart.Bias, module.Output.Size) : null;
            if (a is not null && b is not null)
            {
                bound.Add(new BoundModule(module, rank, scale, a, b, bias));
            }
        }

        ProblemList.ThrowIfAny($"{file}: the adapter does not fit '{model.Name}' in {model.Folder}", problems);
        return bound;
    }

    private void CheckTargets(ModelModule[] targets)
    {
        if (_modules.Count == 0)
        {
            throw new CheckpointFormatException(
                $"{Path.Combine(model.Folder, ModelFolderFiles.Manifest)}: the model was exported without adapter groups. Export it with "
                + "the groups that the adapter needs.");
        }

        foreach ((string path, string what) in Vocabulary)
        {
            if (_matcher.Targets(path, isVocabulary: true))
            {
                throw new CheckpointFormatException(
                    $"{config.FilePath}: 'target_modules' ({config.Targets}) selects {what} ({path}); only linear layers "
                    + "within the decoder layers "
                    + "can be adapted. Train without this target.");
            }
        }

        if (targets.Length == 0)
        {
            throw new CheckpointFormatException(
                $"{config.FilePath}: 'target_modules' ({config.Targets}) selects none of the modules that '{model.Name}' adapts, such "
                + $"as '{_modules[0].Path}'. "
                + "Convert the adapter for the base that it was trained on.");
        }
    }
}
