using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Serving.Slots;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>
/// One new token in each of some neighbouring slots of a class, for the base or for the adapters of a stack. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// The only place that knows what ONNX Runtime's GroupQueryAttention accepts (onnxruntime/contrib_ops/cpu/bert/group_query_attention_helper.h):
/// several sequences in a run have one new token each; <c>seqlens_k</c> is each one's own length, the new token included, minus 1; the
/// total is the longest; and with rows before the token it is never the number of new tokens, which would be taken for a first prompt.
/// </para>
/// <para>
/// A slot that takes no part has a row computed all the same: it is written behind the slot's valid rows, where the next run
/// overwrites it.
/// </para>
/// </remarks>
internal sealed class BatchBinding : IDisposable
{
    private readonly ModelSession _session;
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly BoundInputs _inputs;
    private readonly BoundInput _ids;
    private readonly BoundInput _lengths;
    private readonly BoundInput _total;
    private readonly BoundInput? _rotaryLength;
    private readonly BoundInput? _mask;
    private readonly RunOptions _options = SessionFactory.CreateRunOptions();
    private readonly LogitsBuffer _logits;
    private readonly KvBuffers _buffers;

    /// <summary>Binds everything that stays.</summary>
    /// <param name="session">The graphs.</param>
    /// <param name="slots">The class.</param>
    /// <param name="first">The first slot of a run.</param>
    /// <param name="rows">Slots of a run.</param>
    /// <param name="stack">The adapters, which stay loaded as long as this is run; null for the base.</param>
    public BatchBinding(ModelSession session, SlotClass slots, int first, int rows, AdapterStack? stack)
    {
        _session = session;
        First = first;
        Rows = rows;
        Stack = stack;
        Slots = slots;
        _graph = stack is null ? session.GraphFor(null) : session.AdaptedGraph;
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
        if (stack is not null)
        {
            foreach ((string name, OrtValue value) in stack.Inputs)
            {
                _binding.BindInput(name, value);
            }

            _mask = _inputs.Add(GraphSignature.ActivationMask);
            _mask.Resize(rows, 1, stack.Adapters.Count);
        }

        _buffers = slots.Batch(first, rows);
        CacheBinding.Bind(session, _buffers, _binding);
        _logits = new LogitsBuffer(session.Type, rows, session.Manifest.VocabularySize, isBatch: true);
        _binding.BindOutput(GraphSignature.Logits, _logits.Value);
    }

    /// <summary>The first slot of a run.</summary>
    public int First { get; }

    /// <summary>Slots of a run.</summary>
    public int Rows { get; }

    /// <summary>The class.</summary>
    public SlotClass Slots { get; }

    /// <summary>The adapters; null for the base.</summary>
    public AdapterStack? Stack { get; }

    /// <summary>Begins a run: no slot takes part in it yet.</summary>
    public void Clear()
    {
        _ids.Elements<long>().Clear();
        _lengths.Elements<int>().Clear();
        _mask?.Elements<byte>().Clear();
    }

    /// <summary>Says what a slot holds.</summary>
    /// <param name="slot">Its index.</param>
    /// <param name="length">Rows that are valid there, fewer than fit.</param>
    public void SetLength(int slot, int length)
    {
        if (length >= Slots.Capacity)
        {
            throw new InvalidOperationException($"Slot {slot} holds {length} rows and has no room for one more, which a run writes.");
        }

        _lengths.Elements<int>()[slot - First] = length;
    }

    /// <summary>Gives a slot its next token.</summary>
    /// <param name="slot">Its index.</param>
    /// <param name="token">The id.</param>
    /// <param name="adapter">Who computes it, of the stack; null for the base.</param>
    public void SetToken(int slot, int token, Adapter? adapter)
    {
        _ids.Elements<long>()[slot - First] = token;
        if (adapter is not null)
        {
            int size = ElementTypes.SizeOf(_session.Type);
            int index = ((slot - First) * Stack!.Adapters.Count) + IndexOf(Stack.Adapters, adapter);
            ElementTypes.Fill(_mask!.Elements<byte>().Slice(index * size, size), _session.Type, ElementTypes.One(_session.Type));
        }
    }

    /// <summary>Computes a row in each slot.</summary>
    /// <param name="rows">Rows that anyone wants, to be counted.</param>
    /// <param name="contextLength">Length of the contexts, where their rotation depends on it.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public void Run(int rows, int contextLength)
    {
        int longest = 0;
        foreach (int length in _lengths.Elements<int>())
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
        _session.Run(_graph, _options, _binding, rows);
    }

    /// <summary>Logits of a slot's new row, float32 <c>[vocab]</c>; valid until the next run.</summary>
    public ReadOnlySpan<float> LogitsOf(int slot) => _logits.Row(slot - First);

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _inputs.Dispose();
        _options.Dispose();
        _logits.Dispose();
        _buffers.Dispose();
    }

    private static int IndexOf(IReadOnlyList<Adapter> adapters, Adapter adapter)
    {
        for (int i = 0; i < adapters.Count; i++)
        {
            if (ReferenceEquals(adapters[i], adapter))
            {
                return i;
            }
        }

        throw new InvalidOperationException($"The adapter '{adapter.Name}' is not in the stack of this run.");
    }
}
