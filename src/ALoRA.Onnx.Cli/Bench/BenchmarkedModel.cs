namespace ALoRA.Onnx.Cli.Bench;

/// <summary>What was measured on one model.</summary>
/// <param name="Folder">Its folder, as it was given.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="ExecutionProvider">What computed.</param>
/// <param name="Threads">Threads of one run on the processor.</param>
/// <param name="WeightsBytesPerToken">Bytes of the weights that decoding one token reads.</param>
/// <param name="Measurements">The figures; those of one name stand together, by context.</param>
internal sealed record BenchmarkedModel(
    string Folder, ModelManifest Manifest, string ExecutionProvider, int Threads, long WeightsBytesPerToken,
    IReadOnlyList<Measurement> Measurements)
{
    public override string ToString() =>
        $"{Manifest.Name} ({Manifest.Architecture}, {Manifest.Precision.Name}, {ExecutionProvider}, {Threads} "
        + $"{(Threads == 1 ? "thread" : "threads")})";
}
