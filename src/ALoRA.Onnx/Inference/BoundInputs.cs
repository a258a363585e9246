using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference;

/// <summary>The inputs of one binding whose contents change from run to run. Not thread-safe.</summary>
/// <param name="session">The graphs.</param>
/// <param name="binding">Where they are bound; not owned.</param>
internal sealed class BoundInputs(ModelSession session, OrtIoBinding binding) : IDisposable
{
    private readonly List<BoundInput> _inputs = [];

    /// <summary>An input of integers.</summary>
    public BoundInput Add<T>(string name)
        where T : unmanaged => Add(name, typeof(T) == typeof(long) ? TensorElementType.Int64 : TensorElementType.Int32);

    /// <summary>An input of the model's element type T.</summary>
    public BoundInput Add(string name) => Add(name, session.Type);

    /// <summary>Makes what was written visible to the next run.</summary>
    public void Publish()
    {
        foreach (BoundInput input in _inputs)
        {
            input.Publish();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _inputs.ForEach(input => input.Dispose());

    private BoundInput Add(string name, TensorElementType type)
    {
        BoundInput input = new(binding, session.Memory.IsHost, name, type, ElementTypes.SizeOf(type));
        _inputs.Add(input);
        return input;
    }
}
