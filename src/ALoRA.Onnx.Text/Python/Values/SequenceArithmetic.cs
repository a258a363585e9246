using System.Numerics;
using System.Text;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>+</c> and <c>*</c> on text, lists, tuples and bytes.</summary>
internal static class SequenceArithmetic
{
    public static object Add(object? left, object? right, Budget budget)
    {
        switch (left, right)
        {
            case (string a, string b):
                budget.Characters((long)a.Length + b.Length);
                return a + b;
            case (string or MarkupValue, string or MarkupValue):
                return new MarkupValue((string)Add(MarkupValue.Escape(left, budget).Text, MarkupValue.Escape(right, budget).Text, budget));
            case (ListValue a, ListValue b):
                return new ListValue(Concatenate(a.Items, b.Items, budget));
            case (TupleValue a, TupleValue b):
                return new TupleValue(Concatenate(a.Items, b.Items, budget));
            case (BytesValue a, BytesValue b):
                budget.Characters((long)a.Bytes.Length + b.Bytes.Length);
                return new BytesValue([.. a.Bytes, .. b.Bytes]);
            case (_, UndefinedValue undefined):
                throw undefined.Failure();
            case (string, _):
                throw TemplateFailure.Type($"can only concatenate str (not \"{PythonType.NameOf(right)}\") to str");
            case (ListValue or TupleValue, _):
                throw TemplateFailure.Type(
                    $"can only concatenate {PythonType.NameOf(left)} (not \"{PythonType.NameOf(right)}\") to {PythonType.NameOf(left)}");
            default:
                throw PythonArithmetic.Unsupported(BinaryOperator.Add, left, right);
        }
    }

    public static object Multiply(object? left, object? right, Budget budget)
    {
        object? sequence = PythonType.IsInteger(left) ? right : left;
        object? factor = ReferenceEquals(sequence, left) ? right : left;
        if (PythonInteger.Of(factor) is not BigInteger count)
        {
            throw PythonArithmetic.Unsupported(BinaryOperator.Multiply, left, right);
        }

        count = BigInteger.Max(count, 0);
        switch (sequence)
        {
            case string or MarkupValue:
                string text = PythonText.Of(sequence)!;
                return PythonText.Like(sequence, Repeat(text, Bounded(count, text.Length), budget));
            case SequenceValue items:
                int times = Bounded(count, items.Items.Length);
                budget.Elements((long)times * items.Items.Length);
                object?[] repeated = new object?[times * items.Items.Length];
                for (int i = 0; i < repeated.Length; i++)
                {
                    repeated[i] = items.Items[i % items.Items.Length];
                }

                return items is ListValue ? new ListValue(repeated) : new TupleValue(repeated);
            default:
                throw PythonArithmetic.Unsupported(BinaryOperator.Multiply, left, right);
        }
    }

    public static string Repeat(string text, int times, Budget budget)
    {
        budget.Characters((long)times * text.Length);
        return times <= 0 || text.Length == 0 ? "" : new StringBuilder(times * text.Length).Insert(0, text, times).ToString();
    }

    private static int Bounded(BigInteger count, int length) => length == 0 ? 0 : (int)BigInteger.Min(count, int.MaxValue);

    private static object?[] Concatenate(object?[] left, object?[] right, Budget budget)
    {
        budget.Elements((long)left.Length + right.Length);
        return [.. left, .. right];
    }
}
