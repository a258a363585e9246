namespace ALoRA.Onnx;

/// <summary>What kind of failure a <see cref="TemplateException"/> reports.</summary>
public enum TemplateErrorKind
{
    /// <summary>The template's text is not a valid Jinja template.</summary>
    Syntax,

    /// <summary>Rendering failed: an undefined value was used, a type did not fit, an unsafe attribute was called.</summary>
    Runtime,

    /// <summary>The template itself refused its input through <c>raise_exception</c>.</summary>
    Raised,

    /// <summary>A limit of <see cref="ChatTemplateOptions"/> was reached: steps, characters or nesting depth.</summary>
    Limit,
}
