using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>
/// A value that is no plain number, boolean, string or None. Templates hold <c>object?</c>: null (None), bool, long, BigInteger (beyond
/// long), double, string, or one of these.
/// </summary>
internal abstract class TemplateValue
{
    /// <summary>The Python type's name, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>What Python's <c>bool</c> gives.</summary>
    public virtual bool IsTrue => Length is not 0;

    /// <summary>What Python's <c>len</c> gives; null where the type has no length.</summary>
    public virtual int? Length => null;

    public virtual bool IsCallable => false;

    /// <summary>True where Python's <c>iter</c> accepts the value.</summary>
    public virtual bool IsIterable => false;

    public virtual IEnumerable<object?> Iterate(Budget budget) => throw TemplateFailure.Type($"'{TypeName}' object is not iterable");

    /// <summary>The elements last to first; null where Python's <c>reversed</c> refuses the type.</summary>
    public virtual IEnumerable<object?>? Reversed(Budget budget) => null;

    /// <summary>An attribute that templates may read; false where the type has none of this name.</summary>
    public virtual bool TryGetAttribute(string name, out object? value)
    {
        value = null;
        return false;
    }

    /// <summary>What <c>value[key]</c> gives; false where Python raises a TypeError or LookupError.</summary>
    public virtual bool TryGetItem(object? key, Budget budget, out object? value)
    {
        value = null;
        return false;
    }

    /// <summary>Writes Python's <c>repr</c>.</summary>
    public virtual void Represent(TextPrinter printer) => printer.Append($"<{TypeName} object>");
}
