using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>Writes <c>alora_config.json</c>, format 1.</summary>
internal static class ManifestWriter
{
    public static byte[] Write(Manifest manifest)
    {
        ArrayBufferWriter<byte> buffer = new();
        JsonWriterOptions options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(buffer, options))
        {
            json.WriteStartObject();
            json.WriteNumber("format", 1);
            json.WriteString("generator", $"ALoRA.Onnx.Export {manifest.GeneratorVersion}");
            json.WriteString("architecture", manifest.Blueprint.Architecture);
            json.WriteString("name", manifest.Name);
            json.WriteStartObject("base");
            json.WriteString("name_or_path", manifest.Base.NameOrPath);
            json.WriteString("fingerprint", manifest.Base.Fingerprint);
            json.WriteEndObject();
            WriteSizes(json, manifest.Blueprint);
            json.WriteNumber("parameters", manifest.Parameters);
            WriteTokenIds(json, manifest.Config);
            WritePrecision(json, manifest.Precision);
            json.WriteStartObject("graphs");
            foreach (GraphKind kind in manifest.Graphs)
            {
                json.WriteString(kind.ManifestKey(), kind.FileName());
            }

            json.WriteEndObject();
            WriteOperators(json, manifest);
            json.WriteStartObject("weights");
            json.WriteString("file", ModelFolderFiles.Weights);
            json.WriteNumber("bytes", manifest.WeightBytes);
            json.WriteEndObject();
            json.WriteBoolean("plain_attention", FanoutSupport.Problem(manifest.Blueprint) is null);
            json.WriteBoolean("adapter_bias", manifest.HasAdapterBias);
            WriteGroups(json, manifest.AdapterGroups);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteOperators(Utf8JsonWriter json, Manifest manifest)
    {
        if (manifest.Graphs.Contains(GraphKind.Fused) || manifest.Graphs.Contains(GraphKind.Step))
        {
            json.WriteStartObject("operators");
            json.WriteString("domain", GraphBuilder.OwnDomain);
            json.WriteNumber("version", GraphBuilder.OwnVersion);
            json.WriteString("provider", manifest.Precision.Activations == ActivationType.Float32 ? "cpu" : "cuda");
            json.WriteEndObject();
        }
    }

    private static void WriteSizes(Utf8JsonWriter json, DecoderBlueprint blueprint)
    {
        json.WriteNumber("vocab_size", blueprint.VocabSize);
        json.WriteNumber("hidden_size", blueprint.HiddenSize);
        json.WriteNumber("num_hidden_layers", blueprint.Layers.Count);
        json.WriteNumber("num_attention_heads", blueprint.HeadCount);
        json.WriteNumber("num_key_value_heads", blueprint.KeyValueHeadCount);
        json.WriteNumber("head_dim", blueprint.HeadSize);
        json.WriteNumber("max_position_embeddings", blueprint.MaxPositions);
        if (blueprint.RotarySwitchLength is { } length)
        {
            json.WriteNumber("rotary_switch_length", length);
        }
    }

    private static void WriteTokenIds(Utf8JsonWriter json, ModelConfig config)
    {
        WriteIdOrNull(json, "bos_token_id", config.BosTokenId);
        json.WriteStartArray("eos_token_id");
        foreach (int id in config.EosTokenIds)
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        WriteIdOrNull(json, "pad_token_id", config.PadTokenId);
    }

    private static void WriteIdOrNull(Utf8JsonWriter json, string name, IReadOnlyList<int> ids)
    {
        if (ids.Count == 0)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteNumber(name, ids[0]);
        }
    }

    private static void WritePrecision(Utf8JsonWriter json, PrecisionPlan precision)
    {
        string activations = precision.Activations.ToName();
        json.WriteStartObject("precision");
        json.WriteString("name", precision.Name);
        json.WriteString("weights", precision.Projections.ToName(precision.Activations));
        json.WriteString("embedding", precision.Embedding.ToName(precision.Activations));
        json.WriteString("lm_head", precision.Head.ToName(precision.Activations));
        json.WriteString("activations", activations);
        json.WriteString("kv_cache", activations);
        if (precision.HasBlocks)
        {
            json.WriteNumber("block_size", precision.BlockSize);
            json.WriteBoolean("symmetric", precision.Symmetric);
            json.WriteNumber("accuracy_level", precision.AccuracyLevel);
            if (precision.PrefillAccuracyLevel is { } prefill)
            {
                json.WriteNumber("prefill_accuracy_level", prefill);
            }

            json.WriteString("quantization_method", precision.Method.ToName());
            if (precision.Calibration is not null)
            {
                json.WriteString("calibration", precision.Calibration);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteGroups(Utf8JsonWriter json, IReadOnlyList<AdapterGroup> groups)
    {
        json.WriteStartArray("adapter_groups");
        foreach (AdapterGroup group in groups)
        {
            json.WriteStartObject();
            json.WriteString("name", group.Name);
            json.WriteString("prefix", group.Prefix);
            json.WriteNumber("input_size", group.InputSize);
            json.WriteStartArray("outputs");
            foreach (AdapterGroupOutput output in group.Outputs)
            {
                json.WriteStartObject();
                json.WriteString("module", output.Module);
                json.WriteNumber("size", output.Size);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
