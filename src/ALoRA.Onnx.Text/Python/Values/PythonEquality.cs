using System.Numerics;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>==</c> and <c>hash</c>: numbers compare across types, containers by their elements.</summary>
internal sealed class PythonEquality(Budget budget) : IEqualityComparer<object>
{
    public static bool AreEqual(object? left, object? right, Budget budget)
    {
        if (ReferenceEquals(left, right))
        {
            return left is not double number || !double.IsNaN(number);
        }

        switch (left, right)
        {
            case (null, _) or (_, null):
                return false;
            case (string a, string b):
                return string.Equals(a, b, StringComparison.Ordinal);
            case (string or MarkupValue, _) or (_, string or MarkupValue):
                return PythonText.Of(left) is string leftText && PythonText.Of(right) is string rightText
                    && string.Equals(leftText, rightText, StringComparison.Ordinal);
            case (long a, long b):
                return a == b;
            case (TemplateValue, TemplateValue):
                return AreEqualValues(left, right, budget);
            default:
                return PythonType.IsNumber(left) && PythonType.IsNumber(right) && PythonOrder.CompareNumbers(left, right) == 0;
        }
    }

    bool IEqualityComparer<object>.Equals(object? x, object? y) => AreEqual(x, y, budget);

    public int GetHashCode(object obj)
    {
        switch (obj)
        {
            case string text:
                return string.GetHashCode(text, StringComparison.Ordinal);
            case MarkupValue markup:
                return string.GetHashCode(markup.Text, StringComparison.Ordinal);
            case long or bool or BigInteger or double:
                return HashNumber(obj);
            case TupleValue tuple:
                StackGuard.Check();
                budget.Elements(tuple.Items.Length);
                HashCode hash = default;
                Array.ForEach(tuple.Items, item => hash.Add(item is null ? 0 : GetHashCode(item)));
                return hash.ToHashCode();
            case UndefinedValue:
                return 1;
            case BytesValue bytes:
                return bytes.Bytes.Length;
            case RangeValue range:
                return range.Length ?? 0;
            case ListValue or DictValue or DictViewValue:
                throw TemplateFailure.Type($"unhashable type: '{PythonType.NameOf(obj)}'");
            default:
                return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj);
        }
    }

    private static int HashNumber(object number)
    {
        if (number is double value)
        {
            return double.IsInteger(value) ? new BigInteger(value).GetHashCode() : value.GetHashCode();
        }

        return PythonInteger.Of(number)!.Value.GetHashCode();
    }

    private static bool AreEqualValues(object? left, object? right, Budget budget)
    {
        StackGuard.Check();
        switch (left, right)
        {
            case (UndefinedValue, UndefinedValue):
                return true;
            case (ListValue a, ListValue b):
                return AreEqualItems(a.Items, b.Items, budget);
            case (TupleValue a, TupleValue b):
                return AreEqualItems(a.Items, b.Items, budget);
            case (DictValue a, DictValue b):
                return AreEqualDicts(a, b, budget);
            case (DictViewValue { Kind: not DictViewKind.Values } a, DictViewValue { Kind: not DictViewKind.Values } b):
                return a.Length == b.Length && a.Iterate(budget).All(item => PythonIteration.Contains(b, item, budget));
            case (RangeValue a, RangeValue b):
                return a.SequenceEqual(b);
            case (BytesValue a, BytesValue b):
                return a.Bytes.AsSpan().SequenceEqual(b.Bytes);
            default:
                return false;
        }
    }

    private static bool AreEqualItems(object?[] left, object?[] right, Budget budget)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            budget.Step();
            if (!Same(left[i], right[i], budget))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreEqualDicts(DictValue left, DictValue right, Budget budget)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        foreach ((object? key, object? value) in left.Pairs)
        {
            budget.Step();
            if (!right.TryGet(key, out object? other) || !Same(value, other, budget))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How containers compare elements: the very same object is equal to itself, even NaN.</summary>
    public static bool Same(object? left, object? right, Budget budget) => ReferenceEquals(left, right) || AreEqual(left, right, budget);
}
