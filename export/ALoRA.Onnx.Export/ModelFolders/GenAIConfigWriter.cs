using System.Buffers;
using System.Text.Json;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>Writes <c>genai_config.json</c>, by which ONNX Runtime GenAI opens the model folder.</summary>
internal static class GenAIConfigWriter
{
    private const string LayerNumber = "%d";

    public static byte[] Write(GenAIConfig config)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteStartObject("model");
            json.WriteString("type", config.Type);
            json.WriteNumber("vocab_size", config.Blueprint.VocabSize);
            json.WriteNumber("context_length", config.Blueprint.MaxPositions);
            WriteTokenIds(json, config);
            WriteDecoder(json, config);
            json.WriteEndObject();
            WriteSearch(json, config);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteTokenIds(Utf8JsonWriter json, GenAIConfig config)
    {
        if (config.BosTokenId is { } bos)
        {
            json.WriteNumber("bos_token_id", bos);
        }

        if (config.EosTokenIds.Count > 0)
        {
            json.WriteStartArray("eos_token_id");
            foreach (int id in config.EosTokenIds)
            {
                json.WriteNumberValue(id);
            }

            json.WriteEndArray();
        }

        if (config.PadTokenId is { } pad)
        {
            json.WriteNumber("pad_token_id", pad);
        }
    }

    private static void WriteDecoder(Utf8JsonWriter json, GenAIConfig config)
    {
        DecoderBlueprint blueprint = config.Blueprint;
        json.WriteStartObject("decoder");
        json.WriteString("filename", ModelFolderFiles.GenAIGraph);
        json.WriteNumber("hidden_size", blueprint.HiddenSize);
        json.WriteNumber("num_hidden_layers", blueprint.Layers.Count);
        json.WriteNumber("num_attention_heads", blueprint.HeadCount);
        json.WriteNumber("num_key_value_heads", blueprint.KeyValueHeadCount);
        json.WriteNumber("head_size", blueprint.HeadSize);
        WriteSession(json, config.Activations);
        json.WriteStartObject("inputs");
        json.WriteString("input_ids", GraphNames.InputIds);
        json.WriteString("attention_mask", GraphNames.AttentionMask);
        json.WriteString("past_key_names", GraphNames.PastKey(LayerNumber));
        json.WriteString("past_value_names", GraphNames.PastValue(LayerNumber));
        json.WriteEndObject();
        json.WriteStartObject("outputs");
        json.WriteString("logits", GraphNames.Logits);
        json.WriteString("present_key_names", GraphNames.PresentKey(LayerNumber));
        json.WriteString("present_value_names", GraphNames.PresentValue(LayerNumber));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // 16-bit activations are for CUDA: the CPU computes bfloat16 hardly anywhere, and float16 by casts.
    private static void WriteSession(Utf8JsonWriter json, ActivationType activations)
    {
        json.WriteStartObject("session_options");
        json.WriteString("log_id", "onnxruntime-genai");

        // Errors: each overridable initializer (A and B of every layer) costs a warning at load.
        json.WriteNumber("log_severity_level", 3);
        json.WriteStartArray("provider_options");
        if (activations != ActivationType.Float32)
        {
            json.WriteStartObject();
            json.WriteStartObject("cuda");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSearch(Utf8JsonWriter json, GenAIConfig config)
    {
        json.WriteStartObject("search");
        json.WriteNumber("max_length", config.Blueprint.MaxPositions);
        json.WriteBoolean("do_sample", config.DoSample);
        json.WriteNumber("temperature", config.Temperature);
        json.WriteNumber("top_k", config.TopK);
        json.WriteNumber("top_p", config.TopP);
        json.WriteNumber("repetition_penalty", config.RepetitionPenalty);
        json.WriteNumber("num_beams", 1);
        json.WriteBoolean("past_present_share_buffer", true);
        json.WriteEndObject();
    }
}
