using System.Numerics;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Text.Tests.Templating;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Python;

/// <summary>The fast ways against plain ones: UTF-16 against lists of code points, 64 bits against integers of any size.</summary>
[TestClass]
public sealed class ValueTests
{
    private static readonly Gen<string> Texts =
        Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("é"), Gen.Const("😀"), Gen.Const(" ")).Array[0, 12].Select(string.Concat);

    [TestMethod]
    public void Slice_AnyText_EqualsTheSliceOfItsCodePoints() =>
        Gen.Select(Texts, Gen.Int[-15, 15].Nullable(), Gen.Int[-15, 15].Nullable(), Gen.Int[-3, 3].Nullable())
            .Sample((text, start, stop, step) =>
        {
            if (step == 0)
            {
                return true;
            }

            Budget budget = new();
            ListValue points = new([.. text.EnumerateRunes().Select(r => (object?)r.ToString())]);
            ListValue expected = (ListValue)PythonSlice.Of(points, (long?)start, (long?)stop, (long?)step, budget);
            return (string)PythonSlice.Of(text, (long?)start, (long?)stop, (long?)step, budget) == string.Concat(expected.Items);
        });

    [TestMethod]
    public void Find_AnyTexts_GivesTheCodePointPosition() => Gen.Select(Texts, Texts).Sample((text, needle) =>
    {
        string[] points = [.. text.EnumerateRunes().Select(r => r.ToString())];
        int expected = Enumerable.Range(0, points.Length + 1)
            .FirstOrDefault(i => string.Concat(points.Skip(i)).StartsWith(needle, StringComparison.Ordinal), -1);
        return (long)expected == (long)TextSearch.Find(text, Arguments.Of(needle), "find", last: false, required: false)!;
    });

    [TestMethod]
    public void Replace_WithACount_EqualsSplittingAndJoining() =>
        Gen.Select(Texts, Texts.Where(t => t.Length > 0), Texts, Gen.Int[-1, 3]).Sample((text, old, replacement, count) =>
    {
        string[] parts = text.Split(old, count < 0 ? int.MaxValue : count + 1);
        return TextReplace.Replace(text, old, replacement, count, new Budget()) == string
            .Join(replacement, parts);
    });

    [TestMethod]
    public void Apply_SmallIntegers_EqualsArithmeticOfAnySize() =>
        Gen.Select(Gen.Long, Gen.Long, Gen.Enum<BinaryOperator>()).Sample((left, right, operation) =>
        {
            if (operation == BinaryOperator.Power
                || (right == 0 && operation is BinaryOperator.Divide or BinaryOperator.FloorDivide or BinaryOperator.Modulo))
            {
                return true;
            }

            Budget budget = new();
            string expected =
                TextPrinter.Print(IntegerArithmetic.Apply(operation, new BigInteger(left), new BigInteger(right), budget), budget);
            string symbol = operation switch
            {
                BinaryOperator.Add => "+",
                BinaryOperator.Subtract => "-",
                BinaryOperator.Multiply => "*",
                BinaryOperator.Divide => "/",
                BinaryOperator.FloorDivide => "//",
                _ => "%"
            };
            return Rendered.Text($"{{{{ a {symbol} b }}}}", $$"""{"a": {{left}}, "b": {{right}}}""") == expected;
        });

    [TestMethod]
    public void Sort_AnyNumbers_IsStableInBothDirections() => Gen.Int[0, 5].Array[0, 20].Sample(numbers =>
    {
        object?[] keys = [.. numbers.Select(n => (object?)(long)n)];
        object?[] items = [.. Enumerable.Range(0, numbers.Length).Select(i => (object?)(long)i)];
        Budget budget = new();
        IEnumerable<long> up = StableSort.Sort(items, keys, reverse: false, budget).Cast<long>();
        IEnumerable<long> down = StableSort.Sort(items, keys, reverse: true, budget).Cast<long>();
        return up.SequenceEqual(items.Cast<long>().OrderBy(i => numbers[i]))
            && down.SequenceEqual(items.Cast<long>().OrderByDescending(i => numbers[i]));
    });
}
