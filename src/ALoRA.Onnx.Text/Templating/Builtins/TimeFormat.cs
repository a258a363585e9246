using System.Globalization;
using System.Text;
using ALoRA.Onnx.Python;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>
/// C's <c>strftime</c> with English names, as Python's <c>datetime.strftime</c> gives it on Linux for a time without zone.
/// </summary>
internal static class TimeFormat
{
    private static readonly DateTimeFormatInfo Names = CultureInfo.InvariantCulture.DateTimeFormat;

    public static string Format(string format, DateTime time, Budget budget)
    {
        StringBuilder result = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 >= format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            int start = i++;
            char flag = '\0';
            while (i < format.Length - 1 && format[i] is '-' or '_' or '0' or '^' or '#')
            {
                flag = format[i++];
            }

            int width = 0;
            while (i < format.Length - 1 && char.IsAsciiDigit(format[i]))
            {
                width = Math.Min((width * 10) + (format[i++] - '0'), int.MaxValue / 20);
            }

            // %E and %O ask for a locale's other calendar and digits; English has none.
            i += i < format.Length - 1 && format[i] is 'E' or 'O' ? 1 : 0;
            string? field = Cased(Field(format[i], flag, time), flag, format[i]);
            budget.Growth(result.Length, width);
            result.Append(field is null ? format[start..(i + 1)] : Padded(field, width, flag, format[i]));
        }

        budget.Characters(result.Length);
        return result.ToString();
    }

    private static string? Cased(string? field, char flag, char code) => flag switch
    {
        '^' => field?.ToUpperInvariant(),
        '#' when code is 'p' => field?.ToLowerInvariant(),
        '#' => field?.ToUpperInvariant(),
        _ => field,
    };

    private static string Padded(string field, int width, char flag, char code)
    {
        bool isText = "aAbBhpPcDFxXTRrekl%nt".Contains(code);
        return field.PadLeft(width, flag == '_' || (isText && flag != '0') ? ' ' : '0');
    }

    private static string? Field(char code, char flag, DateTime time)
    {
        int hour12 = time.Hour % 12 == 0 ? 12 : time.Hour % 12;
        return code switch
        {
            'a' => Names.GetAbbreviatedDayName(time.DayOfWeek),
            'A' => Names.GetDayName(time.DayOfWeek),
            'b' or 'h' => Names.GetAbbreviatedMonthName(time.Month),
            'B' => Names.GetMonthName(time.Month),
            'c' => string.Join(' ', Field('a', '\0', time), Field('b', '\0', time), Number(time.Day, 2, '_'), Field('T', '\0', time),
                time.Year),
            'C' => Number(time.Year / 100, 2, flag),
            'd' => Number(time.Day, 2, flag),
            'D' or 'x' => $"{Number(time.Month, 2, '\0')}/{Number(time.Day, 2, '\0')}/{Number(time.Year % 100, 2, '\0')}",
            'e' => Number(time.Day, 2, flag == '\0' ? '_' : flag),
            'f' => (time.Ticks % TimeSpan.TicksPerSecond / 10).ToString("000000", CultureInfo.InvariantCulture),
            'F' => $"{Number(time.Year, 4, '\0')}-{Number(time.Month, 2, '\0')}-{Number(time.Day, 2, '\0')}",
            'g' => Number(ISOWeek.GetYear(time) % 100, 2, flag),
            'G' => Number(ISOWeek.GetYear(time), 4, flag),
            'H' => Number(time.Hour, 2, flag),
            'I' => Number(hour12, 2, flag),
            'j' => Number(time.DayOfYear, 3, flag),
            'k' => Number(time.Hour, 2, flag == '\0' ? '_' : flag),
            'l' => Number(hour12, 2, flag == '\0' ? '_' : flag),
            'm' => Number(time.Month, 2, flag),
            'M' => Number(time.Minute, 2, flag),
            'n' => "\n",
            'p' => time.Hour < 12 ? "AM" : "PM",
            'P' => time.Hour < 12 ? "am" : "pm",
            'r' => $"{Number(hour12, 2, '\0')}:{Number(time.Minute, 2, '\0')}:{Number(time.Second, 2, '\0')} {Field('p', '\0', time)}",
            'R' => $"{Number(time.Hour, 2, '\0')}:{Number(time.Minute, 2, '\0')}",
            's' => new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'S' => Number(time.Second, 2, flag),
            't' => "\t",
            'T' or 'X' => $"{Number(time.Hour, 2, '\0')}:{Number(time.Minute, 2, '\0')}:{Number(time.Second, 2, '\0')}",
            'u' => Number(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1, flag),
            'U' => Number((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2, flag),
            'V' => Number(ISOWeek.GetWeekOfYear(time), 2, flag),
            'w' => Number((int)time.DayOfWeek, 1, flag),
            'W' => Number((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2, flag),
            'y' => Number(time.Year % 100, 2, flag),
            'Y' => Number(time.Year, 1, flag),
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };
    }

    private static string Number(int value, int width, char flag)
    {
        string digits = value.ToString(CultureInfo.InvariantCulture);
        return flag switch
        {
            '-' => digits,
            '_' => digits.PadLeft(width),
            _ => digits.PadLeft(width, '0'),
        };
    }
}
