namespace ALoRA.Onnx.Export.Adapters.Files;

/// <summary>Names of the files in an adapter's folder below the model folder.</summary>
internal static class AdapterFiles
{
    public const string Weights = "adapter.onnx_adapter";
    public const string Manifest = "adapter.json";

    /// <summary>How to ask for the intrinsic and read its answer; copied where the adapter brings one.</summary>
    public const string Definition = "io.yaml";
}
