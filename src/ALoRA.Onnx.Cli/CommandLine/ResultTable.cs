using Spectre.Console;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>A table of results: drawn and wrapped on a screen, as Markdown where the output is redirected.</summary>
internal sealed class ResultTable
{
    // Narrower columns of text would have a word a line.
    private const int LeastTextWidth = 16;

    private readonly string[] _headings;
    private readonly bool[] _isNumber;
    private readonly List<string[]> _rows = [];

    /// <summary>Creates a table; headings that begin with <c>&gt;</c> align to the right.</summary>
    public ResultTable(params string[] headings)
    {
        _headings = [.. headings.Select(heading => heading.TrimStart('>'))];
        _isNumber = [.. headings.Select(heading => heading.StartsWith('>'))];
    }

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(cell => cell.ReplaceLineEndings(" "))]);

    public void Print(Terminal terminal)
    {
        if (terminal.IsOutputInteractive)
        {
            Draw(terminal);
        }
        else
        {
            WriteMarkdown(terminal.Output);
        }
    }

    private void Draw(Terminal terminal)
    {
        int width = terminal.Width ?? int.MaxValue;
        // Each column has a border and a space at both sides.
        int[] widths = [.. _headings.Select((heading, i) => _rows.Select(row => row[i].Length).Append(heading.Length).Max())];
        // A few columns of text may share what there is, of many only the last one, which has the long ones, gives way.
        int texts = _isNumber.Count(isNumber => !isNumber);
        int needed = (3 * widths.Length) + 1 + _headings.Select((heading, i) => _isNumber[i] || (texts > 3 && i < widths.Length - 1)
            ? widths[i]
            : Math.Min(widths[i], Math.Max(heading.Length, LeastTextWidth))).Sum();
        if (needed > width)
        {
            DrawRecords(terminal, width);
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        for (int i = 0; i < _headings.Length; i++)
        {
            TableColumn column = new(Markup.Escape(_headings[i]));
            table.AddColumn(_isNumber[i] ? column.RightAligned().NoWrap() : column);
        }

        foreach (string[] row in _rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        terminal.CreateOutputConsole().Write(table);
    }

    // A screen that is too narrow for columns has room for one figure a line.
    private void DrawRecords(Terminal terminal, int width)
    {
        int column = _headings.Max(heading => heading.Length) + 2;
        for (int i = 0; i < _rows.Count; i++)
        {
            if (i > 0)
            {
                terminal.Output.WriteLine();
            }

            for (int j = 0; j < _headings.Length; j++)
            {
                string start = _headings[j].PadRight(column);
                foreach (string line in TextLines.Of(_rows[i][j], Math.Max(LeastTextWidth, width - column)))
                {
                    terminal.Output.WriteLine((start + line).TrimEnd());
                    start = new string(' ', column);
                }
            }
        }
    }

    private void WriteMarkdown(TextWriter writer)
    {
        // The last column may hold long messages, to which the other rows need not be padded.
        int[] widths = [.. _headings.Select((heading, i) => i == _headings.Length - 1 && !_isNumber[i]
            ? 0
            : _rows.Select(row => row[i].Length).Append(heading.Length).Append(3).Max())];
        WriteRow(writer, _headings, widths);
        IEnumerable<string> rules = _isNumber.Select((isNumber, i) => isNumber
            ? $" {new string('-', widths[i] - 1)}: "
            : $" {new string('-', Math.Max(3, widths[i]))} ");
        writer.WriteLine($"|{string.Join('|', rules)}|");
        foreach (string[] row in _rows)
        {
            WriteRow(writer, [.. row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))], widths);
        }
    }

    private void WriteRow(TextWriter writer, string[] cells, int[] widths) => writer.WriteLine(
        $"|{string.Concat(cells.Select((cell, i) => $" {(_isNumber[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))} |"))}");
}
