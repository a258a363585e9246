using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary>One step from the model's answer to the result, at every place that its path matches; nothing happens where there is none.</summary>
internal abstract class ResultRule(string name, JsonPath path)
{
    /// <summary>Which values it changes.</summary>
    protected JsonPath Path { get; } = path;

    /// <summary>Applies the rule.</summary>
    /// <param name="root">The value behind the rules before; may be changed.</param>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="budget">Bound of the work.</param>
    /// <exception cref="IntrinsicFormatException">The value does not fit the rule.</exception>
    public abstract object? Apply(object? root, ModelAnswer answer, Budget budget);

    /// <summary>The exception for a value that the rule can't take.</summary>
    protected IntrinsicFormatException Wrong(ReadOnlySpan<object> place, string problem) => new($"The rule '{name}' at {JsonPath.Format(place)}: {problem}.");

    /// <summary>The items of a list of records.</summary>
    protected IEnumerable<DictValue> Records(object? value, object[] place)
    {
        ListValue list = value as ListValue ?? throw Wrong(place, $"expected a list of records, got {PythonType.NameOf(value)}");
        return list.Items.Select((item, i) => item as DictValue ?? throw Wrong([.. place, (long)i], $"expected a record, got {PythonType.NameOf(item)}"));
    }

    /// <summary>A field of a record, which must have it.</summary>
    protected object? Field(DictValue record, string field, object[] place) =>
        record.TryGet(field, out object? value) ? value : throw Wrong(place, $"a record has no field '{field}'");
}
