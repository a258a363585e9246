namespace ALoRA.Onnx.Python.Failures;

/// <summary>The Python or Jinja exception that a failure stands for; some filters catch certain kinds.</summary>
internal enum FailureKind
{
    Type,
    Value,
    Overflow,
    ZeroDivision,
    Undefined,
    Security,
    Runtime,
    Raised,
    Limit,
}
