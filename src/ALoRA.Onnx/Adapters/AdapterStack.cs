using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Adapters;

/// <summary>
/// Several adapters next to each other along R, one slot each, so that the mask <c>[batch, sequence, slots]</c> chooses one for each row.
/// Ranks are padded with zeros to the widest. A single adapter is bound as it is.
/// </summary>
internal sealed class AdapterStack : IDisposable
{
    private readonly List<MemoryTensor> _tensors = [];
    private readonly List<(string InputName, OrtValue Value)> _inputs = [];
    private int[] _widths = [];
    private bool _hasBias;
    private int _references = 1;

    private AdapterStack(IReadOnlyList<Adapter> adapters, int slots) => (Adapters, Slots) = (adapters, slots);

    /// <summary>The adapter of each slot.</summary>
    public IReadOnlyList<Adapter> Adapters { get; private set; }

    /// <summary>Slots, some of which may be empty behind the adapters.</summary>
    public int Slots { get; }

    /// <summary>
    /// A <c>[in, slots · R]</c>, B <c>[slots · R, out]</c> and, if one of them has it, the bias <c>[slots · R]</c>
    /// by graph input; element type T of the model. A group that no adapter has is left out.
    /// </summary>
    public IReadOnlyList<(string InputName, OrtValue Value)> Inputs => _inputs;

    /// <summary>
    /// Copies the weights of adapters, all of which must stay loaded meanwhile;
    /// those of a single one must stay loaded as long as the stack is used.
    /// </summary>
    /// <param name="adapters">The adapters in the order of their slots.</param>
    /// <param name="model">The model that they adapt.</param>
    /// <param name="memory">Where the model's graphs read them.</param>
    /// <param name="slots">Slots at least, for adapters that are written in later; see <see cref="TryReplace"/>.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public static AdapterStack Create(IReadOnlyList<Adapter> adapters, ModelManifest model, TensorMemory memory, int slots = 0)
    {
        AdapterStack stack = new(adapters, Math.Max(slots, adapters.Count));
        if (stack.Slots == 1)
        {
            stack._inputs.AddRange(adapters[0].Weights.Inputs);
            return stack;
        }

        stack._widths = [.. model.AdapterGroups.Select(group => adapters.Max(adapter => RankOf(adapter, group)))];
        stack._hasBias = adapters.Any(adapter => adapter.Manifest.HasLoraBias);
        try
        {
            stack.Fill(model);
            stack.MoveTo(memory);
            return stack;
        }
        catch
        {
            stack.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes other adapters over these, at the same addresses, so that runs that were captured over them stay valid. No run may read them
    /// meanwhile.
    /// </summary>
    /// <param name="adapters">The adapters, all of which must stay loaded meanwhile.</param>
    /// <param name="model">The model that they adapt.</param>
    /// <param name="memory">Where the stack is.</param>
    /// <returns>Whether they fit: there are slots for them, of their ranks.</returns>
    public bool TryReplace(IReadOnlyList<Adapter> adapters, ModelManifest model, TensorMemory memory)
    {
        if (adapters.Count > Slots || Slots == 1 || (!_hasBias && adapters.Any(adapter => adapter.Manifest.HasLoraBias))
            || !model.AdapterGroups.Zip(_widths).All(group => adapters.All(adapter => RankOf(adapter, group.First) <= group.Second)))
        {
            return false;
        }

        using AdapterStack other = new(adapters, Slots) { _widths = _widths, _hasBias = _hasBias };
        other.Fill(model);
        memory.Upload([.. other._tensors.Zip(_tensors, (from, to) => new MemoryStretch(from.Address, to.Address, from.Bytes))]);
        Adapters = adapters;
        return true;
    }

    /// <summary>The slot of an adapter of the stack.</summary>
    public int IndexOf(Adapter adapter)
    {
        for (int i = 0; i < Adapters.Count; i++)
        {
            if (ReferenceEquals(Adapters[i], adapter))
            {
                return i;
            }
        }

        throw new InvalidOperationException($"The adapter '{adapter.Name}' is not in this stack.");
    }

    /// <summary>Keeps the stack until one more <see cref="Dispose"/>.</summary>
    public AdapterStack AddReference()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    /// <summary>Gives up a reference; the last one frees the memory.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _tensors.ForEach(tensor => tensor.Dispose());
        }
    }

    private static int RankOf(Adapter adapter, AdapterGroup group) =>
        adapter.Manifest.Groups.FirstOrDefault(rank => rank.Name == group.Name)?.Rank ?? 0;

    private void Fill(ModelManifest model)
    {
        Dictionary<string, OrtValue>[] weights = [.. Adapters.Select(adapter => adapter.Weights.HostInputs.ToDictionary(
            input => input.InputName, input => input.Value, StringComparer.Ordinal))];
        foreach ((AdapterGroup group, int widest) in model.AdapterGroups.Zip(_widths))
        {
            int[] ranks = [.. Adapters.Select(adapter => RankOf(adapter, group))];
            for (int layer = 0; layer < model.LayerCount && widest > 0; layer++)
            {
                Add(group, layer, ranks, widest, weights, ElementTypes.Parse(model.Precision.Activations));
            }
        }
    }

    private void Add(
        AdapterGroup group, int layer, int[] ranks, int widest, Dictionary<string, OrtValue>[] weights, TensorElementType type)
    {
        int width = widest * Slots;
        int size = ElementTypes.SizeOf(type);
        string nameOfA = group.InputNameOfA(layer);
        string nameOfB = group.InputNameOfB(layer);
        string nameOfBias = group.InputNameOfABias(layer);
        Span<byte> a = Allocate(nameOfA, type, group.InputSize, width);
        Span<byte> b = Allocate(nameOfB, type, width, group.OutputSize);
        Span<byte> bias = _hasBias ? Allocate(nameOfBias, type, width) : default;
        bias.Clear();
        a.Clear();
        b.Clear();
        for (int slot = 0; slot < ranks.Length; slot++)
        {
            if (ranks[slot] == 0)
            {
                continue;
            }

            Span<byte> own = weights[slot][nameOfA].GetTensorMutableRawData();
            int ownRow = ranks[slot] * size;
            for (int row = 0; row < group.InputSize; row++)
            {
                own.Slice(row * ownRow, ownRow).CopyTo(a[(((row * width) + (slot * widest)) * size)..]);
            }

            if (_hasBias && weights[slot].TryGetValue(nameOfBias, out OrtValue? ownBias))
            {
                ownBias.GetTensorMutableRawData().CopyTo(bias[(slot * widest * size)..]);
            }

            weights[slot][nameOfB].GetTensorMutableRawData().CopyTo(b[(slot * widest * group.OutputSize * size)..]);
        }
    }

    private void MoveTo(TensorMemory memory)
    {
        for (int i = 0; i < _tensors.Count && !memory.IsHost; i++)
        {
            MemoryTensor moved = memory.Upload(_tensors[i].Value);
            _tensors[i].Dispose();
            _tensors[i] = moved;
            _inputs[i] = (_inputs[i].InputName, moved.Value);
        }
    }

    private unsafe Span<byte> Allocate(string name, TensorElementType type, params ReadOnlySpan<long> shape)
    {
        NativeTensor tensor = new(type, shape);
        _tensors.Add(tensor);
        _inputs.Add((name, tensor.Value));
        return new Span<byte>((void*)tensor.Address, checked((int)tensor.Bytes));
    }
}
