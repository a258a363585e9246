using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>The quantization methods as the command line spells them.</summary>
internal static class QuantizationNames
{
    /// <summary>The method that needs a calibration text.</summary>
    public const string Gptq = "gptq";

    /// <summary>The option <c>--quant-recipe</c>, which is <c>--precision</c> for those that quantize.</summary>
    public static Option<string?> RecipeOption()
    {
        Option<string?> option = new("--quant-recipe")
        {
            Description = "Which weights get how many bits, in place of --precision: int4, int4-mixed (8 bits where "
                + "rounding hurts most), int8.",
        };
        option.OneOf("int4", "int4-mixed", "int8");
        option.Validators.Add(result =>
        {
            if (result.GetResult("--precision") is System.CommandLine.Parsing.OptionResult { Implicit: false })
            {
                result.AddError("--quant-recipe and --precision say the same: give one of them.");
            }
        });
        return option;
    }

    /// <summary>The option <c>--quant-method</c>.</summary>
    public static Option<string> Option()
    {
        Option<string> option = new("--quant-method")
        {
            Description = "How 4-bit codes and scales are chosen: rtn (round to nearest), mse (least squared error of the weights), gptq "
                + "(least error of the outputs on a calibration text).",
            DefaultValueFactory = _ => "mse",
        };
        option.OneOf("rtn", "mse", Gptq);
        return option;
    }

    /// <summary>The method of a name that the parser has accepted.</summary>
    public static QuantizationMethod Parse(string name) => name switch
    {
        "rtn" => QuantizationMethod.RoundToNearest,
        "mse" => QuantizationMethod.LeastSquares,
        Gptq => QuantizationMethod.Gptq,
        _ => throw new ArgumentException($"Quantization method '{name}': expected rtn, mse or gptq.", nameof(name)),
    };
}
