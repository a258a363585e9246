using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>Runs an exported float32-activation graph on the CPU, with a KV cache of its own.</summary>
internal sealed class GraphRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly Dictionary<string, OrtValue> _cache = new(StringComparer.Ordinal);
    private readonly int _capacity;
    private int _length;

    public GraphRunner(string folder, int capacity)
    {
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new InferenceSession(Path.Combine(folder, "model.onnx"), options);
        _capacity = capacity;
        foreach ((string name, NodeMetadata metadata) in _session.InputMetadata)
        {
            if (name.StartsWith("past_key_values.", StringComparison.Ordinal))
            {
                long[] shape = [1, metadata.Dimensions[1], capacity, metadata.Dimensions[3]];
                _cache[name] = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate(1L, (a, b) => a * b)], shape);
            }
        }
    }

    public IReadOnlyCollection<string> InputNames => [.. _session.InputNames];

    public IReadOnlyCollection<string> OverridableNames => [.. _session.OverridableInitializerMetadata.Keys];

    public int LayerCount => _cache.Count / 2;

    /// <summary>Appends ids and returns the logits at the positions given, row by row.</summary>
    public float[] Run(
        ReadOnlySpan<int> ids, ReadOnlySpan<long> positions, IReadOnlyDictionary<string, (float[] Values, long[] Shape)>? extra = null)
    {
        long[] inputIds = new long[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            inputIds[i] = ids[i];
        }

        _length += ids.Length;
        using OrtIoBinding binding = _session.CreateIoBinding();
        List<OrtValue> owned = [];
        void Bind(string name, OrtValue value)
        {
            owned.Add(value);
            binding.BindInput(name, value);
        }

        Bind("input_ids", OrtValue.CreateTensorValueFromMemory(inputIds, [1, ids.Length]));
        Bind("seqlens_k", OrtValue.CreateTensorValueFromMemory(new[] { _length - 1 }, [1]));
        Bind("total_sequence_length", OrtValue.CreateTensorValueFromMemory(new[] { _length }, []));
        Bind("logits_positions", OrtValue.CreateTensorValueFromMemory(positions.ToArray(), [positions.Length]));
        foreach ((string name, (float[] values, long[] shape)) in extra ?? new Dictionary<string, (float[], long[])>())
        {
            Bind(name, OrtValue.CreateTensorValueFromMemory(values, shape));
        }

        foreach ((string name, OrtValue value) in _cache)
        {
            binding.BindInput(name, value);
            binding.BindOutput(name.Replace("past_key_values", "present", StringComparison.Ordinal), value);
        }

        binding.BindOutputToDevice("logits", OrtMemoryInfo.DefaultInstance);
        using RunOptions runOptions = new();
        using IDisposableReadOnlyCollection<OrtValue> results = _session.RunWithBoundResults(runOptions, binding);
        int index = binding.GetOutputNames().ToList().IndexOf("logits");
        float[] logits = results[index].GetTensorDataAsSpan<float>().ToArray();
        foreach (OrtValue value in owned)
        {
            value.Dispose();
        }

        return logits;
    }

    /// <summary>Continues greedily: the id of the largest last logit, again and again.</summary>
    public List<int> Greedy(float[] lastLogits, int count)
    {
        List<int> ids = [];
        while (true)
        {
            ids.Add(Array.IndexOf(lastLogits, lastLogits.Max()));
            if (ids.Count == count)
            {
                return ids;
            }

            lastLogits = Run([ids[^1]], [0]);
        }
    }

    public void Dispose()
    {
        foreach (OrtValue value in _cache.Values)
        {
            value.Dispose();
        }

        _session.Dispose();
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{LayerCount} layers, capacity {_capacity}");
}
