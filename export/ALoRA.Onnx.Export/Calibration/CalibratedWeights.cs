using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>The matrices that calibration quantizes: listed while the export is planned, filled by <see cref="CalibrationPass"/>, read when the data file is written.</summary>
internal sealed class CalibratedWeights(ActivationType scaleType) : IDisposable
{
    private readonly List<CalibrationTarget> _targets = [];
    private readonly Dictionary<string, MatrixFormat.Blocks> _formats = new(StringComparer.Ordinal);

    /// <summary>What to quantize, in the order of the walk.</summary>
    public IReadOnlyList<CalibrationTarget> Targets => _targets;

    /// <summary>The quantized rows.</summary>
    public QuantizedRows Rows { get; } = new();

    /// <summary>Type of the scales.</summary>
    public ActivationType ScaleType => scaleType;

    /// <summary>Checkpoint bytes of all targets.</summary>
    public long SourceByteLength => _targets.Sum(target => target.Parts.Sum(part => part.ByteLength));

    /// <summary>Adds a part of a projection.</summary>
    public void Add(string weight, CheckpointTensor part, MatrixFormat.Blocks format)
    {
        _formats.Add(part.Name, format);
        if (_targets.Count == 0 || _targets[^1].Weight != weight)
        {
            _targets.Add(new CalibrationTarget(weight, [], format));
        }

        _targets[^1].Parts.Add(part);
        Rows.Add(part.Name, part.RowCount * Layout(format, checked((int)part.RowLength)).OutputRowByteLengths.Sum());
    }

    public bool Contains(string tensor) => _formats.ContainsKey(tensor);

    /// <summary>Gives a part's rows as they are stored.</summary>
    public RowConverter Stored(CheckpointTensor part) =>
        new QuantizedRowsConverter(Rows, Layout(_formats[part.Name], checked((int)part.RowLength)));

    /// <summary>Gives a part's rows as the float32 numbers that they stand for.</summary>
    public RowConverter Dequantized(CheckpointTensor part) =>
        new DequantizedRows(Stored(part), _formats[part.Name], scaleType, checked((int)part.RowLength));

    public void Dispose() => Rows.Dispose();

    private BlockQuantizer Layout(MatrixFormat.Blocks format, int columns) => new(format, scaleType, columns, QuantizationMethod.Gptq);
}
