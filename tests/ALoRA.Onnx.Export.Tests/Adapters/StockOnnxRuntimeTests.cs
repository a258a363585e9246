using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>Converted adapters in ONNX Runtime's own LoRA support, without anything of this repository's runtime.</summary>
[TestClass]
public sealed class StockOnnxRuntimeTests
{
    [TestMethod]
    public async Task AddActiveLoraAdapter_PlainLora_GivesTheLogitsOfPeft()
    {
        string source = GoldenData.Path("models", "llama");
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(source, temporary["model"]);
        AdapterReport report = await AdapterConverter.ConvertAsync(Path.Combine(source, "adapters", "lora_qv"), temporary["model"]);
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(source, "cases.json")));
        JsonElement entry = cases.RootElement.GetProperty("cases")
            .EnumerateArray()
            .First(entry => entry.GetProperty("name").GetString() == "base0");
        long[] ids = [.. entry.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt64())];
        using SafetensorsFile reference = SafetensorsFile.Open(Path.Combine(source, "reference.safetensors"));
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using InferenceSession session = new(Path.Combine(temporary["model"], "model.onnx"), options);
        using OrtLoraAdapter adapter = OrtLoraAdapter.Create(Path.Combine(report.Path, "adapter.onnx_adapter"), null);

        long[] positions = entry.TryGetProperty("logits_positions", out JsonElement given)
            ? [.. given.EnumerateArray().Select(position => position.GetInt64())]
            : [.. Enumerable.Range(0, ids.Length).Select(position => (long)position)];

        float[] without = Run(session, ids, positions, null);
        float[] with = Run(session, ids, positions, adapter);

        Assert.IsLessThanOrEqualTo(1e-4f, Deviation.Largest(Values(reference, "base0.base_logits"), without));
        Assert.IsLessThanOrEqualTo(1e-4f, Deviation.Largest(Values(reference, "base0.lora_qv.logits"), with));
        Assert.IsGreaterThan(1e-2f, Deviation.Largest(with, without));
    }

    [TestMethod]
    [DataRow("float32")]
    [DataRow("float16")]
    [DataRow("bfloat16")]
    public async Task Create_AnyElementType_Loads(string activations)
    {
        using TemporaryFolder temporary = new();
        AdapterReport report = await AdapterConverter.ConvertAsync(
            TestAdapter.QueryAndValue().Save(temporary), TestModel.Tiny(temporary, activations));

        using OrtLoraAdapter adapter = OrtLoraAdapter.Create(Path.Combine(report.Path, "adapter.onnx_adapter"), null);

        Assert.IsFalse(adapter.IsInvalid);
    }

    private static float[] Run(InferenceSession session, long[] ids, long[] positions, OrtLoraAdapter? adapter)
    {
        Dictionary<string, OrtValue> inputs = new(StringComparer.Ordinal)
        {
            ["input_ids"] = OrtValue.CreateTensorValueFromMemory(ids, [1, ids.Length]),
            ["seqlens_k"] = OrtValue.CreateTensorValueFromMemory(new[] { ids.Length - 1 }, [1]),
            ["total_sequence_length"] = OrtValue.CreateTensorValueFromMemory(new[] { ids.Length }, []),
            ["logits_positions"] = OrtValue.CreateTensorValueFromMemory(positions, [positions.Length]),
        };
        foreach ((string name, NodeMetadata metadata) in session.InputMetadata)
        {
            if (name.StartsWith("past_key_values.", StringComparison.Ordinal))
            {
                long[] shape = [1, metadata.Dimensions[1], ids.Length, metadata.Dimensions[3]];
                inputs[name] = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate(1L, (a, b) => a * b)], shape);
            }
        }

        using RunOptions options = new();
        if (adapter is not null)
        {
            options.AddActiveLoraAdapter(adapter);
        }

        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, inputs, ["logits"]);
        float[] logits = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        foreach (OrtValue value in inputs.Values)
        {
            value.Dispose();
        }

        return logits;
    }

    private static float[] Values(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.Tensors[name].ReadRowsAsFloat(0, (int)file.Tensors[name].RowCount, values);
        return values;
    }
}
