using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// Collects what the data file will hold while the graphs are built.
/// What several graphs ask for is stored once, and so is the same table twice in the same format.
/// </summary>
/// <param name="tensors">The checkpoint.</param>
/// <param name="precision">How weights are held.</param>
/// <param name="quantized">
/// Matrices that are taken as the numbers that they are quantized to; null for none. The data file's writer is given their rows.
/// </param>
internal sealed class WeightPlanner(
    IReadOnlyDictionary<string, CheckpointTensor> tensors, PrecisionPlan precision, CalibrationPlan? quantized = null)
{
    private readonly List<CalibrationTarget> _targets = [];
    private readonly Dictionary<string, MatrixFormat.Blocks> _calibrated = new(StringComparer.Ordinal);
    private readonly List<WeightPlan> _plans = [];
    private readonly Dictionary<(string, MatrixFormat), PlannedMatrix> _tables = [];
    private readonly Dictionary<string, PlannedMatrix> _matrices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredTensor> _vectors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RotaryTablePlan> _rotaries = new(StringComparer.Ordinal);

    /// <summary>All plans in the order of the requests.</summary>
    public IReadOnlyList<WeightPlan> Plans => _plans;

    /// <summary>What calibration has to quantize before the data file is written, once all graphs are built.</summary>
    public CalibrationPlan PlanCalibration() => new(Type, [.. _targets]);

    private ActivationType Type => precision.Activations;

    /// <summary>A vector of the activation type: norm weights, biases; each element plus <paramref name="shift"/>.</summary>
    public StoredTensor Vector(string name, IReadOnlyList<string> parts, float shift = 0)
    {
        if (_vectors.TryGetValue(name, out StoredTensor? planned))
        {
            return planned;
        }

        CheckpointTensor[] sources = [.. parts.Select(part => tensors[part])];
        StoredTensor stored = new(name, 1, checked((int)sources.Sum(source => source.ElementCount) * Type.ByteSize()));
        _plans.Add(new VectorPlan(sources, shift, Type, stored));
        _vectors.Add(name, stored);
        return stored;
    }

    /// <summary>The embedding table.</summary>
    public PlannedMatrix Embedding(string tensor) => Table(tensor, precision.Embedding);

    /// <summary>The head; where it is the embedding's tensor in the embedding's format, it is the embedding's bytes.</summary>
    public PlannedMatrix Head(string tensor) => Table(tensor, precision.Head);

    /// <summary>The base weights of a projection: one matrix, or one for each part where the parts are held differently.</summary>
    public IReadOnlyList<PlannedMatrix> Projection(string path, ProjectionBlueprint projection)
    {
        CheckpointTensor[] parts = [.. projection.Parts.Select(part => tensors[part.Weight])];
        MatrixFormat[] formats =
            [.. parts.Select(part => MatrixFormats.Choose(part.Encoding, precision.ProjectionOf(part.Name), precision))];
        bool isPlanned = _matrices.ContainsKey($"{path}.weight") || parts.Any(part => _matrices.ContainsKey(part.Name));
        if (precision.Method == QuantizationMethod.Gptq && !isPlanned)
        {
            AddForCalibration($"{path}.weight", parts, formats);
        }

        return formats.Distinct().Count() == 1
            ? [Matrix($"{path}.weight", parts, formats[0])]
            : [.. parts.Zip(formats, (part, format) => Matrix(part.Name, [part], format))];
    }

    /// <summary>The tables of cosines and sines.</summary>
    public (StoredTensor Cosines, StoredTensor Sines) Rotary(string name, RopeSettings rope, int positions)
    {
        if (!_rotaries.TryGetValue(name, out RotaryTablePlan? plan))
        {
            plan = new RotaryTablePlan(rope, positions, Type, name);
            _plans.Add(plan);
            _rotaries.Add(name, plan);
        }

        return (plan.Outputs[0], plan.Outputs[1]);
    }

    private PlannedMatrix Table(string tensor, MatrixPrecision wanted)
    {
        CheckpointTensor source = tensors[tensor];
        MatrixFormat format = MatrixFormats.Choose(source.Encoding, wanted, precision);
        if (!_tables.TryGetValue((tensor, format), out PlannedMatrix? table))
        {
            // Initializers need names of their own where one tensor is held in two ways.
            string name = _tables.Keys.Any(key => key.Item1 == tensor) ? $"lm_head.{tensor}" : tensor;
            table = Matrix(name, [source], format);
            _tables.Add((tensor, format), table);
        }

        return table;
    }

    private PlannedMatrix Matrix(string name, CheckpointTensor[] parts, MatrixFormat format)
    {
        if (!_matrices.TryGetValue(name, out PlannedMatrix? matrix))
        {
            matrix = Plan(name, parts, format);
            _matrices.Add(name, matrix);
        }

        return matrix;
    }

    private PlannedMatrix Plan(string name, CheckpointTensor[] parts, MatrixFormat format)
    {
        int columns = checked((int)parts[0].RowLength);
        int rows = checked((int)parts.Sum(part => part.RowCount));
        if (format is MatrixFormat.Blocks { IsSplit: true } split)
        {
            return SplitMatrix(name, parts, rows, columns, split);
        }

        RowConverter[] converters = [.. parts.Select(part => Converter(part, format, columns))];
        StoredTensor Stored(int output, string suffix) => new(name + suffix, rows, converters[0].OutputRowByteLengths[output]);
        if (format is not MatrixFormat.Blocks blocks)
        {
            StoredTensor values = Stored(0, "");
            _plans.Add(new MatrixPlan(parts, converters, [values]));
            return new PlannedMatrix(name, rows, columns, format, values);
        }

        PlannedMatrix matrix = new(name, rows, columns, format, Stored(0, ".codes"))
        {
            Scales = Stored(1, ".scales"),
            ZeroPoints = blocks.HasZeroPoints ? Stored(2, ".zero_points") : null,
            Minimums = blocks.HasMinimums ? Stored(2, ".minimums") : null,
        };
        StoredTensor?[] outputs = [matrix.Values, matrix.Scales, matrix.ZeroPoints, matrix.Minimums];
        _plans.Add(new MatrixPlan(parts, converters, [.. outputs.OfType<StoredTensor>()]));
        return matrix;
    }

    private PlannedMatrix SplitMatrix(string name, CheckpointTensor[] parts, int rows, int columns, MatrixFormat.Blocks format)
    {
        RowConverter[] converters =
            [.. parts.Select(part => new NibbleSplitter(Converter(part, format with { IsSplit = false }, columns), format, columns))];
        IReadOnlyList<int> lengths = converters[0].OutputRowByteLengths;
        PlannedMatrix matrix = new(name, rows, columns, format, new StoredTensor($"{name}.codes_high", rows, lengths[0]))
        {
            LowValues = new StoredTensor($"{name}.codes_low", rows, lengths[1]),
            Scales = new StoredTensor($"{name}.scales", rows, lengths[2]),
            LowZeroPoints = new StoredTensor($"{name}.zero_points_low", rows, lengths[3]),
            ZeroPoints = format.HasZeroPoints ? new StoredTensor($"{name}.zero_points_high", rows, lengths[4]) : null,
        };
        StoredTensor?[] outputs = [matrix.Values, matrix.LowValues, matrix.Scales, matrix.LowZeroPoints, matrix.ZeroPoints];
        _plans.Add(new MatrixPlan(parts, converters, [.. outputs.OfType<StoredTensor>()]));
        return matrix;
    }

    private void AddForCalibration(string weight, CheckpointTensor[] parts, MatrixFormat[] formats)
    {
        List<CheckpointTensor> chosen = [];
        foreach ((CheckpointTensor part, MatrixFormat format) in parts.Zip(formats))
        {
            if (format is MatrixFormat.Blocks { Bits: 4 } blocks && blocks != GgufBlocks.FormatOf(part.Encoding))
            {
                _calibrated.Add(part.Name, blocks);
                chosen.Add(part);
            }
        }

        if (chosen.Count > 0)
        {
            _targets.Add(new CalibrationTarget(weight, chosen, _calibrated[chosen[0].Name]));
        }
    }

    private RowConverter Converter(CheckpointTensor part, MatrixFormat format, int columns) => format switch
    {
        MatrixFormat.Blocks when _calibrated.TryGetValue(part.Name, out MatrixFormat.Blocks? stored) =>
            new QuantizedRowsConverter(part.Name, stored, Type, columns),
        MatrixFormat.Blocks blocks when blocks == GgufBlocks.FormatOf(part.Encoding) => new GgufBlocks(part.Encoding, Type, columns),
        MatrixFormat.Blocks blocks => new BlockQuantizer(blocks, Type, columns, precision.Method),
        _ when quantized?.FormatOf(part.Name) is { } stored => new DequantizedRows(part.Name, stored, quantized.ScaleType, columns),
        _ when part.Encoding == TensorEncoding.BF16 && Type == ActivationType.BFloat16 =>
            new CopyConverter(checked(columns * Type.ByteSize())),
        _ => new FloatConverter(Type, columns),
    };
}
