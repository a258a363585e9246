namespace ALoRA.Onnx;

/// <summary>A JSON schema is malformed, can't be satisfied, or asks for something that can't be enforced while text is generated.</summary>
public sealed class JsonSchemaException : ArgumentException
{
    /// <summary>Creates the exception without a place.</summary>
    public JsonSchemaException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    public JsonSchemaException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    public JsonSchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal JsonSchemaException(string pointer, string problem, Exception? innerException = null)
        : base($"JSON schema at '#{pointer}': {problem}", innerException) => Pointer = pointer;

    /// <summary>
    /// JSON pointer (RFC 6901) of the keyword or schema that is refused, such as
    /// <c>/properties/age/multipleOf</c>; empty for the whole schema.
    /// </summary>
    public string Pointer { get; } = "";
}
