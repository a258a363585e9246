using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Adapters;

/// <summary>The tensors of an adapter, checked against a model and ready to be bound to its graph.</summary>
internal sealed class AdapterWeights : IDisposable
{
    // Trained weights are below 10. Up to this, no product of A, B and an activation comes near the end of float32.
    private const float LargestUsual = 1024;

    private readonly AdapterFile _file;
    private readonly List<(string InputName, OrtValue Value)> _hostInputs;
    private readonly List<MemoryTensor> _moved = [];
    private readonly Lazy<string> _contentHash;
    private readonly Lazy<bool> _fitsBFloat16;
    private readonly List<(string InputName, OrtValue Value)> _movedInputs = [];
    private AdapterLayout? _layout;

    private AdapterWeights(AdapterFile file, List<(string InputName, OrtValue Value)> inputs, float largest)
    {
        _file = file;
        _hostInputs = inputs;
        _contentHash = new Lazy<string>(file.Hash);
        _fitsBFloat16 = new Lazy<bool>(
            () => _hostInputs.TrueForAll(input => input.Value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float
                && LargestWeight.FitsBFloat16(input.Value.GetTensorMutableRawData())));
        IsOutsized = !(largest <= LargestUsual);
    }

    /// <summary>
    /// SHA-256 of the file, in hexadecimal digits: what tells rows of this adapter from those of any other, whatever its name.
    /// </summary>
    public string ContentHash => _contentHash.Value;

    /// <summary>
    /// Whether a weight is so large that what others compute in the same run could become infinite; 0 times that is no number.
    /// </summary>
    public bool IsOutsized { get; }

    /// <summary>
    /// Whether all weights are float32 values that bfloat16 holds exactly, as those of an adapter that was trained in it.
    /// </summary>
    public bool FitsBFloat16 => _fitsBFloat16.Value;

    /// <summary>
    /// A <c>[in, R]</c>, B <c>[R, out]</c> and, with a bias, what is added to A·x <c>[R]</c>, of every layer and group,
    /// by graph input, where the model's graphs read them; element type T of the model; owned by this object.
    /// </summary>
    public IReadOnlyList<(string InputName, OrtValue Value)> Inputs => _moved.Count > 0 ? _movedInputs : _hostInputs;

    /// <summary>The same in the process's memory.</summary>
    public IReadOnlyList<(string InputName, OrtValue Value)> HostInputs => _hostInputs;

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => _file.Bytes;

    /// <summary>Whether the memory was freed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Reads an adapter's weights and compares them with its manifest and with the model.</summary>
    /// <exception cref="ModelFormatException">
    /// A tensor is missing, surplus, has another type or shape than manifest and model ask for, or holds an infinity or NaN.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public static AdapterWeights Read(string path, AdapterManifest adapter, ModelManifest model, TensorMemory memory)
    {
        AdapterFile file = AdapterFile.Read(path);
        List<(string InputName, OrtValue Value)> inputs = [];
        try
        {
            Dictionary<string, AdapterParameter> parameters =
                file.Parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
            CheckMask(path, parameters, file, adapter);
            float largest = 0;
            foreach ((string name, long[] shape) in Expected(path, adapter, model))
            {
                inputs.Add((name, Take(path, parameters, file, name, shape, ElementTypes.Parse(adapter.ElementType), ref largest)));
            }

            if (parameters.Count > 0)
            {
                throw new ModelFormatException(
                    $"{path} has the tensor "
                    + $"'{parameters.Keys.First()}'{(parameters.Count > 1 ? $" and {parameters.Count - 1} more" : "")}, which "
                    + $"{AdapterManifest.FileName} does not account for. Convert the adapter again for this model.");
            }

            AdapterWeights weights = new(file, inputs, largest);
            (file, inputs) = (null!, []);
            weights.MoveTo(memory);
            return weights;
        }
        finally
        {
            inputs.ForEach(input => input.Value.Dispose());
            file?.Dispose();
        }
    }

    /// <summary>How the weights lie in a table; looked at once.</summary>
    public AdapterLayout LayoutOf(Adapter owner, ModelManifest model) => _layout ??= AdapterLayout.Of(owner, model);

    /// <inheritdoc/>
    public void Dispose()
    {
        IsDisposed = true;
        _moved.ForEach(tensor => tensor.Dispose());
        _moved.Clear();
        _hostInputs.ForEach(input => input.Value.Dispose());
        _hostInputs.Clear();
        _file.Dispose();
    }

    // Bound from the process's memory, they would be copied to the device in every run.
    private void MoveTo(TensorMemory memory)
    {
        if (memory.IsHost)
        {
            return;
        }

        try
        {
            foreach ((string name, OrtValue value) in _hostInputs)
            {
                _moved.Add(memory.Upload(value));
                _movedInputs.Add((name, _moved[^1].Value));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> Expected(string path, AdapterManifest adapter, ModelManifest model)
    {
        if (adapter.HasLoraBias && !model.HasAdapterBias)
        {
            throw new ModelFormatException(
                $"{path}: the adapter was trained with lora_bias, but the model '{model.Name}' was exported without inputs for it. Export "
                + "the model again with --adapter-bias.");
        }

        foreach (AdapterGroupRank rank in adapter.Groups)
        {
            AdapterGroup group = model.AdapterGroups.FirstOrDefault(group => group.Name == rank.Name)
                ?? throw new ModelFormatException(
                    $"{path}: the adapter targets the group '{rank.Name}', but the model has "
                    + $"{(model.AdapterGroups.Count == 0 ? "none" : string.Join(", ", model.AdapterGroups.Select(group => group.Name)))}. "
                    + "Export the model with that group, or convert the adapter for this model.");
            for (int layer = 0; layer < model.LayerCount; layer++)
            {
                yield return (group.InputNameOfA(layer), [group.InputSize, rank.Rank]);
                yield return (group.InputNameOfB(layer), [rank.Rank, group.OutputSize]);
                if (adapter.HasLoraBias)
                {
                    yield return (group.InputNameOfABias(layer), [rank.Rank]);
                }
            }
        }
    }

    private static OrtValue Take(
        string path, Dictionary<string, AdapterParameter> parameters, AdapterFile file, string name, long[] shape, TensorElementType type,
        ref float largest)
    {
        if (!parameters.Remove(name, out AdapterParameter? parameter))
        {
            throw new ModelFormatException($"{path}: the tensor '{name}' is missing. Convert the adapter again for this model.");
        }

        if (parameter.OnnxType != (int)type || !parameter.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new ModelFormatException(
                $"{path}: the tensor '{name}' should be {type} [{string.Join(", ", shape)}], but is "
                + $"{(TensorElementType)parameter.OnnxType} [{string.Join(", ", parameter.Shape)}]. Convert the "
                + "adapter again for this model.");
        }

        largest = Math.Max(largest, LargestOf(path, name, BitsAt(file.AddressOf(parameter), parameter.Length), type));
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, file.AddressOf(parameter), parameter.Length);
    }

    // One such weight makes every row that it touches no number, and with it what is computed beside that row.
    private static float LargestOf(string path, string name, ReadOnlySpan<byte> weights, TensorElementType type)
    {
        float largest = LargestWeight.Of(weights, type);
        return float.IsFinite(largest)
            ? largest
            : throw new ModelFormatException(
                $"{path}: the tensor '{name}' holds {(float.IsNaN(largest) ? "NaN" : "an infinity")}, first no finite number at element "
                + $"{LargestWeight.IndexOfNonFinite(weights, type)}; an adapter's weights must be finite. Train it "
                + "again, or convert it again "
                + "from a checkpoint that is whole.");
    }

    private static void CheckMask(string path, Dictionary<string, AdapterParameter> parameters, AdapterFile file, AdapterManifest adapter)
    {
        // For stock ONNX Runtime, which has no other way to switch the adapter on. Here the mask comes from the activation rule.
        if (!parameters.Remove(Models.GraphSignature.ActivationMask, out AdapterParameter? mask))
        {
            return;
        }

        TensorElementType type = ElementTypes.Parse(adapter.ElementType);
        uint one = ElementTypes.One(type);
        if (mask.OnnxType != (int)type
            || !mask.Shape.AsSpan().SequenceEqual([1, 1, 1])
            || !BitsAt(file.AddressOf(mask), mask.Length).SequenceEqual(
                MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in one))[..mask.Length]))
        {
            throw new ModelFormatException(
                $"{path}: '{Models.GraphSignature.ActivationMask}' should be {adapter.ElementType} [1, 1, 1] with the value 1. "
                + "Convert the adapter again.");
        }
    }

    private static unsafe ReadOnlySpan<byte> BitsAt(nint address, int length) => new((void*)address, length);
}
