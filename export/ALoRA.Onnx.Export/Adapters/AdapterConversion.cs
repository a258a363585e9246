using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Adapters.Files;
using ALoRA.Onnx.Export.Adapters.Packing;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Adapters;

/// <summary>The walk of one conversion: configuration, tensors bound and checked, packed, written, renamed into place.</summary>
internal sealed class AdapterConversion(AdapterSource source, string name, AdapterConversionOptions options, ProgressMeter meter)
{
    private readonly PeftAdapterConfig _config = TakeInvocation(source.Config, options);

    public AdapterReport Run(ExportedModel model, CancellationToken cancellationToken)
    {
        CheckBias(_config, model);
        CheckInvocation(_config, model);
        CheckIntrinsic(source.Folder);

        AdapterBinder binder = new(_config, model);
        IReadOnlyList<BoundModule> modules = binder.Bind(source.WeightsPath, source.TensorsFor(model));
        WeightCheck.Run(source.WeightsPath, modules, model.Activations, cancellationToken);
        PackedAdapter packed = new(modules, model);
        AdapterManifest manifest = Describe(_config, model, modules, packed);

        string target = Path.GetFullPath(Path.Combine(model.Folder, ModelFolderFiles.Adapters, name));
        CheckNeighbours(target);
        OnnxAdapterLayout layout = new(packed.Parameters, model.Activations);
        using PartialFolder folder = PartialFolder.Create(target, options.Overwrite, layout.Length, AdapterFiles.Manifest);
        meter.Begin(ExportStage.Weights, layout.Length);
        using (FileStream stream = new(folder[AdapterFiles.Weights], FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            OnnxAdapterWriter.Write(stream, layout, packed.Parameters, model.Activations, meter.Add, cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        meter.Begin(ExportStage.Finish, 0);
        CopyDefinition(source.Folder, folder);
        folder.WriteFile(AdapterFiles.Manifest, manifest.ToJson());
        cancellationToken.ThrowIfCancellationRequested();
        folder.Commit();
        return Report(manifest, modules, layout.Length, target, Warnings(_config, model, binder));
    }

    private static void CheckBias(PeftAdapterConfig config, ExportedModel model)
    {
        if (config.LoraBias && !model.HasAdapterBias)
        {
            throw new CheckpointFormatException(
                $"{config.FilePath}: 'lora_bias' is true: lora_B has a bias, for which '{model.Name}' in {model.Folder} was "
                + "exported without an input. "
                + $"Export the model again with --adapter-bias ({nameof(ExportOptions)}.{nameof(ExportOptions.AdapterBias)}).");
        }
    }

    // The old form has the invocation as text, and the exporter has no tokenizer.
    private static PeftAdapterConfig TakeInvocation(PeftAdapterConfig config, AdapterConversionOptions options)
    {
        if (options.InvocationTokens is not { Count: > 0 } tokens)
        {
            return config.InvocationString is { } text
                ? throw new CheckpointFormatException(
                    $"{config.FilePath}: 'invocation_string' is '{text}': the form of IBM's package from before PEFT knew "
                    + "activated LoRA. Encode the text "
                    + "with the base's tokenizer and give the ids as "
                    + $"{nameof(AdapterConversionOptions)}.{nameof(AdapterConversionOptions.InvocationTokens)}.")
                : config;
        }

        if (config.InvocationString is null)
        {
            throw new ArgumentException(
                $"{config.FilePath} has no 'invocation_string', so there is nothing to give ids for. Leave them out.");
        }

        return config.InvocationTokens.Count == 0 || config.InvocationTokens.SequenceEqual(tokens)
            ? config with { InvocationTokens = tokens }
            : throw new CheckpointFormatException(
                $"{config.FilePath}: 'alora_invocation_tokens' is [{string.Join(", ", config.InvocationTokens)}], "
                + "but 'invocation_string' is "
                + $"[{string.Join(", ", tokens)}] with the base's tokenizer. Take out the one that is wrong.");
    }

    private void CheckInvocation(PeftAdapterConfig config, ExportedModel model)
    {
        foreach (int token in config.InvocationTokens)
        {
            if (token < 0 || token >= model.VocabularySize)
            {
                throw new CheckpointFormatException(
                    $"{config.FilePath}: invocation tokens: expected ids below {model.VocabularySize}, the vocabulary of "
                    + $"'{model.Name}', got {token}. "
                    + "Convert the adapter for the base that it was trained on.");
            }
        }

        if (config.Kind == AdapterKind.Lora && options.ActivationOffset != 0)
        {
            throw new ArgumentException(
                $"{config.FilePath} is a plain LoRA, which acts on every token; expected an activation offset of 0, got "
                + $"{options.ActivationOffset}.");
        }
    }

    private void CheckIntrinsic(string? adapterFolder)
    {
        if (options.Intrinsic is not { } intrinsic)
        {
            return;
        }

        if (adapterFolder is not null && File.Exists(Path.Combine(adapterFolder, AdapterFiles.Definition)))
        {
            throw new ArgumentException(
                $"{adapterFolder} has an {AdapterFiles.Definition}, which says how the adapter is invoked and what it "
                + "answers. Leave the settings out.");
        }

        if (intrinsic.Choices.Count > 0 && intrinsic.JsonSchema is not null)
        {
            throw new ArgumentException(
                "An adapter answers either with one of several texts or with JSON of a schema. Give only one of both.");
        }
    }

    // Two names that differ in capitals only are one folder on Windows and macOS.
    private void CheckNeighbours(string target)
    {
        DirectoryInfo adapters = new(Path.GetDirectoryName(target)!);
        if (adapters.Exists
            && adapters.EnumerateDirectories().FirstOrDefault(folder =>
                folder.Name != name && string.Equals(folder.Name, name, StringComparison.OrdinalIgnoreCase)) is { } neighbour)
        {
            throw new IOException(
                $"{neighbour.FullName} exists, and '{name}' differs from it in capitals only. Give the adapter another name.");
        }
    }

    private AdapterManifest Describe(
        PeftAdapterConfig config, ExportedModel model, IReadOnlyList<BoundModule> modules, PackedAdapter packed) => new()
        {
            Name = name,
            Kind = config.Kind,
            Base = model.Base,
            ElementType = model.Activations,
            Rank = config.Rank,
            Alpha = config.Alpha,
            InvocationTokens = config.InvocationTokens,
            ActivationOffset = options.ActivationOffset,
            TargetModules = [.. model.AdapterGroups.SelectMany(group => group.Outputs).Select(output => output.Module)
            .Intersect(modules.Select(bound => bound.Module.Output.Module), StringComparer.Ordinal)],
            HasBias = packed.HasBias,
            Groups = packed.Groups,
            Parameters = modules.SelectMany(bound => bound.Weights).Sum(weight => weight.Tensor.ElementCount),
            Intrinsic = options.Intrinsic,
        };

    private static void CopyDefinition(string? adapterFolder, PartialFolder folder)
    {
        string definition = Path.Combine(adapterFolder ?? "", AdapterFiles.Definition);
        if (adapterFolder is not null && File.Exists(definition))
        {
            // Not File.Copy: it would take over a read-only attribute, which later stands in the way of replacing the adapter on Windows.
            using FileStream source = File.OpenRead(definition);
            using FileStream copy = new(folder[AdapterFiles.Definition], FileMode.CreateNew, FileAccess.Write, FileShare.None);
            source.CopyTo(copy);
        }
    }

    private static List<string> Warnings(PeftAdapterConfig config, ExportedModel model, AdapterBinder binder)
    {
        List<string> warnings = [.. config.Warnings];
        if (config.BaseModel is { Length: > 0 } trainedOn
            && !SameModel(trainedOn, model.Base.NameOrPath)
            && !SameModel(trainedOn, model.Name))
        {
            warnings.Add(
                $"The adapter was trained on '{trainedOn}'; the model was exported from '{model.Base.NameOrPath}'. All shapes fit.");
        }

        if (binder.NamesWithoutModule() is { Count: > 0 } unused)
        {
            warnings.Add(
                $"'target_modules' also names {NameList.Format(unused)}, which the model does not adapt; the file has "
                + "no tensors for them either.");
        }

        return warnings;
    }

    // The same checkpoint is a hub name here, a folder there: owner and capitals say nothing.
    private static bool SameModel(string left, string right) =>
        string.Equals(LastPart(left), LastPart(right), StringComparison.OrdinalIgnoreCase);

    private static string LastPart(string path) => path.TrimEnd('/', '\\').Split('/', '\\')[^1];

    private static AdapterReport Report(
        AdapterManifest manifest, IReadOnlyList<BoundModule> modules, long bytes, string path, IReadOnlyList<string> warnings) => new()
        {
            Name = manifest.Name,
            Kind = manifest.Kind,
            Rank = manifest.Rank,
            Alpha = manifest.Alpha,
            InvocationTokens = manifest.InvocationTokens,
            TargetModules = manifest.TargetModules,
            Layers = modules.Select(bound => bound.Module.Layer).Distinct().Count(),
            Parameters = manifest.Parameters,
            Bytes = bytes,
            Path = path,
            Warnings = warnings,
        };
}
