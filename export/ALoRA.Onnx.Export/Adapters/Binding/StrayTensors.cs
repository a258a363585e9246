using System.Globalization;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>Says why tensors of an adapter file have no place in the model: PEFT would leave them out without a word.</summary>
internal sealed class StrayTensors(ExportedModel model, IReadOnlyDictionary<string, ModelModule> modules)
{
    private readonly SortedSet<int> _missingLayers = [];
    private int _tensorsOfMissingLayers;
    private readonly List<string> _problems = [];

    public void Add(string tensor)
    {
        if (!PeftTensorName.TryParse(tensor, out PeftTensorName name))
        {
            _problems.Add($"tensor '{tensor}': {WhatItIs(tensor)}");
        }
        else if (modules.ContainsKey(name.Module))
        {
            _problems.Add(name.Part == LoraPart.Bias
                ? $"tensor '{tensor}': a bias of lora_B, although 'lora_bias' is not true. Set it or save the adapter again."
                : $"tensor '{tensor}': the settings (target_modules, exclude_modules, layers_to_transform) leave module '{name.Module}' "
                    + "out. Correct them or save the adapter again.");
        }
        else if (LayerOf(name.Module) is { } layer && layer >= model.LayerCount)
        {
            _missingLayers.Add(layer);
            _tensorsOfMissingLayers++;
        }
        else
        {
            string adapted = string.Join(", ", model.AdapterGroups.SelectMany(group => group.Outputs).Select(output => output.Module));
            _problems.Add(
                $"tensor '{tensor}': expected a module that the model adapts ({adapted}), got '{name.Module}'. "
                + "Convert the adapter for the base that it was trained on, and export that with the adapter groups it needs.");
        }
    }

    public IEnumerable<string> Problems()
    {
        if (_tensorsOfMissingLayers > 0)
        {
            yield return
                $"{_tensorsOfMissingLayers} tensors belong to layers "
                + $"{string.Join(", ", _missingLayers.Take(8))}{(_missingLayers.Count > 8 ? ", …" : "")}, "
                + $"but '{model.Name}' has {model.LayerCount} layers (0 to {model.LayerCount - 1}). Convert the adapter for the "
                + "base that it was trained on.";
        }

        foreach (string problem in _problems)
        {
            yield return problem;
        }
    }

    private static string WhatItIs(string tensor) =>
        tensor.Contains(".lora_magnitude_vector", StringComparison.Ordinal)
            ? "a magnitude of DoRA, which is no low-rank sum. Train with use_dora false."
        : tensor.Contains(".lora_embedding_", StringComparison.Ordinal)
            ? "it changes the token embedding; only linear layers within the decoder layers can be adapted. Train without this target."
        : tensor.EndsWith(".bias", StringComparison.Ordinal)
            ? "a bias of the base, which would also change the tokens before the invocation. Train with bias \"none\"."
        : tensor.Contains(".lora_", StringComparison.Ordinal)
            ? "expected base_model.model.MODULE.lora_A.weight or .lora_B.weight. Save the adapter again with PEFT's save_pretrained."
            : "a full weight instead of a low-rank pair. Train without modules_to_save, or merge the adapter into the base and export "
                + "that.";

    // The first number between dots, as PEFT's own rule for layer indices reads a path.
    private static int? LayerOf(string module) =>
        module.Split('.').Select(
            part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : (int?)null)
            .FirstOrDefault(layer => layer is not null);
}
