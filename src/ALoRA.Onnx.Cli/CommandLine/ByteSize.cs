using System.Globalization;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Sizes for people.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["bytes", "KB", "MB", "GB", "TB"];

    /// <summary>Decimal units with three significant digits: <c>1.27 GB</c>.</summary>
    public static string Format(double bytes)
    {
        int unit = 0;
        while (bytes >= 999.5 && unit < Units.Length - 1)
        {
            bytes /= 1000;
            unit++;
        }

        string format = unit == 0 || bytes >= 99.95 ? "0" : bytes >= 9.995 ? "0.0" : "0.00";
        return string.Create(CultureInfo.InvariantCulture, $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}");
    }
}
