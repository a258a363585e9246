using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Reads messages, asks the model, and obeys the commands that begin with a slash.</summary>
internal sealed class ChatLoop : IDisposable
{
    private readonly Terminal _terminal;
    private readonly IChatInput _input;
    private readonly ChatSession _session;
    private readonly ChatCommands _commands;

    /// <summary>Creates a loop over a conversation.</summary>
    /// <param name="terminal">Where answers go.</param>
    /// <param name="input">Where messages come from.</param>
    /// <param name="session">The conversation, which is disposed with the loop.</param>
    public ChatLoop(Terminal terminal, IChatInput input, ChatSession session)
    {
        _terminal = terminal;
        _session = session;
        _commands = new ChatCommands(terminal, session);
        _input = input;
    }

    /// <summary>Runs until <c>/exit</c>, the end of the input, or Ctrl+C at the prompt.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_terminal.IsInputInteractive)
        {
            _terminal.WriteText(_session.Banner());
        }

        while (true)
        {
            string? message;
            try
            {
                message = (await _input.ReadAsync(_session.Prompt, cancellationToken))?.Trim();
            }
            catch (OperationCanceledException) when (_terminal.IsInputInteractive)
            {
                _terminal.Output.WriteLine();
                return;
            }

            if (message is null || message.ToUpperInvariant() is "/EXIT" or "/QUIT" or "/BYE")
            {
                return;
            }

            if (message.Length > 0)
            {
                await ObeyAsync(message, cancellationToken);
            }
        }
    }

    public void Dispose() => _session.Dispose();

    private async Task ObeyAsync(string message, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = new();
        using IDisposable caught = _terminal.Interrupts.Catch(stop.Cancel);
        await using (_input.Gather())
        {
            await ObeyAsync(message, stop.Token, cancellationToken);
        }

        if (stop.IsCancellationRequested)
        {
            _input.KeepUnsent();
        }
    }

    private async Task ObeyAsync(string message, CancellationToken stop, CancellationToken cancellationToken)
    {
        try
        {
            // Two slashes are one that is meant.
            if (message.StartsWith('/') && !message.StartsWith("//", StringComparison.Ordinal))
            {
                using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancellationToken);
                await _commands.ObeyAsync(message, either.Token);
            }
            else
            {
                await _session.AskAsync(message.StartsWith('/') ? message[1..] : message, stop, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _terminal.WriteNote("stopped.");
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or IOException
            or UnauthorizedAccessException or CommandFailedException)
        {
            // What was typed cannot be done; the conversation goes on.
            _terminal.WriteNote($"error: {ErrorSentence.Of(exception).Text}");
        }
    }
}
