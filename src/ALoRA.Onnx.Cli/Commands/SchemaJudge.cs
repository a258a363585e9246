namespace ALoRA.Onnx.Cli.Commands;

/// <summary>Judges JSON texts with the constraint of a schema.</summary>
/// <param name="schema">The schema as JSON text.</param>
/// <param name="options">How it is read.</param>
/// <exception cref="JsonSchemaException">The schema is refused.</exception>
internal sealed class SchemaJudge(string schema, SchemaOptions options)
{
    private readonly TokenConstraint _constraint = TokenConstraint.FromJsonSchema(schema, options);

    /// <summary>
    /// Whether the constraint lets a text through to its end, as it is written, or with the constraint's spaces if it has none at all.
    /// </summary>
    public bool Accepts(ReadOnlySpan<byte> text) =>
        _constraint.Accepts(text) || (TryAddSpaces(text) is byte[] spaced && _constraint.Accepts(spaced));

    // Null for a text with white space, or with no place for it: it means what it says.
    private static byte[]? TryAddSpaces(ReadOnlySpan<byte> text)
    {
        List<byte> spaced = new(text.Length * 5 / 4);
        bool isString = false;
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            spaced.Add(value);
            if (isString && value == '\\' && i + 1 < text.Length)
            {
                spaced.Add(text[++i]);
            }
            else if (value == '"')
            {
                isString = !isString;
            }
            else if (!isString && value is (byte)',' or (byte)':')
            {
                spaced.Add((byte)' ');
            }
            else if (!isString && value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                return null;
            }
        }

        return spaced.Count > text.Length ? [.. spaced] : null;
    }
}
