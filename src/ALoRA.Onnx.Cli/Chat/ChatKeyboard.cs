using ALoRA.Onnx.Cli.CommandLine;
using Spectre.Console;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>A keyboard beside a screen that can show an editor of lines.</summary>
internal sealed class ChatKeyboard
{
    private readonly IAnsiConsole _screen;
    private readonly KeySource _keys;

    private ChatKeyboard(IAnsiConsole screen, KeySource keys)
    {
        _screen = screen;
        _keys = keys;
    }

    /// <summary>That of a terminal, or null if a person does not type at it, or it shows no editor.</summary>
    public static ChatKeyboard? Of(Terminal terminal) =>
        terminal.IsInputInteractive && terminal.IsOutputInteractive && terminal.CreateOutputConsole() is var screen
            && EditedInput.IsSupported(screen)
            ? new ChatKeyboard(screen, new KeySource(terminal.IsKeyAvailable, terminal.ReadKey))
            : null;

    /// <summary>Keeps what is typed until the result is disposed.</summary>
    public IAsyncDisposable Gather() => _keys.Gather();

    /// <summary>An editor.</summary>
    /// <param name="words">What Tab completes.</param>
    public EditedInput Edit(IReadOnlyList<string> words) => new(_screen, _keys, words);
}
