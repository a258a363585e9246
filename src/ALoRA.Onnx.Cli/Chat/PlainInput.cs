using System.Text;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Lines as they come, each a message; those between two lines of three quotation marks are one.</summary>
internal sealed class PlainInput(Terminal terminal) : IChatInput
{
    private const string Fence = "\"\"\"";

    public async Task<string?> ReadAsync(string prompt, CancellationToken cancellationToken)
    {
        if (terminal.IsInputInteractive)
        {
            await terminal.Output.WriteAsync(prompt);
            await terminal.Output.FlushAsync(cancellationToken);
        }

        string? line = await ReadLineAsync(cancellationToken);
        if (line?.Trim() != Fence)
        {
            return line;
        }

        StringBuilder text = new();
        while (await ReadLineAsync(cancellationToken) is { } next && next.Trim() != Fence)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append(next);
        }

        return text.ToString();
    }

    // Lines that wait are the reader's own: a file's, a pipe's or a terminal's, which shows them as they are typed.
    public IAsyncDisposable? Gather() => null;

    public void KeepUnsent()
    {
    }

    // A read from a console does not look at the token.
    private Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        terminal.InputText.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
}
