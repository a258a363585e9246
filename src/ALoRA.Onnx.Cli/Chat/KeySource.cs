using RadLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>
/// Keys of a terminal for the line editor. What is pasted arrives as if it was typed: its line ends become line ends of the message rather
/// than sending it. Terminals that can mark the beginning and end of what is pasted; of others a line end that something follows at once
/// was not typed.
/// </summary>
/// <param name="isAvailable">Whether a key is there.</param>
/// <param name="read">Takes the next key.</param>
internal sealed class KeySource(Func<bool> isAvailable, Func<ConsoleKeyInfo> read) : IInputSource
{
    private const string PasteBegins = "[200~";
    private const string PasteEnds = "[201~";

    private readonly Queue<ConsoleKeyInfo> _pending = new();
    private bool _isPasting;
    private bool _wasReturn;

    // The editor's own guess takes five keys at once for a paste, and short ones for typing.
    public bool ByPassProcessing => true;

    public bool IsKeyAvailable()
    {
        // Marks are taken out before anyone waits for a key behind them.
        while (_pending.Count == 0 && isAvailable())
        {
            Take(read());
        }

        return _pending.Count > 0;
    }

    public ConsoleKeyInfo ReadKey() => _pending.Dequeue();

    private void Take(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Escape && isAvailable() && TryTakeMark())
        {
            return;
        }

        bool isReturn = key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n';
        bool isSecondOfTwo = isReturn && _wasReturn && key.KeyChar == '\n';
        _wasReturn = isReturn && key.KeyChar == '\r';
        if (isSecondOfTwo && _isPasting)
        {
            return;
        }

        _pending.Enqueue(
            isReturn && key.Modifiers == 0 && (_isPasting || isAvailable()) ? NewLine
            : _isPasting && (key.Key == ConsoleKey.Tab || key.KeyChar == '\t')
                ? new ConsoleKeyInfo(' ', ConsoleKey.Spacebar, false, false, false)
            : key);
    }

    // A key of its own, with which the editor begins a line.
    private static ConsoleKeyInfo NewLine { get; } = new('\0', ConsoleKey.Enter, shift: true, alt: false, control: false);

    private bool TryTakeMark()
    {
        List<ConsoleKeyInfo> taken = [];
        string mark = _isPasting ? PasteEnds : PasteBegins;
        while (taken.Count < mark.Length && isAvailable())
        {
            taken.Add(read());
            if (taken[^1].KeyChar != mark[taken.Count - 1])
            {
                break;
            }
        }

        if (string.Concat(taken.Select(key => key.KeyChar)) == mark)
        {
            _isPasting = !_isPasting;
            return true;
        }

        // It was the key itself and others behind it.
        _pending.Enqueue(new ConsoleKeyInfo('\u001b', ConsoleKey.Escape, false, false, false));
        taken.ForEach(_pending.Enqueue);
        return true;
    }
}
