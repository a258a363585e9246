using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Adapters.Tables;

/// <summary>
/// Places for adapters at fixed addresses, which graphs with operators of our own read. An adapter is written into a place while others are
/// read. Not thread-safe but for <see cref="Inputs"/>; see <see cref="AdapterTables"/>.
/// </summary>
internal sealed class AdapterTable : IDisposable
{
    /// <summary>What a row's <c>adapter_slot</c> says where the base computes it.</summary>
    public const int NoSlot = -1;

    /// <summary>Writes <c>adapter_slot</c> of a run of one sequence.</summary>
    /// <param name="places">One element a row; or a single one for all rows, where they are all adapted.</param>
    /// <param name="place">The adapter's place.</param>
    /// <param name="adaptedFrom">Index of the first adapted row; all are where it is not positive.</param>
    public static void FillPlaces(Span<int> places, int place, int adaptedFrom)
    {
        int first = Math.Clamp(adaptedFrom, 0, places.Length);
        places[..first].Fill(NoSlot);
        places[first..].Fill(place);
    }

    private readonly ModelManifest _model;
    private readonly TensorMemory _memory;
    private readonly TableForm _form;
    private readonly List<MemoryTensor> _tensors = [];
    private readonly List<MemoryTensor> _ranks = [];
    private readonly List<(string InputName, OrtValue Value)> _inputs = [];
    private readonly Place[] _places;

    /// <summary>Allocates a table whose places are free.</summary>
    /// <param name="model">The model.</param>
    /// <param name="memory">Where its graphs read adapters.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="ranks">Rank that each group has room for.</param>
    /// <param name="slots">Places.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public AdapterTable(ModelManifest model, TensorMemory memory, TensorElementType type, IReadOnlyList<int> ranks, int slots)
    {
        _model = model;
        _memory = memory;
        _form = new TableForm(isPadded: !memory.IsHost, ElementTypes.Parse(model.Precision.Activations), type);
        (Type, Ranks) = (type, ranks);
        _places = new Place[slots];
        try
        {
            for (int i = 0; i < ranks.Count; i++)
            {
                Allocate(model.AdapterGroups[i], ranks[i]);
            }

            WriteRanks();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Type of the elements.</summary>
    public TensorElementType Type { get; }

    /// <summary>Rank that each group has room for.</summary>
    public IReadOnlyList<int> Ranks { get; }

    /// <summary>Number of places.</summary>
    public int Slots => _places.Length;

    /// <summary>The tensors by graph input, at the same addresses as long as there is the table.</summary>
    public IReadOnlyList<(string InputName, OrtValue Value)> Inputs => _inputs;

    /// <summary>Bytes that one place has room for.</summary>
    public long BytesOfSlot => BytesOf(_model, Type, Ranks);

    /// <summary>Whether the memory was freed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Whether any place is held.</summary>
    public bool IsHeld => Array.Exists(_places, place => place.Holders > 0);

    /// <summary>Bytes of one place of such a table.</summary>
    public static long BytesOf(ModelManifest model, TensorElementType type, IReadOnlyList<int> ranks) => model.LayerCount
        * model.AdapterGroups.Zip(ranks, (group, rank) => (long)rank * ((group.Outputs.Count * (long)group.InputSize) + group.OutputSize))
            .Sum()
        * ElementTypes.SizeOf(type);

    /// <summary>Bytes that an adapter takes in such a table.</summary>
    public long BytesOf(AdapterLayout layout) => BytesOf(_model, Type, _form.IsPadded ? Ranks : layout.Ranks);

    /// <summary>Whether an adapter's ranks have room here.</summary>
    public bool Fits(AdapterLayout layout)
    {
        for (int i = 0; i < Ranks.Count; i++)
        {
            if (layout.Ranks[i] > Ranks[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The place of an adapter; -1 if it has none.</summary>
    public int IndexOf(Adapter adapter) => Array.FindIndex(_places, place => ReferenceEquals(place.Adapter, adapter));

    /// <summary>
    /// A place for another adapter: a free one, or of those that nobody holds the one unused longest; -1 if all are held.
    /// </summary>
    public int FindRoom()
    {
        int found = -1;
        for (int i = 0; i < _places.Length; i++)
        {
            if (_places[i].Holders == 0 && (found < 0 || Age(i) < Age(found)))
            {
                found = i;
            }
        }

        return found;

        long Age(int place) => _places[place].Adapter is null ? -1 : _places[place].LastUse;
    }

    /// <summary>Who is in a place; null for nobody.</summary>
    public Adapter? AdapterAt(int slot) => _places[slot].Adapter;

    /// <summary>Holds a place.</summary>
    public void Hold(int slot) => _places[slot].Holders++;

    /// <summary>Gives a place up, which the adapter keeps until someone else needs it.</summary>
    /// <param name="slot">The place.</param>
    /// <param name="now">A number that grows with each call.</param>
    public void Release(int slot, long now)
    {
        _places[slot].Holders--;
        _places[slot].LastUse = now;
    }

    /// <summary>Writes an adapter into a place that nobody holds.</summary>
    public void Write(int slot, Adapter adapter, AdapterLayout layout)
    {
        _places[slot].Adapter = null;
        Dictionary<string, OrtValue> weights = adapter.Weights.HostInputs.ToDictionary(
            input => input.InputName, input => input.Value, StringComparer.Ordinal);
        for (int i = 0; i < Ranks.Count; i++)
        {
            AdapterGroup group = _model.AdapterGroups[i];
            for (int layer = 0; layer < _model.LayerCount && layout.Ranks[i] > 0; layer++)
            {
                WriteLayer(slot, i, layer, layout, weights[group.InputNameOfA(layer)], weights[group.InputNameOfB(layer)]);
            }

            _places[slot].Ranks[i] = layout.Ranks[i];
        }

        WriteRanks();
        _places[slot].Adapter = adapter;
    }

    /// <summary>Empties the place of an adapter, if it has one, and gives its memory back to the system as far as that takes it.</summary>
    public void Forget(Adapter adapter)
    {
        int slot = IndexOf(adapter);
        if (slot < 0)
        {
            return;
        }

        _places[slot].Adapter = null;
        foreach (MemoryTensor tensor in _tensors)
        {
            if (_memory.IsHost && _places[slot].Holders == 0)
            {
                long bytes = tensor.Bytes / Slots;
                SystemMemory.Discard(tensor.Address + (nint)(slot * bytes), bytes);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IsDisposed = true;
        _tensors.ForEach(tensor => tensor.Dispose());
        _ranks.ForEach(tensor => tensor.Dispose());
    }

    private void Allocate(AdapterGroup group, int rank)
    {
        long wide = (long)rank * group.Outputs.Count;
        for (int layer = 0; layer < _model.LayerCount; layer++)
        {
            Add(_tensors, group.InputNameOfA(layer), Type,
                _form.IsPadded ? [Slots, wide, group.InputSize] : [Slots, group.InputSize, wide]);
            Add(
                _tensors, group.InputNameOfB(layer), Type,
                _form.IsPadded ? [Slots, group.OutputSize, rank] : [Slots, rank, group.OutputSize]);
        }

        Add(_ranks, GraphSignature.AdapterRanks(group), TensorElementType.Int32, [Slots]);
    }

    private void Add(List<MemoryTensor> list, string name, TensorElementType type, ReadOnlySpan<long> shape)
    {
        list.Add(_memory.Allocate(type, shape));
        _inputs.Add((name, list[^1].Value));
    }

    // Tensors stand by group, in it by layer, and in it A before B.
    private unsafe void WriteLayer(int slot, int group, int layer, AdapterLayout layout, OrtValue a, OrtValue b)
    {
        int first = ((group * _model.LayerCount) + layer) * 2;
        AdapterGroup of = _model.AdapterGroups[group];
        for (int i = 0; i < 2; i++)
        {
            MemoryTensor tensor = _tensors[first + i];
            long bytes = tensor.Bytes / Slots;
            nint target = tensor.Address + (nint)(slot * bytes);
            using NativeBuffer? staged = _memory.IsHost ? null : new NativeBuffer(bytes);
            Span<byte> place = new((void*)(staged?.Address ?? target), checked((int)bytes));
            if (i == 0)
            {
                _form.WriteA(of, group, layer, layout, Ranks[group], a.GetTensorMutableRawData(), place);
            }
            else
            {
                _form.WriteB(of, group, layer, layout, Ranks[group], b.GetTensorMutableRawData(), place);
            }

            if (staged is not null)
            {
                _memory.Upload([new MemoryStretch(staged.Address, target, bytes)]);
            }
        }
    }

    private unsafe void WriteRanks()
    {
        using NativeBuffer staged = new(Slots * sizeof(int));
        for (int i = 0; i < _ranks.Count; i++)
        {
            Span<int> ranks = new((void*)staged.Address, Slots);
            for (int slot = 0; slot < Slots; slot++)
            {
                _places[slot].Ranks ??= new int[Ranks.Count];
                ranks[slot] = _places[slot].Ranks[i];
            }

            _memory.Upload([new MemoryStretch(staged.Address, _ranks[i].Address, Slots * sizeof(int))]);
        }
    }

    private struct Place
    {
        public Adapter? Adapter;
        public int[] Ranks;
        public int Holders;
        public long LastUse;
    }
}
