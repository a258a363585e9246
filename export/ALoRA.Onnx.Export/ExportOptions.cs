namespace ALoRA.Onnx.Export;

/// <summary>What an export should look like. The defaults give a float32 model with all adapter groups.</summary>
public sealed class ExportOptions
{
    /// <summary>How weights are held and activations computed. Default: <see cref="ExportPrecision.Float32"/>.</summary>
    public ExportPrecision Precision { get; init; } = ExportPrecision.Float32;

    /// <summary>
    /// Names of the adapter groups that get LoRA inputs, of <c>qkv</c>, <c>o</c>, <c>gate_up</c> and <c>down</c>. Default: null, all of them.
    /// A group left out saves four nodes a layer and cannot be adapted.
    /// </summary>
    public IReadOnlyCollection<string>? AdapterGroups { get; init; }

    /// <summary>Whether an existing model folder at the target is replaced, with the adapters in it. Default: false, the export is refused.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Whether keys of <c>config.json</c> that the exporter doesn't know are a warning in the report. Default: false, they are an error,
    /// because a key that is ignored may change the numbers.
    /// </summary>
    public bool AllowUnknownConfig { get; init; }

    /// <summary>Whether tensors of the checkpoint that the graph doesn't use are a warning in the report. Default: false, they are an error.</summary>
    public bool AllowUnknownTensors { get; init; }
}
