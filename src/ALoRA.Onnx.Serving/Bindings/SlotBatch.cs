using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Serving.Slots;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Serving.Bindings;

/// <summary>
/// Runs whose rows are tokens in any slots of an arena, also several of one slot, for the base and the adapters of a table.
/// Not thread-safe. Allocates where the number of rows is another one than in the run before.
/// </summary>
/// <remarks>
/// The operator of our own writes the keys and values of all rows first, then each row attends to its slot up to its own position.
/// So rows of one slot stand at positions one behind the other, and no other slot is touched.
/// </remarks>
internal sealed class SlotBatch : IRowLogits, IDisposable
{
    private readonly ModelSession _session;
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly BoundInputs _inputs;
    private readonly BoundInput _ids;
    private readonly BoundInput _positions;
    private readonly BoundInput _slots;
    private readonly BoundInput _wanted;
    private readonly BoundInput? _rotaryLengths;
    private readonly BoundInput? _places;
    private readonly RunOptions _options = SessionFactory.CreateRunOptions();
    private LogitsBuffer? _logits;
    private int _rows;

    /// <summary>Binds everything that stays.</summary>
    /// <param name="session">The graphs.</param>
    /// <param name="graph">That for such runs.</param>
    /// <param name="arena">Where all slots lie.</param>
    /// <param name="table">The adapters, which stay loaded as long as this is run; null for the base alone.</param>
    public SlotBatch(ModelSession session, InferenceSession graph, SlotArena arena, AdapterTable? table)
    {
        _session = session;
        _graph = graph;
        Table = table;
        _binding = graph.CreateIoBinding();
        _inputs = new BoundInputs(session, _binding);
        _ids = _inputs.Add<long>(GraphSignature.InputIds);
        _positions = _inputs.Add<long>(GraphSignature.PositionIds);
        _slots = _inputs.Add<long>(GraphSignature.CacheSlots);
        _wanted = _inputs.Add<long>(GraphSignature.LogitsPositions);
        _rotaryLengths = session.Manifest.RotarySwitchLength is null ? null : _inputs.Add<long>(GraphSignature.RotaryLength);
        for (int layer = 0; layer < session.Manifest.LayerCount; layer++)
        {
            _binding.BindInput(GraphSignature.CacheKeys(layer), arena.Whole[2 * layer].Value);
            _binding.BindInput(GraphSignature.CacheValues(layer), arena.Whole[(2 * layer) + 1].Value);
        }

        foreach ((string name, OrtValue value) in table?.Inputs ?? [])
        {
            _binding.BindInput(name, value);
        }

        _places = table is null ? null : _inputs.Add<int>(GraphSignature.AdapterSlot);
    }

    /// <summary>The adapters by place; null for the base alone.</summary>
    public AdapterTable? Table { get; }

    /// <summary>The graph.</summary>
    public InferenceSession Graph => _graph;

    /// <summary>Begins a run.</summary>
    /// <param name="rows">Its rows, at least one.</param>
    /// <param name="logits">Rows whose logits are wanted, at least one.</param>
    public void Begin(int rows, int logits)
    {
        _rows = rows;
        _ids.Resize(rows, 1);
        _positions.Resize(rows, 1);
        _slots.Resize(rows, GraphSignature.CacheSlotColumns);
        _wanted.Resize(logits);
        _rotaryLengths?.Resize(rows, 1);
        _places?.Resize(rows, 1);
        if (_logits?.Rows != logits)
        {
            _logits?.Dispose();
            _logits = new LogitsBuffer(_session.Type, logits, _session.Manifest.VocabularySize, isBatch: true);
            _binding.BindOutput(GraphSignature.Logits, _logits.Value);
        }
    }

    /// <summary>Says what a row is.</summary>
    /// <param name="row">Its index in the run.</param>
    /// <param name="token">The id.</param>
    /// <param name="position">Its place in its slot.</param>
    /// <param name="contextLength">Length of its context, where the rotation depends on it.</param>
    /// <param name="place">Who computes it, by place in the table; <see cref="AdapterTable.NoSlot"/> for the base.</param>
    public void SetRow(int row, int token, int position, int contextLength, int place)
    {
        _ids.Elements<long>()[row] = token;
        _positions.Elements<long>()[row] = position;
        if (_rotaryLengths is not null)
        {
            _rotaryLengths.Elements<long>()[row] = contextLength;
        }

        if (_places is not null)
        {
            _places.Elements<int>()[row] = place;
        }
    }

    /// <summary>Says where a row's slot lies.</summary>
    /// <param name="row">Its index in the run.</param>
    /// <param name="slot">Its slot.</param>
    /// <param name="common">A slot that holds the same first tokens bit for bit.</param>
    /// <param name="commonLength">How many; 0 for none.</param>
    public void SetSlot(int row, SlotPlace slot, SlotPlace common, int commonLength)
    {
        Span<long> columns = _slots.Elements<long>().Slice(
            row * GraphSignature.CacheSlotColumns, GraphSignature.CacheSlotColumns);
        columns[0] = slot.Class.OffsetOf(slot.Slot);
        columns[1] = slot.Class.Capacity;
        columns[2] = common.Class.OffsetOf(common.Slot);
        columns[3] = common.Class.Capacity;
        columns[4] = commonLength;
    }

    /// <summary>Asks for a row's logits.</summary>
    /// <param name="index">What <see cref="LogitsOf"/> is asked for.</param>
    /// <param name="row">The row.</param>
    public void Want(int index, int row) => _wanted.Elements<long>()[index] = row;

    /// <summary>Computes all rows.</summary>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public void Run()
    {
        _inputs.Publish();
        _session.Run(_graph, _options, _binding, _rows);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> LogitsOf(int slot) => _logits!.Row(slot);

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _inputs.Dispose();
        _options.Dispose();
        _logits?.Dispose();
    }
}
