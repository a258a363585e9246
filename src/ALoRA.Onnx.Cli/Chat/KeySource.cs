using RadLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>
/// Keys of a terminal for the line editor. What is pasted arrives as if it was typed: its line ends become line ends of the message rather
/// than sending it. Terminals that can mark the beginning and end of what is pasted; of others a line end that something follows at once
/// was not typed. Keys that are typed while nobody edits are kept, unseen, for the messages that follow.
/// </summary>
/// <param name="isAvailable">Whether a key is there.</param>
/// <param name="read">Takes the next key.</param>
internal sealed class KeySource(Func<bool> isAvailable, Func<ConsoleKeyInfo> read) : IInputSource
{
    private const string PasteBegins = "[200~";
    private const string PasteEnds = "[201~";

    // A person notices no delay of it, and keys typed in a hurry are further apart.
    private static readonly TimeSpan GatheringInterval = TimeSpan.FromMilliseconds(10);

    private readonly Queue<ConsoleKeyInfo> _pending = new();
    private bool _isPasting;
    private bool _isSent;
    private bool _wasReturn;

    // The editor's own guess takes five keys at once for a paste, and short ones for typing.
    public bool ByPassProcessing => true;

    public bool IsKeyAvailable()
    {
        // What follows the key that sends a message is of the next one; the editor would keep it where nothing can be changed about it.
        if (_isSent)
        {
            return false;
        }

        // Marks are taken out before anyone waits for a key behind them.
        while (_pending.Count == 0 && isAvailable())
        {
            Take(read());
        }

        return _pending.Count > 0;
    }

    public ConsoleKeyInfo ReadKey()
    {
        ConsoleKeyInfo key = _pending.Dequeue();
        _isSent = IsSend(key);
        return key;
    }

    /// <summary>Gives keys behind the one that sends: another message begins, or that key sent nothing.</summary>
    public void GoOn() => _isSent = false;

    /// <summary>
    /// Takes keys as they are typed until the result is disposed, while nobody edits: a terminal would show them within what is
    /// printed, and forget them at Ctrl+C.
    /// </summary>
    public IAsyncDisposable Gather() => new Gathering(this);

    /// <summary>Keeps what was typed so far as text that is not sent: its line ends are the message's own.</summary>
    public void KeepUnsent()
    {
        ConsoleKeyInfo[] keys = [.. _pending];
        int count = keys.Length;
        while (count > 0 && IsSend(keys[count - 1]))
        {
            count--;
        }

        _pending.Clear();
        foreach (ConsoleKeyInfo key in keys[..count])
        {
            _pending.Enqueue(IsSend(key) ? NewLine : key);
        }
    }

    private static bool IsSend(ConsoleKeyInfo key) => key is { Key: ConsoleKey.Enter, Modifiers: 0 };

    private void TakeAll()
    {
        while (isAvailable())
        {
            Take(read());
        }
    }

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

    private sealed class Gathering : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _loop;

        public Gathering(KeySource keys)
        {
            // Before anything else runs: the first look at the keyboard ends that the terminal shows keys itself.
            keys.TakeAll();
            _loop = Task.Run(() => TakeAsync(keys));
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _loop;
            _end.Dispose();
        }

        private async Task TakeAsync(KeySource keys)
        {
            while (!_end.IsCancellationRequested)
            {
                keys.TakeAll();
                await Task.Delay(GatheringInterval, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            // What was typed since the last look.
            keys.TakeAll();
        }
    }
}
