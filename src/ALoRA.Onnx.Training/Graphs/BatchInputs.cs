using System.Buffers;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Training;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// Inputs of a run but for A and B: suffixes from the left, prefixes to the right, so that they meet; what pads either is masked.
/// </summary>
internal sealed class BatchInputs : IDisposable
{
    // Far below any score, and no infinity, which would be no number after two of them are subtracted.
    private const float Masked = -1e9f;

    private readonly BatchShape _shape;
    private readonly IReadOnlyList<TrainingRow> _rows;
    private readonly List<Action> _returns = [];

    /// <summary>Lays a micro-batch out.</summary>
    /// <param name="batch">The micro-batch, which has a label.</param>
    /// <param name="model">What the graph is of.</param>
    /// <param name="graph">The graph, of which some inputs exist only in some models.</param>
    /// <param name="grid">Sizes that a batch is filled up to, and where prefixes are; null for sizes as they come.</param>
    public BatchInputs(MicroBatch batch, BatchModel model, TrainingGraph graph, BatchGrid? grid = null)
    {
        _rows = batch.Rows;
        int suffix = _rows.Max(row => row.ComputedRows);
        int prefix = model.HasPrefixes ? Math.Max(_rows.Max(row => row.Position), 1) : 0;
        int[] positions = [.. Enumerable.Range(0, suffix).Where(at => _rows.Any(row => row.LabelOf(at) != TrainingRow.NoLabel))];
        _shape = grid is null
            ? new BatchShape(_rows.Count, suffix, prefix, positions, positions.Length)
            : grid.Fill(_rows.Count, suffix, prefix, positions);
        try
        {
            AddRows(model, graph.Inputs);
            AddLabels(batch.LabelsOfStep);
            foreach (long window in graph.Windows)
            {
                AddBias(window);
            }

            if (grid?.Pages is { } pages)
            {
                pages.Fill(
                    Add<long>(TrainingInputs.PrefixBlocks, _shape.Count, model.KeyHeads, _shape.Prefix / pages.PageSize), _rows,
                    _shape.Prefix);
            }
            else if (model.HasPrefixes)
            {
                AddPrefixes(model);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sizes of the batch.</summary>
    public BatchShape Shape => _shape;

    /// <summary>Names of the inputs.</summary>
    public List<string> Names { get; } = [];

    /// <summary>The inputs.</summary>
    public List<OrtValue> Values { get; } = [];

    /// <summary>Adds a float input, whose elements are written afterwards.</summary>
    public Span<float> Add(string name, params ReadOnlySpan<long> shape) => Add<float>(name, shape);

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.ForEach(value => value.Dispose());
        _returns.ForEach(give => give());
        _returns.Clear();
    }

    private Span<T> Add<T>(string name, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long length = 1;
        foreach (long size in shape)
        {
            length = checked(length * size);
        }

        T[] buffer = ArrayPool<T>.Shared.Rent(checked((int)Math.Max(length, 1)));
        _returns.Add(() => ArrayPool<T>.Shared.Return(buffer));
        Memory<T> memory = buffer.AsMemory(0, (int)length);
        memory.Span.Clear();
        Values.Add(OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory, shape.ToArray()));
        Names.Add(name);
        return memory.Span;
    }

    private void AddRows(BatchModel model, IReadOnlySet<string> inputs)
    {
        (int count, int suffix) = (_shape.Count, _shape.Suffix);
        Span<long> ids = Add<long>(GraphNames.InputIds, count, suffix);
        bool hasPositions = inputs.Contains(GraphNames.PositionIds);
        bool hasRotaryRows = inputs.Contains(TrainingInputs.RotaryRows);
        Span<long> positions = hasPositions ? Add<long>(GraphNames.PositionIds, count, suffix) : default;
        Span<long> rotary = hasRotaryRows ? Add<long>(TrainingInputs.RotaryRows, count, suffix) : default;
        Span<float> mask = Add(GraphNames.ActivationMask, count, suffix, 1);
        for (int b = 0; b < _rows.Count; b++)
        {
            TrainingRow row = _rows[b];
            bool isLong = row.Length > model.RotarySwitchLength;
            for (int s = 0; s < suffix; s++)
            {
                int at = (b * suffix) + s;
                ids[at] = s < row.Ids.Length ? row.Ids.Span[s] : 0;

                // Rows that pad stay where the tables of the rotation are known to reach.
                int place = row.Position + Math.Min(s, row.ComputedRows - 1);
                mask[at] = s >= row.AdaptedFrom && s < row.ComputedRows ? 1 : 0;
                if (hasPositions)
                {
                    positions[at] = place;
                }

                if (hasRotaryRows)
                {
                    rotary[at] = place + (isLong ? model.RotarySwitchLength!.Value : 0);
                }
            }
        }
    }

    private void AddLabels(int labelsOfStep)
    {
        IReadOnlyList<int> positions = _shape.Positions;
        int heads = _shape.Heads;
        Span<long> selected = Add<long>(GraphNames.LogitsPositions, heads);
        for (int i = 0; i < positions.Count; i++)
        {
            selected[i] = positions[i];
        }

        Span<long> labels = Add<long>(TrainingInputs.Labels, _shape.Count, heads);
        Span<float> weights = Add(TrainingInputs.Weights, _shape.Count, heads);
        for (int b = 0; b < _rows.Count; b++)
        {
            for (int i = 0; i < positions.Count; i++)
            {
                if (_rows[b].LabelOf(positions[i]) is var label and not TrainingRow.NoLabel)
                {
                    labels[(b * heads) + i] = label;
                    weights[(b * heads) + i] = 1f / labelsOfStep;
                }
            }
        }
    }

    // A row sees itself and what is before it, as far as the window reaches.
    private void AddBias(long window)
    {
        (int suffix, int prefix) = (_shape.Suffix, _shape.Prefix);
        int columns = prefix + suffix;
        Span<float> bias = Add(TrainingInputs.BiasOf(window), _shape.Count, 1, suffix, columns);
        bias.Fill(Masked);
        for (int b = 0; b < _shape.Count; b++)
        {
            int first = prefix - (b < _rows.Count ? _rows[b].Position : 0);
            for (int s = 0; s < suffix; s++)
            {
                int end = prefix + s + 1;
                int from = window == 0 ? first : (int)Math.Max(first, end - window);
                bias.Slice((((b * suffix) + s) * columns) + from, end - from).Clear();
            }
        }
    }

    private void AddPrefixes(BatchModel model)
    {
        for (int layer = 0; layer < model.Layers; layer++)
        {
            AddPrefix(GraphNames.PastKey(layer), model, rows => rows.Keys[layer]);
            AddPrefix(GraphNames.PastValue(layer), model, rows => rows.Values[layer]);
        }
    }

    private void AddPrefix(string name, BatchModel model, Func<PrefixRows, byte[]> of)
    {
        (int heads, int size, int prefix) = (model.KeyHeads, model.HeadSize, _shape.Prefix);
        Span<float> joined = Add(name, _shape.Count, heads, prefix, size);
        for (int b = 0; b < _shape.Count; b++)
        {
            if (_rows[b].Prefix is not { } rows)
            {
                continue;
            }

            for (int head = 0; head < heads; head++)
            {
                int target = ((((b * heads) + head) * prefix) + prefix - rows.Length) * size;
                MemoryMarshal.Cast<byte, float>(of(rows)).Slice(head * rows.Length * size, rows.Length * size).CopyTo(joined[target..]);
            }
        }
    }
}

/// <summary>What a batch must know of its model.</summary>
internal sealed record BatchModel(int Layers, int KeyHeads, int HeadSize, int Vocabulary, int? RotarySwitchLength, bool HasPrefixes);

/// <summary>Sizes of a batch.</summary>
/// <param name="Count">Sequences.</param>
/// <param name="Suffix">Rows of each.</param>
/// <param name="Prefix">Rows of the longest prefix.</param>
/// <param name="Positions">Rows that reach the head.</param>
/// <param name="Heads">How many do, with those that fill up.</param>
internal sealed record BatchShape(int Count, int Suffix, int Prefix, IReadOnlyList<int> Positions, int Heads);
