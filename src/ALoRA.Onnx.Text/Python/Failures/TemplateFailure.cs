namespace ALoRA.Onnx.Python.Failures;

/// <summary>A failure while rendering, before the template's name and line are known. Never leaves <see cref="ChatTemplate"/>.</summary>
internal sealed class TemplateFailure(FailureKind kind, string message) : Exception(message)
{
    public FailureKind Kind { get; } = kind;

    public static TemplateFailure Type(string message) => new(FailureKind.Type, message);

    public static TemplateFailure Value(string message) => new(FailureKind.Value, message);

    public static TemplateFailure Overflow(string message) => new(FailureKind.Overflow, message);

    public static TemplateFailure ZeroDivision(string message) => new(FailureKind.ZeroDivision, message);

    public static TemplateFailure Runtime(string message) => new(FailureKind.Runtime, message);

    public static TemplateFailure Limit(string message) => new(FailureKind.Limit, message);
}
