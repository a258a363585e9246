using System.Text.Json;

namespace ALoRA.Onnx.Export.Adapters.Peft;

/// <summary>Reads <c>adapter_config.json</c>: every key is honoured, known to be harmless, or refused when it is set.</summary>
internal static class PeftConfigReader
{
    private const long LargestFile = 4 << 20;

    /// <exception cref="CheckpointFormatException">
    /// The file is missing, malformed, or asks for something that cannot be honoured.
    /// </exception>
    public static PeftAdapterConfig Read(string folder)
    {
        string path = Path.Combine(folder, PeftAdapterConfig.FileName);
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new CheckpointFormatException(
                $"{folder}: expected a PEFT adapter with {PeftAdapterConfig.FileName}, found none. Name the folder that "
                + "PEFT's save_pretrained wrote.");
        }

        if (file.Length > LargestFile)
        {
            throw new CheckpointFormatException(
                $"{path}: expected at most {LargestFile} bytes of configuration, got {file.Length}. Check that it is "
                + "the adapter's configuration.");
        }

        try
        {
            // A duplicate key would let two readers see two adapters.
            JsonDocumentOptions options = new() { AllowDuplicateProperties = false };
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), options);
            return Read(path, new PeftConfigValues(path, document.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: texts that are no Unicode, such as an escaped lone surrogate.
            throw new CheckpointFormatException(
                $"{path}: expected JSON, got something else ({e.Message}). Copy the adapter's folder again.", e);
        }
    }

    private static PeftAdapterConfig Read(string path, PeftConfigValues values)
    {
        string? type = values.TakeText("peft_type");
        if (type != "LORA")
        {
            throw values.Error(
                "peft_type", "\"LORA\"", type is null ? "nothing" : $"\"{type}\"",
                "Only LoRA and activated LoRA adapters can be converted");
        }

        RefuseWhatIsMoreThanLora(path, values);
        List<string> warnings = [];
        CheckBeginningOfTraining(values);
        CheckTask(values, warnings);
        if (values.TakeFlag("fan_in_fan_out"))
        {
            warnings.Add("'fan_in_fan_out' is true; PEFT ignores it for linear layers, and so does the conversion.");
        }

        ModuleNames targets = values.TakeNames("target_modules") is { IsEmpty: false } names
            ? names
            : throw values.Error("target_modules", "a list of module names, a regular expression or \"all-linear\"", "nothing");
        ModuleNames? exclusions = values.TakeNames("exclude_modules");
        IReadOnlyList<int>? layers = values.TakeIntegers("layers_to_transform", "layer indices");
        ModuleNames? layersPattern = values.TakeNames("layers_pattern");
        CheckLayers(values, targets, layers, layersPattern);
        string? invocation = values.TakeText("invocation_string");
        PeftAdapterConfig config = new()
        {
            FilePath = path,
            Rank = Required(values, "r", Rank),
            Alpha = Required(values, "lora_alpha", Alpha),
            RankStabilized = values.TakeFlag("use_rslora"),
            LoraBias = values.TakeFlag("lora_bias"),
            Targets = targets,
            Exclusions = exclusions is { IsEmpty: false } ? exclusions : null,
            Layers = layers is { Count: > 0 } ? layers.ToHashSet() : null,
            LayersPatterns = layersPattern is null or { IsEmpty: true } ? [] : layersPattern.Names ?? [layersPattern.Pattern!],
            RankPattern = values.TakePairs("rank_pattern", (key, value) => Rank(values, key, value)),
            AlphaPattern = values.TakePairs("alpha_pattern", (key, value) => Alpha(values, key, value)),
            InvocationTokens = values.TakeIntegers("alora_invocation_tokens", "a list of token ids from 0 on") ?? [],
            InvocationString = string.IsNullOrEmpty(invocation) ? null : invocation,
            BaseModel = values.TakeText("base_model_name_or_path"),
            Warnings = warnings,
        };
        RefuseUnknown(path, values);
        return config;
    }

    private static void RefuseWhatIsMoreThanLora(string path, PeftConfigValues values)
    {
        List<string> problems = [];
        foreach ((string key, string reason) in PeftConfigKeys.Refused)
        {
            if (values.Take(key) is { } value && !PeftConfigValues.IsOff(value))
            {
                problems.Add($"'{key}' is {PeftConfigValues.Describe(value)}: {reason}.");
            }
        }

        if (values.TakeText("bias") is { } bias && bias != "none")
        {
            problems.Add(
                $"'bias' is \"{bias}\": the adapter was trained together with biases of the base layers, which "
                + "would also change the tokens "
                + "before the invocation. Train with bias \"none\".");
        }

        ProblemList.ThrowIfAny($"{path}: the adapter is more than a low-rank sum on linear layers", problems);
    }

    // Some starting points move a part of the base weight into the adapter; such an adapter only fits the changed base.
    private static void CheckBeginningOfTraining(PeftConfigValues values)
    {
        const string Key = "init_lora_weights";
        if (values.Take(Key) is { } value
            && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            && !(value.ValueKind == JsonValueKind.String
                && (value.ValueEquals("gaussian") || value.ValueEquals("eva") || value.ValueEquals("orthogonal"))))
        {
            throw values.Error(
                Key, "true, false, \"gaussian\", \"eva\" or \"orthogonal\"", PeftConfigValues.Describe(value),
                "Other starting points change the base weights, so that the adapter does not fit the base as it is; "
                + "save it with path_initial_model_for_weight_conversion, which makes it an ordinary LoRA");
        }
    }

    private static void CheckTask(PeftConfigValues values, List<string> warnings)
    {
        string? task = values.TakeText("task_type");
        if (task is "SEQ_CLS" or "TOKEN_CLS" or "QUESTION_ANS")
        {
            throw values.Error(
                "task_type", "\"CAUSAL_LM\"", $"\"{task}\"",
                "The adapter belongs to a model with another head; only adapters of causal language models can be converted");
        }

        if (task is not (null or "CAUSAL_LM"))
        {
            warnings.Add($"'task_type' is \"{task}\" instead of \"CAUSAL_LM\"; PEFT takes the same numbers, and so does the conversion.");
        }
    }

    // PEFT raises in the same three cases.
    private static void CheckLayers(PeftConfigValues values, ModuleNames targets, IReadOnlyList<int>? layers, ModuleNames? pattern)
    {
        if (targets.Pattern is not null && (layers is not null || pattern is not null))
        {
            string key = layers is not null ? "layers_to_transform" : "layers_pattern";
            throw values.Error(
                key, "null, as target_modules is a text", "a value",
                "Put the layers into the regular expression or make target_modules a list");
        }

        if (pattern is { IsEmpty: false } && (layers?.Count ?? 0) == 0)
        {
            throw values.Error(
                "layers_pattern", "null, as layers_to_transform is not set", $"'{pattern}'", "Set layers_to_transform as well");
        }
    }

    private static void RefuseUnknown(string path, PeftConfigValues values)
    {
        foreach (string key in PeftConfigKeys.Harmless)
        {
            values.Take(key);
        }

        List<string> problems = [];
        foreach (string key in values.Remaining.ToArray())
        {
            if (values.Take(key) is { } value && !PeftConfigValues.IsOff(value))
            {
                problems.Add($"'{key}' is {PeftConfigValues.Describe(value)}.");
            }
        }

        ProblemList.ThrowIfAny(
            $"{path}: the converter does not know what these settings do to the numbers; remove them only if they are known to do nothing",
            problems);
    }

    private static T Required<T>(PeftConfigValues values, string key, Func<PeftConfigValues, string, JsonElement, T> read) =>
        values.Take(key) is { } value ? read(values, key, value) : throw values.Error(key, "a number", "nothing");

    private static int Rank(PeftConfigValues values, string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int rank) && rank > 0
            ? rank
            : throw values.Error(key, "a whole rank of at least 1 (the scale is lora_alpha / r)", PeftConfigValues.Describe(value));

    private static double Alpha(PeftConfigValues values, string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double alpha) && double.IsFinite(alpha)
            ? alpha
            : throw values.Error(key, "a finite number", PeftConfigValues.Describe(value));
}
