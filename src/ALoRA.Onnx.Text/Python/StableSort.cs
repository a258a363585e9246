using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Python;

/// <summary>
/// Python's <c>sorted</c> with keys: stable, also in reverse, and comparing with <c>&lt;</c> only. The library's sorts would wrap failures.
/// </summary>
internal static class StableSort
{
    public static object?[] Sort(object?[] items, object?[] keys, bool reverse, Budget budget)
    {
        int[] order = [.. Enumerable.Range(0, items.Length)];
        int[] scratch = new int[order.Length];
        for (int width = 1; width < order.Length; width *= 2)
        {
            for (int start = 0; start < order.Length; start += 2 * width)
            {
                int middle = Math.Min(start + width, order.Length);
                Merge(order, scratch, start, middle, Math.Min(middle + width, order.Length), keys, reverse, budget);
            }

            (order, scratch) = (scratch, order);
        }

        return Array.ConvertAll(order, i => items[i]);
    }

    private static void Merge(int[] source, int[] target, int start, int middle, int end, object?[] keys, bool reverse, Budget budget)
    {
        int left = start;
        int right = middle;
        for (int i = start; i < end; i++)
        {
            budget.Step();
            bool takesLeft = right >= end || (left < middle && !Precedes(keys[source[right]], keys[source[left]], reverse, budget));
            target[i] = takesLeft ? source[left++] : source[right++];
        }
    }

    private static bool Precedes(object? left, object? right, bool reverse, Budget budget) => reverse
        ? PythonOrder.Holds(CompareOperator.Less, right, left, budget)
        : PythonOrder.Holds(CompareOperator.Less, left, right, budget);
}
