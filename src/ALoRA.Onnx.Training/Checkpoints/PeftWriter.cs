using System.Text.Json;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>Writes an adapter as PEFT's <c>save_pretrained</c> does: weights, and the configuration by which they are read.</summary>
internal static class PeftWriter
{
    /// <summary>Writes both files into a folder.</summary>
    /// <param name="folder">The folder, not committed yet.</param>
    /// <param name="config">What was trained.</param>
    /// <param name="dropout">Dropout of the training.</param>
    /// <param name="tensors">The tensors' names and shapes.</param>
    /// <param name="values">Their values.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(
        PartialFolder folder, PeftAdapterConfig config, double dropout, IReadOnlyList<TrainedTensor> tensors, IReadOnlyList<float[]> values)
    {
        TensorFile.Write(
            folder[PeftFolder.WeightsFileName],
            [.. tensors.Select((tensor, i) => (tensor.Name, tensor.Shape, values[i]))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)]);
        folder.WriteFile(PeftAdapterConfig.FileName, Json(config, dropout));
    }

    private static byte[] Json(PeftAdapterConfig config, double dropout)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            if (config.InvocationTokens.Count > 0)
            {
                WriteList(json, "alora_invocation_tokens", config.InvocationTokens, json.WriteNumberValue);
            }

            WritePairs(json, "alpha_pattern", config.AlphaPattern, json.WriteNumberValue);
            json.WriteString("base_model_name_or_path", config.BaseModel);
            json.WriteString("bias", "none");
            WriteNames(json, "exclude_modules", config.Exclusions);
            json.WriteBoolean("fan_in_fan_out", false);
            json.WriteBoolean("inference_mode", true);
            json.WriteBoolean("init_lora_weights", true);
            if (config.LayersPatterns.Count > 0)
            {
                WriteList(json, "layers_pattern", config.LayersPatterns, json.WriteStringValue);
            }

            if (config.Layers is { } layers)
            {
                WriteList(json, "layers_to_transform", [.. layers.Order()], json.WriteNumberValue);
            }

            json.WriteNumber("lora_alpha", config.Alpha);
            json.WriteBoolean("lora_bias", config.LoraBias);
            json.WriteNumber("lora_dropout", dropout);
            json.WriteString("peft_type", "LORA");
            json.WriteNumber("r", config.Rank);
            WritePairs(json, "rank_pattern", config.RankPattern, json.WriteNumberValue);
            WriteNames(json, "target_modules", config.Targets);
            json.WriteString("task_type", "CAUSAL_LM");
            json.WriteBoolean("use_rslora", config.RankStabilized);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, ModuleNames? names)
    {
        if (names is { Names: { } list })
        {
            WriteList(json, name, list, json.WriteStringValue);
        }
        else if (names is not null)
        {
            json.WriteString(name, names.Pattern);
        }
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> values, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T value in values)
        {
            write(value);
        }

        json.WriteEndArray();
    }

    private static void WritePairs<T>(
        Utf8JsonWriter json, string name, IReadOnlyList<KeyValuePair<string, T>> pairs, Action<T> write)
    {
        json.WriteStartObject(name);
        foreach ((string key, T value) in pairs)
        {
            json.WritePropertyName(key);
            write(value);
        }

        json.WriteEndObject();
    }
}
