using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Graphs.Proto;
using Microsoft.ML.OnnxRuntime;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>16-bit exports of every architecture: float16 runs on the CPU as well, of bfloat16 the types are looked at.</summary>
[TestClass]
public sealed class HalfPrecisionTests
{
    private const int Length = 12;

    public static IEnumerable<object[]> Architectures =>
        SupportedArchitectures.All.Select(architecture => new object[] { architecture.ModelType });

    [TestMethod]
    [DynamicData(nameof(Architectures))]
    public async Task Export_Float16_GivesTheLogitsOfFloat32WithinItsRounding(string modelType)
    {
        // The CPU has no float16 kernel with a soft cap.
        SyntheticCheckpoint checkpoint = Checkpoint(
            modelType, config => config["attn_logit_softcapping"] = modelType == "gemma2" ? null : config["attn_logit_softcapping"]);
        using TemporaryFolder temporary = new();
        string source = checkpoint.Write(temporary["checkpoint"]);
        await Exporter.ExportAsync(source, temporary["f32"]);
        await Exporter.ExportAsync(source, temporary["f16"], new ExportOptions { Precision = ExportPrecision.Float16 });
        int[] ids = [.. Enumerable.Range(0, Length).Select(i => (i * 7) % SyntheticCheckpoint.Vocabulary)];
        using GraphRunner runner = new(temporary["f32"], Length);
        float[] expected = runner.Run(ids, [.. Enumerable.Range(0, Length).Select(i => (long)i)]);

        float[] actual = RunHalf(temporary["f16"], ids);

        float range = expected.Max() - expected.Min();
        Assert.IsLessThanOrEqualTo(0.02f * range, Deviation.Largest(expected, actual));
    }

    [TestMethod]
    [DynamicData(nameof(Architectures))]
    public async Task Export_BFloat16_HasNoFloatOfAnotherType(string modelType)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            Checkpoint(modelType, config => config[modelType is "gemma2" or "gemma3_text" ? "hidden_activation" : "hidden_act"] = "gelu")
                .Write(temporary["checkpoint"]),
            temporary["bf16"],
            new ExportOptions { Precision = ExportPrecision.BFloat16, AdapterBias = true });
        GraphProto graph = ModelProto.Parser.ParseFrom(await File.ReadAllBytesAsync(Path.Combine(temporary["bf16"], "model.onnx"))).Graph;
        int[] types = [(int)DataType.Bfloat16, (int)DataType.Int64, (int)DataType.Int32];
        Assert.IsTrue(graph.Initializer.All(initializer => types.Contains(initializer.DataType)));
        Assert.IsTrue(graph.Input.Concat(graph.Output).All(value => types.Contains(value.Type.TensorType.ElemType)));

        // The error function is computed in float32, between two casts.
        NodeProto[] casts =
            [.. graph.Node.Where(node => node.OpType == "Cast" && node.Name.Contains("/act_fn/", StringComparison.Ordinal))];
        Assert.HasCount(2 * graph.Node.Count(node => node.OpType == "Gelu"), casts);
        Assert.HasCount(casts.Length / 2, casts.Where(node => node.Attribute.Single().I == (int)DataType.Bfloat16).ToArray());
        Assert.IsGreaterThan(0, casts.Length);
    }

    private static SyntheticCheckpoint Checkpoint(string modelType, Action<JsonObject> change)
    {
        JsonObject config = new()
        {
            ["model_type"] = modelType,
            ["vocab_size"] = SyntheticCheckpoint.Vocabulary,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 64,
        };
        if (modelType is "gemma" or "gemma2" or "gemma3_text" or "qwen3")
        {
            config["head_dim"] = 16;
        }

        change(config);
        return SyntheticCheckpoint.For(config);
    }

    private static float[] RunHalf(string folder, int[] ids)
    {
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using InferenceSession session = new(Path.Combine(folder, "model.onnx"), options);
        Dictionary<string, OrtValue> inputs = new(StringComparer.Ordinal)
        {
            ["input_ids"] = OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]),
            ["seqlens_k"] = OrtValue.CreateTensorValueFromMemory(new[] { ids.Length - 1 }, [1]),
            ["total_sequence_length"] = OrtValue.CreateTensorValueFromMemory(new[] { ids.Length }, []),
            ["logits_positions"] = OrtValue.CreateTensorValueFromMemory(
                Enumerable.Range(0, ids.Length).Select(i => (long)i).ToArray(), [ids.Length]),
        };
        foreach ((string name, NodeMetadata metadata) in session.InputMetadata.Where(
            input => input.Key.StartsWith("past_key_values.", StringComparison.Ordinal)))
        {
            long[] shape = [1, metadata.Dimensions[1], ids.Length, metadata.Dimensions[3]];
            inputs[name] = OrtValue.CreateTensorValueFromMemory(new Float16[shape.Aggregate(1L, (a, b) => a * b)], shape);
        }

        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, inputs, ["logits"]);
        float[] logits = [.. results[0].GetTensorDataAsSpan<Float16>().ToArray().Select(value => (float)value)];
        foreach (OrtValue value in inputs.Values)
        {
            value.Dispose();
        }

        return logits;
    }
}
