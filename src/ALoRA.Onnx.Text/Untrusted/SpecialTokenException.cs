namespace ALoRA.Onnx;

/// <summary>
/// A value for a chat template spells out a special token that it must not hold,
/// or its role is no plain word; see <see cref="SpecialTokenHandling"/>.
/// </summary>
public sealed class SpecialTokenException : ArgumentException
{
    /// <summary>Creates the exception with a general message.</summary>
    public SpecialTokenException()
        : this("A value for the chat template holds a special token.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: where, which token, next step.</param>
    public SpecialTokenException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: where, which token, next step.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public SpecialTokenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal SpecialTokenException(string message, int? messageIndex, string? field, string? token)
        : base(message)
    {
        MessageIndex = messageIndex;
        Field = field;
        Token = token;
    }

    /// <summary>Index of the message, from 0; null where the value belongs to none.</summary>
    public int? MessageIndex { get; }

    /// <summary>
    /// Where the value stands, such as <c>messages[2].content</c> or <c>documents[0].text</c>; null where that is not known.
    /// </summary>
    public string? Field { get; }

    /// <summary>The token's text; null where a role is no plain word.</summary>
    public string? Token { get; }
}
