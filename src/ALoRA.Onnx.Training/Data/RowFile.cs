using System.Text;

namespace ALoRA.Onnx.Training.Data;

/// <summary>Reads a file of rows, all of one form, and collects what is wrong with each.</summary>
internal static class RowFile
{
    private const int LongestLine = 16 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">UTF-8, one JSON object a line; empty lines are skipped.</param>
    /// <param name="faults">Where faults go.</param>
    /// <param name="cancellationToken">Cancels between lines.</param>
    /// <returns>The rows that could be read, with their lines.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static List<(int Line, DataRow Row)> Read(string path, List<TrainingFault> faults, CancellationToken cancellationToken)
    {
        List<(int Line, DataRow Row)> rows = [];
        int number = 0;

        // An encoding that does not know the mark is exchanged for one that replaces bad bytes where a file begins with it.
        using StreamReader reader = new(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true));
        try
        {
            while (reader.ReadLine() is { } line)
            {
                cancellationToken.ThrowIfCancellationRequested();
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                {
                    Add(path, number, line, rows, faults);
                }
            }
        }
        catch (DecoderFallbackException)
        {
            AddUndecoded(path, number, rows, faults, cancellationToken);
        }

        return rows;
    }

    // A reader decodes ahead, so that its error says nothing about the line: from here on each line is decoded by itself.
    private static void AddUndecoded(
        string path, int read, List<(int Line, DataRow Row)> rows, List<TrainingFault> faults, CancellationToken cancellationToken)
    {
        UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        int number = 0;
        using StreamReader reader = new(path, Encoding.Latin1, detectEncodingFromByteOrderMarks: false);
        while (reader.ReadLine() is { } raw)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++number <= read)
            {
                continue;
            }

            try
            {
                string line = strict.GetString(Encoding.Latin1.GetBytes(raw)).TrimStart('\uFEFF');
                if (!string.IsNullOrWhiteSpace(line))
                {
                    Add(path, number, line, rows, faults);
                }
            }
            catch (DecoderFallbackException exception)
            {
                faults.Add(new TrainingFault(path, number, $"expected UTF-8: {exception.Message}"));
            }
        }
    }

    private static void Add(string path, int number, string line, List<(int Line, DataRow Row)> rows, List<TrainingFault> faults)
    {
        try
        {
            DataRow row = line.Length <= LongestLine
                ? RowReader.Read(line)
                : throw new FormatException($"expected at most {LongestLine:N0} characters, got {line.Length:N0}.");
            if (rows.Count > 0 && rows[0].Row.Form != row.Form)
            {
                throw new FormatException(
                    $"expected the form of line {rows[0].Line} ({Name(rows[0].Row.Form)}), got {Name(row.Form)}. "
                    + "Give each form its own file.");
            }

            rows.Add((number, row));
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            faults.Add(new TrainingFault(path, number, exception.Message));
        }
    }

    private static string Name(RowForm form) => form switch
    {
        RowForm.Messages => "messages",
        RowForm.Text => "a rendered prompt",
        _ => "item and label",
    };
}
