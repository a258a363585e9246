using System.Globalization;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>float(text)</c>.</summary>
internal static class FloatText
{
    /// <summary>The number; null where the text is none.</summary>
    public static double? Parse(string text)
    {
        string trimmed = PythonStrip.Strip(text, null);
        string unsigned = trimmed.TrimStart('+', '-');
        if (trimmed.Length - unsigned.Length > 1)
        {
            return null;
        }

        double sign = trimmed.StartsWith('-') ? -1 : 1;
        switch (unsigned.ToUpperInvariant())
        {
            case "INF" or "INFINITY":
                return sign * double.PositiveInfinity;
            case "NAN":
                return double.NaN;
        }

        if (unsigned.Length == 0 || !(char.IsAsciiDigit(unsigned[0]) || unsigned[0] == '.') || !Ungroup(ref unsigned))
        {
            return null;
        }

        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(unsigned, Style, CultureInfo.InvariantCulture, out double value) ? sign * value : null;
    }

    /// <summary>Takes out underscores, which must stand between digits.</summary>
    private static bool Ungroup(ref string digits)
    {
        for (int i = 0; i < digits.Length; i++)
        {
            bool betweenDigits = i > 0 && char.IsAsciiDigit(digits[i - 1]) && i + 1 < digits.Length && char.IsAsciiDigit(digits[i + 1]);
            if (digits[i] == '_' && !betweenDigits)
            {
                return false;
            }
        }

        digits = digits.Replace("_", "", StringComparison.Ordinal);
        return true;
    }
}
