namespace ALoRA.Onnx;

/// <summary>An aLoRA was asked for, but its invocation tokens do not occur in the prompt, so that it would never become active.</summary>
public sealed class MissingInvocationException : InvalidOperationException
{
    /// <summary>Creates the exception with a general message.</summary>
    public MissingInvocationException()
        : this("The invocation tokens of an adapter do not occur in the prompt.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: adapter, missing sequence, next step.</param>
    public MissingInvocationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: adapter, missing sequence, next step.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public MissingInvocationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal MissingInvocationException(Adapter adapter, string? text)
        : base(
            $"The invocation tokens [{string.Join(", ", adapter.InvocationTokens)}]{(text is null ? "" : $", \"{text}\",")} of the adapter "
            + $"'{adapter.Name}' do not occur in the prompt, so that it would never become active. "
            + "Append them, give the position of the first adapted token, or set AllowMissingInvocation to get the base's numbers.")
    {
        AdapterName = adapter.Name;
        InvocationTokens = adapter.InvocationTokens;
    }

    /// <summary>Name of the adapter.</summary>
    public string? AdapterName { get; }

    /// <summary>The ids that were looked for.</summary>
    public IReadOnlyList<int> InvocationTokens { get; } = [];
}
