using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>
/// Runs <c>genai.onnx</c> as ONNX Runtime GenAI does: a mask over everything so far,
/// past and present in one buffer, adapters through the run's options.
/// </summary>
internal sealed class GenAIGraphRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly Dictionary<string, OrtValue> _cache = new(StringComparer.Ordinal);
    private readonly int _batch;
    private readonly int _vocabulary;

    public GenAIGraphRunner(string folder, int capacity, int batch = 1)
    {
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new InferenceSession(Path.Combine(folder, "genai.onnx"), options);
        _batch = batch;
        LogitsShape = [.. _session.OutputMetadata["logits"].Dimensions];
        _vocabulary = LogitsShape[^1];
        foreach ((string name, NodeMetadata metadata) in _session.InputMetadata)
        {
            if (name.StartsWith("past_key_values.", StringComparison.Ordinal))
            {
                long[] shape = [batch, metadata.Dimensions[1], capacity, metadata.Dimensions[3]];
                _cache[name] = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate(1L, (a, b) => a * b)], shape);
            }
        }
    }

    public IReadOnlyList<string> InputNames => _session.InputNames;

    public IReadOnlyCollection<string> OverridableNames => [.. _session.OverridableInitializerMetadata.Keys];

    public int[] LogitsShape { get; }

    /// <summary>Appends ids to one sequence and returns the logits of the last.</summary>
    public float[] Run(
        ReadOnlySpan<int> ids, int past, OrtLoraAdapter? adapter = null,
        IReadOnlyDictionary<string, (float[] Values, long[] Shape)>? extra = null) =>
        Run(ids, [.. Enumerable.Repeat(1L, past + ids.Length)], adapter, extra);

    /// <summary>
    /// Appends ids to every sequence, <c>[batch, n]</c>, and returns the logits of the last of each.
    /// The mask is 1 for what there is and 0 for padding, <c>[batch, total]</c>.
    /// </summary>
    public float[] Run(
        ReadOnlySpan<int> ids, long[] mask, OrtLoraAdapter? adapter = null,
        IReadOnlyDictionary<string, (float[] Values, long[] Shape)>? extra = null)
    {
        long[] inputIds = new long[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            inputIds[i] = ids[i];
        }

        float[] logits = new float[_batch * _vocabulary];
        Dictionary<string, OrtValue> inputs = new(StringComparer.Ordinal)
        {
            ["input_ids"] = OrtValue.CreateTensorValueFromMemory(inputIds, [_batch, ids.Length / _batch]),
            ["attention_mask"] = OrtValue.CreateTensorValueFromMemory(mask, [_batch, mask.Length / _batch]),
        };
        foreach ((string name, (float[] values, long[] shape)) in extra ?? new Dictionary<string, (float[], long[])>())
        {
            inputs[name] = OrtValue.CreateTensorValueFromMemory(values, shape);
        }

        using OrtValue output = OrtValue.CreateTensorValueFromMemory(logits, [_batch, 1, _vocabulary]);
        using RunOptions options = new();
        if (adapter is not null)
        {
            options.AddActiveLoraAdapter(adapter);
        }

        _session.Run(
            options,
            [.. inputs.Keys, .. _cache.Keys],
            [.. inputs.Values, .. _cache.Values],
            ["logits", .. _cache.Keys.Select(name => name.Replace("past_key_values", "present", StringComparison.Ordinal))],
            [output, .. _cache.Values]);
        foreach (OrtValue value in inputs.Values)
        {
            value.Dispose();
        }

        return logits;
    }

    public void Dispose()
    {
        foreach (OrtValue value in _cache.Values)
        {
            value.Dispose();
        }

        _session.Dispose();
    }
}
