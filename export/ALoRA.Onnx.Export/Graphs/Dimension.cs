using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>A dimension of a graph input or output: a number, or a symbol for what each run decides.</summary>
internal readonly record struct Dimension
{
    private readonly long _size;
    private readonly string? _symbol;

    private Dimension(long size, string? symbol)
    {
        _size = size;
        _symbol = symbol;
    }

    public static implicit operator Dimension(long size) => new(size, null);

    public static implicit operator Dimension(string symbol) => new(0, symbol);

    public TensorShapeProto.Types.Dimension ToProto() =>
        _symbol is null ? new() { DimValue = _size } : new() { DimParam = _symbol };
}
