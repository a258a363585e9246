using ALoRA.Onnx.Export.Adapters;

namespace ALoRA.Onnx.Cli.Exporting;

/// <summary>The kinds of adapters in the spelling of the field.</summary>
internal static class AdapterKindNames
{
    public static string Of(AdapterKind kind) => kind == AdapterKind.Alora ? "aLoRA" : "LoRA";
}
