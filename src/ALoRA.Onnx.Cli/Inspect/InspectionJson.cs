using System.Text.Json;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>Writes models and adapters as JSON.</summary>
internal static class InspectionJson
{
    public static void Write(Utf8JsonWriter writer, ModelInspection model)
    {
        ModelManifest manifest = model.Manifest;
        writer.WriteStartObject();
        writer.WriteString("name", manifest.Name);
        writer.WriteString("architecture", manifest.Architecture);
        writer.WriteString("base", manifest.Base.NameOrPath);
        writer.WriteString("fingerprint", manifest.Base.Fingerprint);
        writer.WriteNumber("num_hidden_layers", manifest.LayerCount);
        writer.WriteNumber("hidden_size", manifest.HiddenSize);
        writer.WriteNumber("num_attention_heads", manifest.AttentionHeads);
        writer.WriteNumber("num_key_value_heads", manifest.KeyValueHeads);
        writer.WriteNumber("head_dim", manifest.HeadDim);
        writer.WriteNumber("vocab_size", manifest.VocabularySize);
        writer.WriteNumber("max_position_embeddings", manifest.MaxPositions);
        writer.WriteString("precision", manifest.Precision.Name);
        if (manifest.Parameters is { } parameters)
        {
            writer.WriteNumber("parameters", parameters);
        }

        writer.WriteNumber("context", model.Context);
        writer.WriteStartObject("memory");
        writer.WriteNumber("weights_bytes", manifest.WeightsBytes);
        writer.WriteNumber("kv_cache_bytes", model.CacheBytes);
        writer.WriteNumber("kv_cache_bytes_per_token", model.CacheBytesPerToken);
        writer.WriteNumber("adapter_bytes", model.Adapters.Sum(adapter => adapter.Bytes));
        writer.WriteNumber("total_bytes", model.MemoryBytes);
        writer.WriteEndObject();
        writer.WriteStartArray("files");
        foreach ((string name, long bytes) in model.Files)
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteNumber("bytes", bytes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("adapters");
        foreach (AdapterInspection adapter in model.Adapters)
        {
            Write(writer, adapter);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, AdapterInspection adapter)
    {
        writer.WriteStartObject();
        writer.WriteString("name", adapter.Name);
        writer.WriteString("form", adapter.Form);
        writer.WriteString("kind", adapter.Kind);
        writer.WriteNumber("rank", adapter.Rank);
        writer.WriteNumber("alpha", adapter.Alpha);
        writer.WriteStartArray("target_modules");
        foreach (string module in adapter.TargetModules)
        {
            writer.WriteStringValue(module);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("invocation_tokens");
        foreach (int token in adapter.InvocationTokens)
        {
            writer.WriteNumberValue(token);
        }

        writer.WriteEndArray();
        writer.WriteString("invocation_text", adapter.InvocationText);
        writer.WriteString("definition", adapter.Definition);
        writer.WriteString("base", adapter.Base);
        writer.WriteNumber("parameters", adapter.Parameters);
        writer.WriteNumber("bytes", adapter.Bytes);
        writer.WriteEndObject();
    }
}
