using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>The precisions as the command line spells them.</summary>
internal static class PrecisionNames
{
    private static readonly string[] Names = ["float32", "float16", "bfloat16", "int4", "int4-mixed", "int8", "gguf"];

    // Parts have one precision.
    private static readonly string[] PartNames = [.. Names.Where(name => name != "int4-mixed")];

    /// <summary>The option <c>--precision</c>.</summary>
    public static Option<string> Option()
    {
        Option<string> option = new("--precision", "-p")
        {
            Description = "How weights are held: float32, int4, int4-mixed, int8 or gguf (the file's own blocks), float16 or bfloat16; "
                + "--activations says for which device.",
            DefaultValueFactory = _ => "float32",
        };
        option.OneOf(Names);
        return option;
    }

    /// <summary>An option for the precision of one part, which follows <c>--precision</c> when it is not given.</summary>
    public static Option<string?> PartOption(string name, string description)
    {
        Option<string?> option = new(name) { Description = description };
        option.OneOf(PartNames);
        return option;
    }

    /// <summary>The option <c>--activations</c>.</summary>
    public static Option<string?> ActivationsOption()
    {
        Option<string?> option = new("--activations")
        {
            Description = "What is computed in, for weights in blocks: float32 for the CPU, float16 or bfloat16 for CUDA. Default: "
                + "float32, or what --precision says by itself.",
        };
        option.OneOf("float32", "float16", "bfloat16");
        return option;
    }

    /// <summary>The precision of a name that the parser has accepted.</summary>
    public static ExportPrecision Parse(string name) =>
        Enum.Parse<ExportPrecision>(name.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    /// <summary>The same, null for an option that was not given.</summary>
    public static ExportPrecision? ParseOptional(string? name) => name is null ? null : Parse(name);
}
