using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>A name, attribute or item that does not exist. It prints as nothing, is false and empty; everything else is an error.</summary>
internal sealed class UndefinedValue(string message, FailureKind kind = FailureKind.Undefined) : TemplateValue
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override int? Length => 0;

    public override bool IsCallable => true;

    public override bool IsIterable => true;

    public static UndefinedValue Name(string name) => new($"'{name}' is undefined");

    public static UndefinedValue Attribute(object? owner, string name) => new($"'{PythonType.Describe(owner)}' has no attribute '{name}'");

    public static UndefinedValue Item(object? owner, object? key) => key is string or MarkupValue
        ? Attribute(owner, PythonText.Of(key)!)
        : new($"{PythonType.Describe(owner)} has no element {TextPrinter.RepresentShort(key)}");

    public static UndefinedValue Unsafe(object? owner, string name) =>
        new($"access to attribute '{name}' of '{PythonType.NameOf(owner)}' object is unsafe.", FailureKind.Security);

    public TemplateFailure Failure() => new(kind, message);

    public override IEnumerable<object?> Iterate(Budget budget) => [];

    public override bool TryGetItem(object? key, Budget budget, out object? value) => throw Failure();

    public override void Represent(TextPrinter printer) => printer.Append("Undefined");
}
