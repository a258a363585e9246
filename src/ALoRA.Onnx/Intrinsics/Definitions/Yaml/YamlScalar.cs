namespace ALoRA.Onnx.Intrinsics.Definitions.Yaml;

/// <summary>A scalar: null, bool, long, BigInteger, double or string.</summary>
internal sealed class YamlScalar(long line, object? value) : YamlNode(line)
{
    private const int Shown = 60;

    public object? Value { get; } = value;

    public override int Size => 1;

    public override string Description
    {
        get
        {
            string text = PythonJson.PrintValue(Value);
            return text.Length <= Shown ? text : $"{text[..Shown]}…";
        }
    }
}
