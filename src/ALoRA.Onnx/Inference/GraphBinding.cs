using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Inference;

/// <summary>Buffers and bindings of one sequence for the base or one adapter. Rebinds only what changed, so that a decode step edits three integers and runs. Not thread-safe.</summary>
internal sealed class GraphBinding : IDisposable
{
    private readonly ModelSession _session;
    private readonly KvCache _cache;
    private readonly OrtIoBinding _binding;
    private readonly int[] _sequenceLength = GC.AllocateArray<int>(1, pinned: true);
    private readonly int[] _totalLength = GC.AllocateArray<int>(1, pinned: true);
    private readonly long[] _rotaryLength = GC.AllocateArray<long>(1, pinned: true);
    private readonly List<IDisposable> _fixedInputs = [];
    private readonly bool _adapted;
    private readonly byte[] _uniformMask = GC.AllocateArray<byte>(sizeof(uint), pinned: true);
    private readonly OrtValue? _uniformMaskValue;
    private long[] _ids = [];
    private long[] _positions = [];
    private OrtValue? _idsValue;
    private OrtValue? _positionsValue;
    private byte[] _mask = [];
    private OrtValue? _maskValue;
    private LogitsBuffer? _logits;
    private LogitsBuffer? _noLogits;
    private int _boundCacheVersion = -1;
    private int _boundRows = -1;
    private int _boundPositions = -1;
    private bool _uniformMaskBound;

    /// <summary>Prepares a binding.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="cache">The sequence's cache; not owned.</param>
    /// <param name="adapter">Weights to bind, which must outlive this object; null for the base.</param>
    public GraphBinding(ModelSession session, KvCache cache, AdapterWeights? adapter)
    {
        _session = session;
        _cache = cache;
        _binding = session.CreateBinding();
        _adapted = adapter is not null;
        BindFixed(GraphSignature.SequenceLengths, _sequenceLength, 1);
        BindFixed(GraphSignature.TotalSequenceLength, _totalLength);
        if (session.Manifest.RotarySwitchLength is not null)
        {
            BindFixed(GraphSignature.RotaryLength, _rotaryLength);
        }

        if (adapter is null)
        {
            return;
        }

        // AddActiveLoraAdapter would be ignored by RunWithBinding without an error: A and B are ordinary bound inputs here.
        foreach ((string name, OrtValue value) in adapter.Inputs)
        {
            _binding.BindInput(name, value);
        }

        _uniformMaskValue = ViewOf(_uniformMask, [1, 1, 1]);
    }

    /// <summary>Length of the sequence whose last row has its logits here; -1 if none has.</summary>
    public int LogitsLength { get; private set; } = -1;

    /// <summary>Logits of the last row of a sequence of <see cref="LogitsLength"/> ids, float32 <c>[vocab]</c>; valid until the next run that asks for logits.</summary>
    public ReadOnlySpan<float> LastLogits => _logits!.Row(_logits.Rows - 1);

    /// <summary>Computes rows behind the cache's valid ones. The caller advances the cache.</summary>
    /// <param name="options">Options of the run, through which it may be terminated.</param>
    /// <param name="tokens">The ids, at least one; the cache has room for them.</param>
    /// <param name="adaptedFrom">Index of the first adapted row; <c>tokens.Length</c> for none. Not read for the base.</param>
    /// <param name="logitsRows">Indices of the rows whose logits are wanted.</param>
    /// <param name="contextLength">Length of the context that the rows belong to, with what later runs will add.</param>
    public void Run(RunOptions options, ReadOnlySpan<int> tokens, int adaptedFrom, ReadOnlySpan<int> logitsRows, int contextLength)
    {
        BindCache();
        BindIds(tokens);
        BindPositions(logitsRows);
        if (_adapted)
        {
            BindMask(tokens.Length, adaptedFrom);
        }

        int total = _cache.Length + tokens.Length;
        _sequenceLength[0] = total - 1;
        _totalLength[0] = total;
        _rotaryLength[0] = contextLength;
        if (!logitsRows.IsEmpty)
        {
            LogitsLength = -1;
        }

        _session.Run(options, _binding, tokens.Length);
        if (!logitsRows.IsEmpty && logitsRows[^1] == tokens.Length - 1)
        {
            LogitsLength = total;
        }
    }

    /// <summary>Forgets logits of sequences longer than <paramref name="length"/>.</summary>
    public void Rewind(int length)
    {
        if (LogitsLength > length)
        {
            LogitsLength = -1;
        }
    }

    /// <summary>Takes over the last row's logits of another binding, whose sequence this one's is a copy of.</summary>
    public void TakeLogits(GraphBinding other)
    {
        BindPositions([0]);
        other._logits!.CopyLastRow(_logits!);
        LogitsLength = other.LogitsLength;
    }

    /// <summary>Logits of the last run that asked for any, float32 <c>[vocab]</c>; valid until the next such run.</summary>
    /// <param name="row">Index within that run's <c>logitsRows</c>.</param>
    public ReadOnlySpan<float> LogitsOf(int row) => _logits!.Row(row);

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _fixedInputs.ForEach(input => input.Dispose());
        _uniformMaskValue?.Dispose();
        _idsValue?.Dispose();
        _positionsValue?.Dispose();
        _maskValue?.Dispose();
        _logits?.Dispose();
        _noLogits?.Dispose();
    }

    private void BindFixed<T>(string name, T[] pinned, params long[] shape)
        where T : unmanaged
    {
        OrtValue value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, pinned.AsMemory(), shape);
        _fixedInputs.Add(value);
        _binding.BindInput(name, value);
    }

    private void BindCache()
    {
        if (_boundCacheVersion == _cache.Version)
        {
            return;
        }

        for (int layer = 0; layer < _session.Layers.Length; layer++)
        {
            string[] names = _session.Layers[layer];
            _binding.BindInput(names[0], _cache.Key(layer));
            _binding.BindInput(names[1], _cache.Value(layer));
            _binding.BindOutput(names[2], _cache.Key(layer));
            _binding.BindOutput(names[3], _cache.Value(layer));
        }

        _boundCacheVersion = _cache.Version;
    }

    private void BindIds(ReadOnlySpan<int> tokens)
    {
        if (_boundRows != tokens.Length)
        {
            Grow(ref _ids, tokens.Length);
            Rebind(ref _idsValue, GraphSignature.InputIds, _ids.AsMemory(0, tokens.Length), 1, tokens.Length);
            _boundRows = tokens.Length;
        }

        Widen(tokens, _ids);
    }

    private void BindPositions(ReadOnlySpan<int> rows)
    {
        if (_boundPositions != rows.Length)
        {
            Grow(ref _positions, rows.Length);
            Rebind(ref _positionsValue, GraphSignature.LogitsPositions, _positions.AsMemory(0, rows.Length), rows.Length);
            _binding.BindOutput(GraphSignature.Logits, BufferFor(rows.Length).Value);
            _boundPositions = rows.Length;
        }

        Widen(rows, _positions);
    }

    // A run without logits must not disturb those of an earlier one, which the next sampling step may still need.
    private LogitsBuffer BufferFor(int rows)
    {
        if (rows == 0)
        {
            return _noLogits ??= new LogitsBuffer(_session.Type, 0, _session.Manifest.VocabularySize);
        }

        if (_logits?.Rows != rows)
        {
            _logits?.Dispose();
            _logits = null;
            _logits = new LogitsBuffer(_session.Type, rows, _session.Manifest.VocabularySize);
        }

        return _logits;
    }

    private void BindMask(int rows, int adaptedFrom)
    {
        uint one = ElementTypes.One(_session.Type);
        if (adaptedFrom <= 0 || adaptedFrom >= rows)
        {
            MemoryMarshal.Write(_uniformMask, adaptedFrom <= 0 ? one : 0);
            if (!_uniformMaskBound)
            {
                _binding.BindInput(GraphSignature.ActivationMask, _uniformMaskValue!);
                _uniformMaskBound = true;
            }

            return;
        }

        int size = ElementTypes.SizeOf(_session.Type);
        byte[] mask = GC.AllocateArray<byte>(rows * size, pinned: true);
        for (int row = adaptedFrom; row < rows; row++)
        {
            MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in one))[..size].CopyTo(mask.AsSpan(row * size));
        }

        OrtValue value = ViewOf(mask, [1, rows, 1]);
        _binding.BindInput(GraphSignature.ActivationMask, value);
        _maskValue?.Dispose();
        (_mask, _maskValue) = (mask, value);
        _uniformMaskBound = false;
    }

    // The array must be on the pinned heap and outlive the value.
    private OrtValue ViewOf(byte[] pinned, long[] shape) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, _session.Type, shape, Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), shape.Aggregate((long)ElementTypes.SizeOf(_session.Type), (bytes, size) => bytes * size));

    private void Rebind(ref OrtValue? slot, string name, Memory<long> memory, params long[] shape)
    {
        OrtValue value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory, shape);
        _binding.BindInput(name, value);
        slot?.Dispose();
        slot = value;
    }

    private static void Grow(ref long[] buffer, int length)
    {
        // An empty tensor needs an address as well.
        if (buffer.Length < Math.Max(length, 1))
        {
            buffer = GC.AllocateArray<long>(Math.Max(length, 1), pinned: true);
        }
    }

    private static void Widen(ReadOnlySpan<int> source, long[] target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }
}
