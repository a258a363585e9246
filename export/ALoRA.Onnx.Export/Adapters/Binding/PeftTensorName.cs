namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>Name of a tensor in an adapter file: <c>base_model.model.</c>, the module's path, the part.</summary>
/// <param name="Module">Path of the module in the base model.</param>
/// <param name="Part">What the tensor is to the module.</param>
internal readonly record struct PeftTensorName(string Module, LoraPart Part)
{
    private const string Prefix = "base_model.model.";

    // PEFT strips the adapter's name on saving and puts it back on loading; a file with the name still in place loads as well.
    private static readonly (string Ending, LoraPart Part)[] Endings =
    [
        (".lora_A.weight", LoraPart.A), (".lora_B.weight", LoraPart.B), (".lora_B.bias", LoraPart.Bias),
        (".lora_A.default.weight", LoraPart.A), (".lora_B.default.weight", LoraPart.B), (".lora_B.default.bias", LoraPart.Bias),
    ];

    /// <summary>Name as PEFT writes it.</summary>
    public override string ToString() => Prefix + Module + Endings[(int)Part].Ending;

    public static bool TryParse(string name, out PeftTensorName parsed)
    {
        foreach ((string ending, LoraPart part) in Endings)
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal)
                && name.EndsWith(ending, StringComparison.Ordinal)
                && name.Length > Prefix.Length + ending.Length)
            {
                parsed = new PeftTensorName(name[Prefix.Length..^ending.Length], part);
                return true;
            }
        }

        parsed = default;
        return false;
    }
}
