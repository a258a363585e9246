using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>An adapter as PEFT would save it, to be changed and written by a test.</summary>
internal sealed class TestAdapter
{
    /// <summary>Settings of a plain LoRA on q and v with rank 2 and alpha 4.</summary>
    public JsonObject Config { get; } = new()
    {
        ["peft_type"] = "LORA",
        ["task_type"] = "CAUSAL_LM",
        ["base_model_name_or_path"] = "tiny",
        ["r"] = 2,
        ["lora_alpha"] = 4,
        ["lora_dropout"] = 0.05,
        ["bias"] = "none",
        ["target_modules"] = new JsonArray("q_proj", "v_proj"),
        ["alora_invocation_tokens"] = null,
        ["use_rslora"] = false,
        ["inference_mode"] = true,
    };

    public List<TestTensor> Tensors { get; } = [];

    /// <summary>Adds A and B of a module, with values that follow from the seed.</summary>
    public TestAdapter Module(string path, int rank, int inputSize, int outputSize, int seed)
    {
        Random random = new(seed);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        Tensors.Add(TestTensor.F32($"base_model.model.{path}.lora_A.weight", [rank, inputSize], Values(rank * inputSize)));
        Tensors.Add(TestTensor.F32($"base_model.model.{path}.lora_B.weight", [outputSize, rank], Values(outputSize * rank)));
        return this;
    }

    /// <summary>The tensors that a plain config needs on <see cref="TestModel.Tiny"/>.</summary>
    public static TestAdapter QueryAndValue(int layers = 2, int rank = 2)
    {
        TestAdapter adapter = new();
        for (int layer = 0; layer < layers; layer++)
        {
            adapter.Module($"model.layers.{layer}.self_attn.q_proj", rank, TestModel.Hidden, TestModel.Hidden, layer);
            adapter.Module($"model.layers.{layer}.self_attn.v_proj", rank, TestModel.Hidden, TestModel.Value, layer + 100);
        }

        return adapter;
    }

    public TestAdapter With(string key, JsonNode? value)
    {
        Config[key] = value;
        return this;
    }

    /// <summary>Writes the folder and returns its path.</summary>
    public string Save(TemporaryFolder temporary, string name = "adapter")
    {
        string folder = temporary[name];
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), Config.ToJsonString());
        JsonObject header = [];
        int offset = 0;
        foreach (TestTensor tensor in Tensors)
        {
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = tensor.Type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, offset + tensor.Bytes.Length),
            };
            offset += tensor.Bytes.Length;
        }

        using FileStream file = File.Create(Path.Combine(folder, "adapter_model.safetensors"));
        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        Tensors.ForEach(tensor => file.Write(tensor.Bytes));
        return folder;
    }
}
