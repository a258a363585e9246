using System.Globalization;
using System.Numerics;
using System.Text;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Python.Formatting;

/// <summary>Digits of integers in other bases, and digits in groups.</summary>
internal static class IntegerText
{
    public static string Digits(BigInteger value, int radix)
    {
        if (radix == 10)
        {
            return PythonInteger.Print(BigInteger.Abs(value));
        }

        string text = BigInteger.Abs(value).ToString(radix == 16 ? "x" : "b", CultureInfo.InvariantCulture);
        if (radix == 8)
        {
            string bits = text.PadLeft((text.Length + 2) / 3 * 3, '0');
            StringBuilder octal = new(bits.Length / 3);
            for (int i = 0; i < bits.Length; i += 3)
            {
                octal.Append((char)('0' + Convert.ToInt32(bits.Substring(i, 3), 2)));
            }

            text = octal.ToString();
        }

        string digits = text.TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    public static string Grouped(string digits, char separator, int size)
    {
        StringBuilder result = new(digits.Length + (digits.Length / size));
        for (int i = 0; i < digits.Length; i++)
        {
            if (i > 0 && (digits.Length - i) % size == 0)
            {
                result.Append(separator);
            }

            result.Append(digits[i]);
        }

        return result.ToString();
    }
}
