using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Serving.Slots;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Serving.Bindings;

/// <summary>A batch that is run as any other run, wherever the graphs are.</summary>
internal sealed class PlainBatch : BatchBinding
{
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly BoundInputs _inputs;
    private readonly BoundInput _ids;
    private readonly BoundInput _lengths;
    private readonly BoundInput _total;
    private readonly BoundInput? _rotaryLength;
    private readonly BoundInput? _mask;
    private readonly BoundInput? _places;
    private readonly RunOptions _options = SessionFactory.CreateRunOptions();
    private readonly LogitsBuffer _logits;
    private readonly KvBuffers _buffers;

    /// <summary>Binds everything that stays.</summary>
    /// <inheritdoc cref="BatchBinding"/>
    public PlainBatch(ModelSession session, SlotClass slots, int first, int rows, AdapterStack? stack, AdapterTable? table)
        : base(session, slots, first, rows, stack, table)
    {
        _graph = table is not null ? session.FusedGraph(table) : stack is null ? session.GraphFor(null) : session.AdaptedGraph;
        _binding = _graph.CreateIoBinding();
        _inputs = new BoundInputs(session, _binding);
        _ids = _inputs.Add<long>(GraphSignature.InputIds);
        _lengths = _inputs.Add<int>(GraphSignature.SequenceLengths);
        _total = _inputs.Add<int>(GraphSignature.TotalSequenceLength);
        _rotaryLength = session.Manifest.RotarySwitchLength is null ? null : _inputs.Add<long>(GraphSignature.RotaryLength);
        BoundInput positions = _inputs.Add<long>(GraphSignature.LogitsPositions);
        positions.Resize(1);
        positions.Elements<long>()[0] = 0;
        _ids.Resize(rows, 1);
        _lengths.Resize(rows);
        foreach ((string name, OrtValue value) in table?.Inputs ?? stack?.Inputs ?? [])
        {
            _binding.BindInput(name, value);
        }

        if (table is not null)
        {
            _places = _inputs.Add<int>(GraphSignature.AdapterSlot);
            _places.Resize(rows, 1);
        }

        if (stack is not null)
        {
            _mask = _inputs.Add(GraphSignature.ActivationMask);
            _mask.Resize(rows, 1, stack.Slots);
        }

        _buffers = slots.Batch(first, rows);
        CacheBinding.Bind(session, _buffers, _binding);
        _logits = new LogitsBuffer(session.Type, rows, session.Manifest.VocabularySize, isBatch: true);
        _binding.BindOutput(GraphSignature.Logits, _logits.Value);
    }

    /// <inheritdoc/>
    protected override Span<long> Ids => _ids.Elements<long>();

    /// <inheritdoc/>
    protected override Span<int> Lengths => _lengths.Elements<int>();

    /// <inheritdoc/>
    protected override Span<byte> Mask => _mask is null ? default : _mask.Elements<byte>();

    /// <inheritdoc/>
    protected override Span<int> Places => _places is null ? default : _places.Elements<int>();

    /// <inheritdoc/>
    public override void Run(int wanted, int contextLength)
    {
        int longest = 0;
        foreach (int length in Lengths)
        {
            longest = Math.Max(longest, length);
        }

        // The longest slot's length with its new row; two at least where a slot has a row already, so never the number of new tokens.
        _total.Set(longest + 1);
        if (_rotaryLength is not null)
        {
            _rotaryLength.Resize();
            _rotaryLength.Elements<long>()[0] = contextLength;
        }

        _inputs.Publish();
        Session.Run(_graph, _options, _binding, wanted);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> LogitsOf(int slot) => _logits.Row(slot - First);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _binding.Dispose();
        _inputs.Dispose();
        _options.Dispose();
        _logits.Dispose();
        _buffers.Dispose();
    }
}
