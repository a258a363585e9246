namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>How far a long command has come.</summary>
/// <param name="Stage">What is being done, in a few words.</param>
/// <param name="BytesDone">Bytes of this stage that are finished.</param>
/// <param name="BytesTotal">Bytes of this stage; 0 when not known.</param>
internal readonly record struct ProgressState(string Stage, long BytesDone, long BytesTotal);
