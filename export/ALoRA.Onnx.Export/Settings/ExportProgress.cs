using System.Globalization;

namespace ALoRA.Onnx.Export;

/// <summary>How far an export is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="BytesDone">Checkpoint bytes read so far.</param>
/// <param name="BytesTotal">Checkpoint bytes to read in all; 0 before that is known.</param>
/// <param name="BytesPerSecond">Mean rate since the stage began.</param>
/// <param name="Remaining">Time to the end of the stage at that rate; null before a rate is known.</param>
public readonly record struct ExportProgress(
    ExportStage Stage, long BytesDone, long BytesTotal, double BytesPerSecond, TimeSpan? Remaining)
{
    /// <summary>
    /// A sentence for people, as the tool shows it: <c>Writing weights: 25 % of 2,000,000 bytes</c>, without the amount before that is
    /// known.
    /// </summary>
    public override string ToString() => BytesTotal > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{StageText()}: {100.0 * BytesDone / BytesTotal:0} % of {BytesTotal:N0} bytes")
        : StageText();

    private string StageText() => Stage switch
    {
        ExportStage.Check => "Checking the checkpoint",
        ExportStage.Calibrate => "Quantizing on the calibration text",
        ExportStage.Weights => "Writing weights",
        _ => "Writing graph and tokenizer",
    };
}
