using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>iter</c>, <c>len</c>, <c>reversed</c> and <c>in</c>.</summary>
internal static class PythonIteration
{
    public static bool IsIterable(object? value) => value is string or TemplateValue { IsIterable: true };

    /// <summary>The elements in order, lazily; a TypeError where the value is not iterable.</summary>
    public static IEnumerable<object?> Of(object? value, Budget budget) => value switch
    {
        string text => CodePoints.Split(text),
        TemplateValue { IsIterable: true } other => other.Iterate(budget),
        _ => throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object is not iterable"),
    };

    public static object?[] ToArray(object? value, Budget budget)
    {
        int? length = value is string text ? text.Length : (value as TemplateValue)?.Length;
        if (length is int count && value is not UndefinedValue)
        {
            budget.Elements(count);
            return [.. Of(value, budget)];
        }

        List<object?> items = [];
        foreach (object? item in Of(value, budget))
        {
            budget.Step();
            items.Add(item);
        }

        return [.. items];
    }

    public static IEnumerable<object?> Reversed(object? value, Budget budget) => value switch
    {
        string text => CodePoints.Split(CodePoints.Reverse(text)),
        UndefinedValue => [],
        TemplateValue other when other.Reversed(budget) is IEnumerable<object?> items => items,
        _ => throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object is not reversible"),
    };

    public static int Length(object? value) => value switch
    {
        string text => CodePoints.Count(text),
        TemplateValue { Length: int length } => length,
        _ => throw TemplateFailure.Type($"object of type '{PythonType.NameOf(value)}' has no len()"),
    };

    /// <summary>Python's <c>item in container</c>.</summary>
    public static bool Contains(object? container, object? item, Budget budget)
    {
        switch (container)
        {
            case string or MarkupValue:
                string text = PythonText.Of(item)
                    ?? throw TemplateFailure.Type($"'in <string>' requires string as left operand, not {PythonType.NameOf(item)}");
                return PythonText.Of(container)!.Contains(text, StringComparison.Ordinal);
            case DictValue dict:
                return dict.TryGet(item, out _);
            case DictViewValue { Kind: DictViewKind.Keys } keys:
                return keys.Dict.TryGet(item, out _);
            case TemplateValue { IsIterable: true } other:
                foreach (object? candidate in other.Iterate(budget))
                {
                    budget.Step();
                    if (PythonEquality.Same(candidate, item, budget))
                    {
                        return true;
                    }
                }

                return false;
            default:
                throw TemplateFailure.Type($"argument of type '{PythonType.NameOf(container)}' is not iterable");
        }
    }
}
