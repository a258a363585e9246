using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Makes the configuration that the checkpoint behind a GGUF file had, in the spelling of Transformers 5.</summary>
internal sealed class GgufConfigReader(
    GgufMetadata metadata, GgufArchitecture architecture, IReadOnlyDictionary<string, CheckpointTensor> tensors,
    GgufVocabulary vocabulary)
{
    private const string Embedding = "token_embd.weight";
    private const string Head = "output.weight";

    /// <summary>Elements of an attention head.</summary>
    public int HeadSize { get; private set; }

    public int LayerCount { get; private set; }

    public JsonObject Read()
    {
        RefuseExperts();
        int hiddenSize = metadata.RequiredCount(Key("embedding_length"));
        int headCount = metadata.RequiredCount(Key("attention.head_count"));
        LayerCount = ReadLayerCount();
        HeadSize = ReadHeadSize(hiddenSize, headCount);
        GgufRopeReader rope = new(metadata, architecture.Name, tensors, HeadSize);
        JsonObject json = new()
        {
            ["architectures"] = new JsonArray(architecture.ClassName),
            ["model_type"] = architecture.ModelType,
            ["dtype"] = DataType(),
            ["vocab_size"] = VocabularySize(),
            ["hidden_size"] = hiddenSize,
            ["intermediate_size"] = metadata.RequiredCount(Key("feed_forward_length")),
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = headCount,
            ["num_key_value_heads"] = metadata.Count(Key("attention.head_count_kv")) ?? headCount,
            ["max_position_embeddings"] = metadata.RequiredCount(Key("context_length")),
            ["rms_norm_eps"] = metadata.RequiredNumber(Key("attention.layer_norm_rms_epsilon")),
            ["rope_parameters"] = rope.Read(architecture.InterleavesRotaryPairs),
            ["tie_word_embeddings"] = IsTied(),
            ["bos_token_id"] = vocabulary.BeginId,
            ["eos_token_id"] = vocabulary.EndId,
            ["pad_token_id"] = vocabulary.PaddingId,
        };
        if ((long)HeadSize * headCount != hiddenSize)
        {
            json["head_dim"] = HeadSize;
        }

        architecture.Configure(new GgufConfig(metadata, architecture.Name, tensors, json)
        {
            LayerCount = LayerCount,
            HeadCount = headCount,
            HeadSize = HeadSize,
            HiddenSize = hiddenSize,
        });
        return json;
    }

    private string Key(string key) => $"{architecture.Name}.{key}";

    private void RefuseExperts()
    {
        if (metadata.Count(Key("expert_count")) is > 0 and { } experts)
        {
            throw metadata.Error($"'{Key("expert_count")}' is {experts}: a mixture of experts is not supported", "Export a dense model");
        }
    }

    // A layer has tensors of its own, so the file itself bounds their number.
    private int ReadLayerCount()
    {
        int count = metadata.RequiredCount(Key("block_count"));
        return count > 0 && count <= tensors.Count
            ? count
            : throw metadata.Error(
                $"'{Key("block_count")}' is {count}, but there are {tensors.Count} tensors",
                "Download or convert the file again");
    }

    private int ReadHeadSize(int hiddenSize, int headCount)
    {
        if (headCount == 0)
        {
            throw metadata.Error($"'{Key("attention.head_count")}' is 0", "Convert the model again");
        }

        int size = metadata.Count(Key("attention.key_length")) ?? hiddenSize / headCount;
        int valueSize = metadata.Count(Key("attention.value_length")) ?? hiddenSize / headCount;
        return size == valueSize && size > 0 && size % 2 == 0
            ? size
            : throw metadata.Error(
                $"the heads have {size} elements for keys and {valueSize} for values; expected the same even number",
                "Export another model");
    }

    private int VocabularySize()
    {
        if (!tensors.TryGetValue(Embedding, out CheckpointTensor? embedding) || embedding.RowCount > int.MaxValue)
        {
            throw metadata.Error($"the tensor '{Embedding}' is missing", "Download or convert the file again");
        }

        return (int)embedding.RowCount;
    }

    // llama.cpp takes the head that is there; one that repeats the embedding need not be kept twice.
    private bool IsTied() =>
        !tensors.TryGetValue(Head, out CheckpointTensor? head)
        || (head.Encoding == tensors[Embedding].Encoding && TensorComparison.SameValues(head, tensors[Embedding]));

    // What the weights would be loaded as: the stored type where it is a plain one, otherwise what blocks are dequantized to.
    private string DataType() => tensors.GetValueOrDefault(Embedding)?.Encoding switch
    {
        TensorEncoding.F16 => "float16",
        TensorEncoding.BF16 => "bfloat16",
        _ => "float32",
    };
}
