using ExportedKind = ALoRA.Onnx.Export.AdapterKind;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>The kinds of adapters in the spelling of the field.</summary>
internal static class AdapterKindNames
{
    public static string Of(ExportedKind kind) => Of(kind == ExportedKind.Alora);

    public static string Of(AdapterKind kind) => Of(kind == AdapterKind.Alora);

    private static string Of(bool isActivated) => isActivated ? "aLoRA" : "LoRA";
}
