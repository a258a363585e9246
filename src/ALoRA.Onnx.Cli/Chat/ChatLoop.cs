using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Reads lines, asks the model, and obeys the commands that begin with a slash.</summary>
internal sealed class ChatLoop : IDisposable
{
    private const string Help =
        """
        /certainty [ADAPTER]   how sure the last answer is
        /intrinsic ADAPTER     ask an adapter about the conversation
        /adapters              list the adapters
        /rewind [N]            take back the last question, or the last N
        /fork                  go on in a copy of the conversation
        /switch N              go back to another copy
        /help                  this list
        /exit                  leave
        """;

    private readonly Terminal _terminal;
    private readonly AloraModel _model;
    private readonly GenerationOptions _options;
    private readonly List<ChatBranch> _branches;
    private int _current;

    public ChatLoop(Terminal terminal, AloraModel model, GenerationOptions options, string? system)
    {
        _terminal = terminal;
        _model = model;
        _options = options;
        _branches = [new ChatBranch(model, system)];
    }

    private ChatBranch Branch => _branches[_current];

    /// <summary>Runs until <c>/exit</c> or the end of the input.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_terminal.IsInputInteractive)
            {
                await WriteAsync(_branches.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{_current + 1}> ") : "> ");
            }

            // A read from a console does not look at the token.
            string? line = await _terminal.InputText.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            if (line is null || line.Trim() is "/exit" or "/quit")
            {
                return;
            }

            if (line.Trim() is { Length: > 0 } text)
            {
                await ObeyAsync(text, cancellationToken);
            }
        }
    }

    public void Dispose() => _branches.ForEach(branch => branch.Dispose());

    private async Task ObeyAsync(string line, CancellationToken cancellationToken)
    {
        try
        {
            if (line.StartsWith('/'))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                await ObeyCommandAsync(words[0], words.Length > 1 ? words[1] : null, cancellationToken);
            }
            else
            {
                ChatAnswer answer = await Branch.AskAsync(line, _options, WriteAsync, cancellationToken);
                await WriteLineAsync("");
                await _terminal.Error.WriteLineAsync(UsageText.Describe(answer));
            }
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
        {
            // What was typed cannot be done; the conversation goes on.
            await _terminal.Error.WriteLineAsync($"error: {ErrorSentence.Of(exception).Text}");
        }
    }

    private Task ObeyCommandAsync(string command, string? argument, CancellationToken cancellationToken) => command switch
    {
        "/certainty" => ShowCertaintyAsync(argument ?? "certainty", cancellationToken),
        "/intrinsic" =>
            ShowIntrinsicAsync(
                argument ?? throw new ArgumentException("/intrinsic needs the name of an adapter. See /adapters."), cancellationToken),
        "/adapters" => WriteLineAsync(_model.Adapters.Names.Count == 0 ? "none" : string.Join('\n', _model.Adapters.Names)),
        "/rewind" => RewindAsync(ReadNumber(argument ?? "1")),
        "/fork" => ForkAsync(),
        "/switch" => SwitchAsync(ReadNumber(argument ?? throw new ArgumentException("/switch needs the number of a copy."))),
        "/help" => WriteLineAsync(Help),
        _ => throw new ArgumentException($"There is no command {command}. See /help."),
    };

    private async Task ShowCertaintyAsync(string adapter, CancellationToken cancellationToken)
    {
        RequireTurns(1);
        Certainty certainty = await Branch.InvokeCertaintyAsync(adapter, cancellationToken);
        await WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{100 * certainty.Value:0} % sure"));
        await _terminal.Error.WriteLineAsync(UsageText.Describe(certainty.Usage));
    }

    private async Task ShowIntrinsicAsync(string adapter, CancellationToken cancellationToken)
    {
        RequireTurns(1);
        IntrinsicResult result = await Branch.InvokeAsync(adapter, new InvocationOptions(), cancellationToken);
        await WriteLineAsync(result.Text);
        await _terminal.Error.WriteLineAsync(UsageText.Describe(result.Usage));
    }

    private Task RewindAsync(int turns)
    {
        RequireTurns(turns);
        for (int i = 0; i < turns; i++)
        {
            Branch.Rewind();
        }

        return WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Questions left: {Branch.Turns}"));
    }

    private Task ForkAsync()
    {
        _branches.Add(Branch.Fork());
        _current = _branches.Count - 1;
        return WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"This is copy {_branches.Count}."));
    }

    private Task SwitchAsync(int number)
    {
        if (number < 1 || number > _branches.Count)
        {
            throw new ArgumentException($"There are copies 1 to {_branches.Count}.");
        }

        _current = number - 1;
        return WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"This is copy {number}."));
    }

    private void RequireTurns(int turns)
    {
        if (turns < 1 || turns > Branch.Turns)
        {
            throw new ArgumentException(
                Branch.Turns == 0 ? "Nothing has been asked yet." : $"Expected a number from 1 to {Branch.Turns}, the questions so far.");
        }
    }

    private static int ReadNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new ArgumentException($"Expected a number, got {text}.");

    private Task WriteLineAsync(string text) => WriteAsync(text + "\n");

    private async Task WriteAsync(string text)
    {
        await _terminal.Output.WriteAsync(text);
        await _terminal.Output.FlushAsync();
    }
}
