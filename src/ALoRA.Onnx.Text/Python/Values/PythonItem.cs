using System.Numerics;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>value[key]</c> without slices.</summary>
internal static class PythonItem
{
    /// <summary>False where Python raises a TypeError or LookupError; an undefined value fails at once.</summary>
    public static bool TryGet(object? value, object? key, Budget budget, out object? item)
    {
        if (value is string text)
        {
            item = null;
            if (!TryPosition(key, CodePoints.Count(text), out int position))
            {
                return false;
            }

            int unit = CodePoints.UnitOf(text, position);
            int length = CodePoints.LengthAt(text, unit);
            item = length == 1 ? SingleCharacter.Of(text[unit]) : text.Substring(unit, length);
            return true;
        }

        item = null;
        return value is TemplateValue other && other.TryGetItem(key, budget, out item);
    }

    /// <summary>A position from an integer that may count from the end; false where it is no integer or out of range.</summary>
    public static bool TryPosition(object? key, int length, out int position)
    {
        position = 0;
        if (key is BigInteger || PythonInteger.Of(key) is not BigInteger index)
        {
            return false;
        }

        index += index.Sign < 0 ? length : 0;
        bool inside = index.Sign >= 0 && index < length;
        position = inside ? (int)index : 0;
        return inside;
    }
}
