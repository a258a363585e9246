using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators;

/// <summary>An input or output of a run; valid during it.</summary>
/// <param name="table">The API's table.</param>
/// <param name="value">ONNX Runtime's <c>OrtValue</c>; 0 is an optional input that the node leaves out.</param>
internal readonly unsafe ref struct KernelTensor(void** table, nint value)
{
    private readonly void** _table = table;
    private readonly nint _value = value;

    /// <summary>Whether the node has it.</summary>
    public bool Exists => _value != 0;

    /// <summary>Its first byte.</summary>
    public void* Data
    {
        get
        {
            void* data;
            // These calls end at once and never come back into managed code, so they need not tell the collector.
            OrtApi.Check(
                _table, ((delegate* unmanaged[SuppressGCTransition]<nint, void**, nint>)_table[OrtEntry.TensorData])(_value, &data));
            return data;
        }
    }

    /// <summary>Its sizes, in memory of ONNX Runtime.</summary>
    public ReadOnlySpan<long> Shape => Describe(out _);

    /// <summary>Type of its elements.</summary>
    public TensorElementType Type
    {
        get
        {
            Describe(out int type);
            return (TensorElementType)type;
        }
    }

    private ReadOnlySpan<long> Describe(out int type)
    {
        int found;
        long* shape;
        nuint rank;
        OrtApi.Check(
            _table,
            ((delegate* unmanaged[SuppressGCTransition]<nint, int*, long**, nuint*, nint>)_table[OrtEntry.TensorShape])(
                _value, &found, &shape, &rank));
        type = found;
        return new ReadOnlySpan<long>(shape, (int)rank);
    }
}
