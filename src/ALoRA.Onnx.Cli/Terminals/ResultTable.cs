using Spectre.Console;

namespace ALoRA.Onnx.Cli.Terminals;

/// <summary>A table of results: drawn with lines on a screen, as Markdown where the output is redirected.</summary>
internal sealed class ResultTable
{
    private readonly Table _table = new();

    /// <summary>Creates a table; headings that begin with <c>&gt;</c> align to the right.</summary>
    public ResultTable(params ReadOnlySpan<string> headings)
    {
        foreach (string heading in headings)
        {
            bool isNumber = heading.StartsWith('>');
            TableColumn column = new(Markup.Escape(heading.TrimStart('>')));
            _table.AddColumn(isNumber ? column.RightAligned() : column);
        }
    }

    public void Add(params ReadOnlySpan<string> cells)
    {
        List<Text> row = [];
        foreach (string cell in cells)
        {
            row.Add(new Text(cell));
        }

        _table.AddRow(row);
    }

    public void Print(Terminal terminal)
    {
        _table.Border = terminal.IsOutputInteractive ? TableBorder.Rounded : TableBorder.Markdown;
        terminal.CreateOutputConsole().Write(_table);
    }
}
