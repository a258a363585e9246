namespace ALoRA.Onnx;

/// <summary>A chat template could not be parsed or rendered.</summary>
/// <remarks>
/// <see cref="Exception.Message"/> names the template's source, the line, what went
/// wrong and the next step; <see cref="Detail"/> is the bare reason.
/// </remarks>
public sealed class TemplateException : InvalidOperationException
{
    /// <summary>Creates the exception with a general message.</summary>
    public TemplateException()
        : this("The chat template failed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence.</param>
    public TemplateException(string message)
        : base(message)
    {
        Detail = message;
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public TemplateException(string message, Exception innerException)
        : base(message, innerException)
    {
        Detail = message;
    }

    internal TemplateException(TemplateErrorKind kind, string detail, string source, int line, Exception? innerException = null)
        : base($"{source}, line {line}: {detail}{(kind == TemplateErrorKind.Raised ? "" : Ending(detail))} {NextStep(kind)}",
            innerException)
    {
        Kind = kind;
        Detail = detail;
        TemplateSource = source;
        Line = line;
    }

    /// <summary>Which sort of failure this is. Default <see cref="TemplateErrorKind.Runtime"/>.</summary>
    public TemplateErrorKind Kind { get; } = TemplateErrorKind.Runtime;

    /// <summary>
    /// The reason alone; for <see cref="TemplateErrorKind.Raised"/> exactly the text that the template passed to <c>raise_exception</c>.
    /// </summary>
    public string Detail { get; }

    /// <summary>Where the template came from: a file path, or <c>&lt;template&gt;</c> for text. Null where unknown.</summary>
    public string? TemplateSource { get; }

    /// <summary>The template's line, counted from 1; 0 where unknown.</summary>
    public int Line { get; }

    private static string Ending(string detail) => detail is [.., '.' or '!' or '?'] ? "" : ".";

    private static string NextStep(TemplateErrorKind kind) => kind switch
    {
        TemplateErrorKind.Syntax => "Correct the template's text.",
        TemplateErrorKind.Raised => "(The template refuses this conversation; change its messages or variables.)",
        TemplateErrorKind.Limit => "Raise the limit in ChatTemplateOptions if the template is trusted.",
        _ => "Check that the variables have the form that the template expects.",
    };
}
