using System.Globalization;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> that stand for single bytes.</summary>
internal static class ByteTokens
{
    public static string Of(byte value) => $"<0x{value:X2}>";

    public static bool TryParse(ReadOnlySpan<char> token, out byte value)
    {
        value = 0;
        if (token.Length != 6 || !token.StartsWith("<0x", StringComparison.Ordinal) || token[5] != '>')
        {
            return false;
        }

        // Rust's from_str_radix takes a sign, so "<0x+5>" is a byte too.
        ReadOnlySpan<char> digits = token[3] == '+' ? token[4..5] : token[3..5];
        return byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
