namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>A token; <see cref="Value"/> holds literals: text of data, names and strings, long/BigInteger, double.</summary>
internal readonly record struct Token(TokenKind Kind, int Line, string Text, object? Value = null)
{
    public bool IsName(string name) => Kind == TokenKind.Name && string.Equals(Text, name, StringComparison.Ordinal);

    public string Describe() => Kind switch
    {
        TokenKind.EndOfTemplate => "end of template",
        TokenKind.BlockBegin => "begin of statement block",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.VariableBegin => "begin of print statement",
        TokenKind.VariableEnd => "end of print statement",
        TokenKind.Data => "template data / text",
        TokenKind.String => "string",
        _ => Text,
    };
}
