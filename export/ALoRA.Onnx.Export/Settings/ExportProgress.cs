namespace ALoRA.Onnx.Export;

/// <summary>How far an export is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="BytesDone">Checkpoint bytes read so far.</param>
/// <param name="BytesTotal">Checkpoint bytes to read in all; 0 before that is known.</param>
/// <param name="BytesPerSecond">Mean rate since the stage began.</param>
/// <param name="Remaining">Time to the end of the stage at that rate; null before a rate is known.</param>
public readonly record struct ExportProgress(
    ExportStage Stage, long BytesDone, long BytesTotal, double BytesPerSecond, TimeSpan? Remaining);
