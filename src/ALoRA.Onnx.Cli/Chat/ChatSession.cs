using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>A chat with a model: copies of the conversation, settings, and what was computed.</summary>
internal sealed class ChatSession : IDisposable
{
    private readonly Terminal _terminal;
    private readonly List<ChatBranch> _branches;
    private int _current;
    private bool _isWithinLine;

    public ChatSession(Terminal terminal, AloraModel model, ChatSettings settings, string? system)
    {
        _terminal = terminal;
        Model = model;
        Settings = settings;
        _branches = [new ChatBranch(model, system)];
    }

    public AloraModel Model { get; }

    public ChatSettings Settings { get; }

    public ChatTotals Totals { get; } = new();

    /// <summary>The copy that is asked.</summary>
    public ChatBranch Branch => _branches[_current];

    /// <summary>What stands before a message.</summary>
    public string Prompt => _branches.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $"{_current + 1}> ") : "> ";

    /// <summary>What a person reads first.</summary>
    public string Banner()
    {
        ModelManifest manifest = Model.Manifest;
        string adapters = Model.Adapters.Names.Count switch
        {
            0 => "no adapters",
            1 => "1 adapter",
            int count => $"{count} adapters",
        };
        return $"{manifest.Name} ({manifest.Architecture}, {manifest.Precision.Name}) on {Model.ExecutionProvider}, {adapters}.\n"
            + "/help lists the commands. Alt+Enter begins a line, Ctrl+C stops an answer, Ctrl+D leaves.";
    }

    /// <summary>Asks the model, shows the answer as it comes, and how sure it is if that is asked for.</summary>
    public async Task AskAsync(string message, CancellationToken stop, CancellationToken cancellationToken)
    {
        ChatAnswer answer;
        try
        {
            answer = await Branch.AskAsync(message, Settings.Options, WriteAsync, stop, cancellationToken);
        }
        finally
        {
            await EndLineAsync();
        }

        if (answer.IsStopped)
        {
            _terminal.WriteNote("stopped. What there is of the answer is kept; /rewind takes it back.");
            return;
        }

        Totals.Add(answer);
        if (_terminal.ShowsStatistics)
        {
            _terminal.WriteNote(UsageText.Describe(answer));
        }

        if (Settings.Certainty is { } adapter)
        {
            await ShowCertaintyAsync(adapter, stop);
        }
    }

    /// <summary>Shows how sure the last answer is.</summary>
    public async Task ShowCertaintyAsync(string adapter, CancellationToken cancellationToken)
    {
        RequireTurns(1);
        Certainty certainty = await Branch.InvokeCertaintyAsync(adapter, cancellationToken);
        await WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{100 * certainty.Value:0} % sure"));
        Note(certainty.Usage);
    }

    /// <summary>Counts what was computed, and shows it where that is wanted.</summary>
    public void Note(TokenUsage usage)
    {
        Totals.Add(usage);
        if (_terminal.ShowsStatistics)
        {
            _terminal.WriteNote(UsageText.Describe(usage));
        }
    }

    /// <summary>Goes on in a copy, and gives its number.</summary>
    public int Fork()
    {
        _branches.Add(Branch.Fork());
        _current = _branches.Count - 1;
        return _branches.Count;
    }

    /// <summary>Goes on in another copy.</summary>
    /// <exception cref="ArgumentException">There is none of that number.</exception>
    public void Switch(int number) => _current = number >= 1 && number <= _branches.Count
        ? number - 1
        : throw new ArgumentException($"There are copies 1 to {_branches.Count}.");

    /// <summary>Refuses to go on unless so many questions were answered.</summary>
    public void RequireTurns(int turns)
    {
        if (turns < 1 || turns > Branch.Turns)
        {
            throw new ArgumentException(
                Branch.Turns == 0 ? "Nothing has been asked yet." : $"Expected a number from 1 to {Branch.Turns}, the questions so far.");
        }
    }

    public Task WriteLineAsync(string text) => WriteAsync(text + "\n");

    public void Dispose() => _branches.ForEach(branch => branch.Dispose());

    private Task EndLineAsync() => _isWithinLine ? WriteAsync("\n") : Task.CompletedTask;

    private async Task WriteAsync(string text)
    {
        _isWithinLine = !text.EndsWith('\n');
        await _terminal.Output.WriteAsync(text);
        await _terminal.Output.FlushAsync();
    }
}
