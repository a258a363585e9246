using System.Globalization;
using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python bytes, which <c>str.encode</c> gives.</summary>
internal sealed class BytesValue(byte[] bytes) : TemplateValue
{
    public byte[] Bytes { get; } = bytes;

    public override string TypeName => "bytes";

    public override int? Length => Bytes.Length;

    public override bool IsIterable => true;

    public override IEnumerable<object?> Iterate(Budget budget) => Bytes.Select(b => (object?)(long)b);

    public override IEnumerable<object?>? Reversed(Budget budget) => Iterate(budget).Reverse();

    public override bool TryGetItem(object? key, Budget budget, out object? value)
    {
        bool found = PythonItem.TryPosition(key, Bytes.Length, out int position);
        value = found ? (long)Bytes[position] : null;
        return found;
    }

    public override bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "decode" => new BuiltinFunction("decode", Decode),
            "hex" => new BuiltinFunction("hex", (_, _) => Convert.ToHexStringLower(Bytes)),
            _ => null,
        };
        return value is not null;
    }

    public override void Represent(TextPrinter printer)
    {
        char quote = Bytes.Contains((byte)'\'') && !Bytes.Contains((byte)'"') ? '"' : '\'';
        StringBuilder text = new StringBuilder("b").Append(quote);
        foreach (byte b in Bytes)
        {
            string shown = b switch
            {
                (byte)'\\' => @"\\",
                (byte)'\n' => @"\n",
                (byte)'\r' => @"\r",
                (byte)'\t' => @"\t",
                _ when b == quote => "\\" + quote,
                >= 0x20 and < 0x7F => SingleCharacter.Of((char)b),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\x{b:x2}"),
            };
            text.Append(shown);
        }

        printer.Append(text.Append(quote).ToString());
    }

    private string Decode(IEvaluation evaluation, Arguments arguments)
    {
        object?[] bound = arguments.Bind("decode", 0, "encoding", "errors");
        return TextEncoding.Decode(Bytes, bound[0], bound[1]);
    }
}
