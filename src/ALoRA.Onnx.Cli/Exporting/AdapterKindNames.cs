namespace ALoRA.Onnx.Cli.Exporting;

/// <summary>The kinds of adapters in the spelling of the field.</summary>
internal static class AdapterKindNames
{
    public static string Of(Export.Adapters.AdapterKind kind) => kind == Export.Adapters.AdapterKind.Alora ? "aLoRA" : "LoRA";
}
