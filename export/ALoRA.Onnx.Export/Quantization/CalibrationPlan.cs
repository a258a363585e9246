using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>The matrices that calibration has to quantize, and how their rows are held from then on. Immutable.</summary>
internal sealed class CalibrationPlan
{
    private readonly Dictionary<string, MatrixFormat.Blocks> _formats = new(StringComparer.Ordinal);

    public CalibrationPlan(ActivationType scaleType, IReadOnlyList<CalibrationTarget> targets)
    {
        ScaleType = scaleType;
        Targets = targets;
        foreach (CalibrationTarget target in targets)
        {
            foreach (CheckpointTensor part in target.Parts)
            {
                _formats.Add(part.Name, target.Format);
            }
        }
    }

    /// <summary>What to quantize, in the order of the walk.</summary>
    public IReadOnlyList<CalibrationTarget> Targets { get; }

    /// <summary>Type of the scales.</summary>
    public ActivationType ScaleType { get; }

    /// <summary>Checkpoint bytes of all targets.</summary>
    public long SourceByteLength => Targets.Sum(target => target.Parts.Sum(part => part.ByteLength));

    /// <summary>How a tensor is held; null where calibration leaves it alone.</summary>
    public MatrixFormat.Blocks? FormatOf(string tensor) => _formats.GetValueOrDefault(tensor);
}
