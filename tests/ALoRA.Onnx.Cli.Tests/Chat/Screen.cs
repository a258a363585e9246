using System.Collections.Concurrent;
using System.Text;
using ALoRA.Onnx.Cli.Chat;
using Spectre.Console;

namespace ALoRA.Onnx.Cli.Tests.Chat;

/// <summary>A screen and a keyboard, at which a chat's line editor is used.</summary>
internal sealed class Screen : IAnsiConsoleOutput, IDisposable
{
    private readonly ConcurrentQueue<ConsoleKeyInfo> _keys = new();
    private readonly StringWriter _writer = new();
    private readonly TextWriter _shown;
    private Task<string?>? _read;

    public Screen()
    {
        _shown = TextWriter.Synchronized(_writer);
        Input = new EditedInput(
            AnsiConsole.Create(new AnsiConsoleSettings
            {
                Out = this,
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.Yes,
            }),
            new KeySource(() => !_keys.IsEmpty, Take),
            ["/certainty", "/clear", "answerability", "certainty"]);
    }

    public EditedInput Input { get; }

    public string Text
    {
        get
        {
            // Its methods take the same lock.
            lock (_shown)
            {
                return _writer.ToString();
            }
        }
    }

    /// <summary>What was typed and nobody has read.</summary>
    public string Untaken => string.Concat(_keys.Select(key => key.KeyChar));

    public TextWriter Writer => _shown;

    public bool IsTerminal => true;

    public int Width => 60;

    public int Height => 20;

    public static ConsoleKeyInfo Key(char letter, ConsoleKey key) => new(letter, key, shift: false, alt: false, control: false);

    public void Dispose() => _shown.Dispose();

    public void SetEncoding(Encoding encoding)
    {
    }

    public void Press(params ConsoleKeyInfo[] keys)
    {
        foreach (ConsoleKeyInfo key in keys)
        {
            _keys.Enqueue(key);
        }
    }

    public void Type(string text)
    {
        foreach (char letter in text)
        {
            _keys.Enqueue(letter switch
            {
                '\r' or '\n' => Key(letter, ConsoleKey.Enter),
                '\t' => Key(letter, ConsoleKey.Tab),
                _ => Key(letter, ConsoleKey.NoName),
            });
        }
    }

    /// <summary>Letters that each were read before the next was there.</summary>
    public async Task TypeByHandAsync(string text)
    {
        foreach (char letter in text)
        {
            await PressByHandAsync(Key(letter, ConsoleKey.NoName));
        }
    }

    /// <summary>A key that was read before anything follows it.</summary>
    public async Task PressByHandAsync(ConsoleKeyInfo key)
    {
        Press(key);
        await TakenAsync();
    }

    /// <summary>A key behind those that were pressed, once they were read.</summary>
    public async Task PressLastAsync(ConsoleKeyInfo key)
    {
        await TakenAsync();
        await PressByHandAsync(key);
    }

    /// <summary>Until the screen has shown a text.</summary>
    public async Task UntilShownAsync(string text)
    {
        while (!Text.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(1);
        }
    }

    /// <summary>Until all keys were taken.</summary>
    public async Task WaitAsync()
    {
        _read ??= Input.ReadAsync("> ", CancellationToken.None);
        while (!_keys.IsEmpty)
        {
            await Task.Yield();
        }
    }

    /// <summary>The message, sent by a key that nothing follows.</summary>
    public async Task<string?> SendAsync()
    {
        await WaitAsync();
        Press(Key('\r', ConsoleKey.Enter));
        string? text = await _read!;
        _read = null;
        return text;
    }

    private async Task TakenAsync()
    {
        while (!_keys.IsEmpty)
        {
            await Task.Delay(1);
        }
    }

    private ConsoleKeyInfo Take() =>
        _keys.TryDequeue(out ConsoleKeyInfo key) ? key : throw new InvalidOperationException("No key is there.");
}
