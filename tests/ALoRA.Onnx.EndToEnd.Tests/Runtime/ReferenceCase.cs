using System.Text.Json;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>One prompt with what Transformers and PEFT give for it.</summary>
internal sealed class ReferenceCase(JsonElement json, SafetensorsFile file)
{
    public string Name { get; } = json.GetProperty("name").GetString()!;

    public int[] InputIds { get; } = Integers(json.GetProperty("input_ids"));

    public string[] Adapters { get; } = [.. json.GetProperty("adapters").EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>Positions whose logits are in the file.</summary>
    public int[] Positions { get; } = json.TryGetProperty("logits_positions", out JsonElement positions)
        ? Integers(positions)
        : [.. Enumerable.Range(0, json.GetProperty("input_ids").GetArrayLength())];

    public int? ActivationStart(string adapter) =>
        json.GetProperty("activation_start").TryGetProperty(adapter, out JsonElement start) && start.ValueKind == JsonValueKind.Number
            ? start.GetInt32()
            : null;

    public int[] Greedy(string? adapter) => Integers(json.GetProperty($"{adapter ?? "base"}_greedy"));

    /// <summary>Logits <c>[positions, vocab]</c>; null if the file has none for that adapter.</summary>
    public float[]? Logits(string? adapter)
    {
        if (!file.Tensors.TryGetValue(adapter is null ? $"{Name}.base_logits" : $"{Name}.{adapter}.logits", out CheckpointTensor? tensor))
        {
            return null;
        }

        float[] values = new float[tensor.RowCount * tensor.RowLength];
        tensor.ReadRowsAsFloat(0, checked((int)tensor.RowCount), values);
        return values;
    }

    private static int[] Integers(JsonElement element) => [.. element.EnumerateArray().Select(id => id.GetInt32())];
}
