using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>The commands of a chat, which begin with a slash.</summary>
internal sealed class ChatCommands
{
    private static readonly (string Name, string Arguments, string Description)[] List =
    [
        ("/certainty", "[ADAPTER]", "how sure the last answer is"),
        ("/intrinsic", "ADAPTER …", "ask adapters about the conversation, several at once"),
        ("/adapters", "", "list the adapters"),
        ("/system", "[TEXT]", "show or replace the system message; - takes it away"),
        ("/set", "[NAME VALUE]", "show or change settings; certainty on shows it behind each answer"),
        ("/stats", "", "what was computed so far"),
        ("/save", "FILE", "write the conversation to a file"),
        ("/load", "FILE", "go on with a conversation of a file"),
        ("/clear", "", "begin anew, with the same system message"),
        ("/rewind", "[N]", "take back the last question, or the last N"),
        ("/fork", "", "go on in a copy of the conversation"),
        ("/switch", "N", "go back to another copy"),
        ("/help", "", "this list"),
        ("/exit", "", "leave, as does Ctrl+D"),
    ];

    private readonly Terminal _terminal;
    private readonly ChatSession _session;

    public ChatCommands(Terminal terminal, ChatSession session)
    {
        _terminal = terminal;
        _session = session;
    }

    /// <summary>All of them.</summary>
    public static IEnumerable<string> Names => List.Select(command => command.Name);

    private ChatBranch Branch => _session.Branch;

    /// <summary>Does what a line says.</summary>
    /// <exception cref="ArgumentException">There is no such command, or it needs something else.</exception>
    public Task ObeyAsync(string line, CancellationToken cancellationToken)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        string? rest = words.Length > 1 && words[1].Length > 0 ? words[1] : null;
        return words[0].ToLowerInvariant() switch
        {
            "/certainty" => _session.ShowCertaintyAsync(AdapterOf(rest ?? "certainty"), cancellationToken),
            "/intrinsic" => ShowIntrinsicsAsync(Need(rest, "/intrinsic needs the name of an adapter. See /adapters."), cancellationToken),
            "/adapters" => _session.WriteLineAsync(
                _session.Model.Adapters.Names.Count == 0 ? "none" : string.Join('\n', _session.Model.Adapters.Names)),
            "/system" => SystemAsync(rest),
            "/set" => SetAsync(rest),
            "/stats" => _session.WriteLineAsync(_session.Totals.Describe(Branch.Length, _session.Model.MaxLength)),
            "/save" => SaveAsync(Need(rest, "/save needs the name of a file, such as chat.json.")),
            "/load" => LoadAsync(Need(rest, "/load needs the name of a file that /save wrote.")),
            "/clear" => ReplaceAsync([.. Branch.Messages.Where(message => message.Role == "system")], "The conversation begins anew."),
            "/rewind" => RewindAsync(ReadNumber(rest ?? "1")),
            "/fork" => _session.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"This is copy {_session.Fork()}.")),
            "/switch" => SwitchAsync(ReadNumber(Need(rest, "/switch needs the number of a copy."))),
            "/help" => HelpAsync(),
            string name => throw new ArgumentException($"There is no command {name}. See /help.{NearMiss.Question(name, Names)}"),
        };
    }

    private async Task ShowIntrinsicsAsync(string names, CancellationToken cancellationToken)
    {
        string[] adapters = [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(AdapterOf)];
        _session.RequireTurns(1);
        foreach (IntrinsicResult result in await Branch.InvokeAllAsync(adapters, cancellationToken))
        {
            await _session.WriteLineAsync(adapters.Length == 1 ? result.Text : $"{result.Adapter}: {result.Text}");
            _session.Note(result.Usage);
        }
    }

    private Task SystemAsync(string? text)
    {
        PromptMessage[] others = [.. Branch.Messages.Where(message => message.Role != "system")];
        string? present = Branch.Messages.FirstOrDefault(message => message.Role == "system")?.Content;
        return text is null
            ? _session.WriteLineAsync(present ?? "There is no system message.")
            : ReplaceAsync(
                text == "-" ? others : [new PromptMessage("system", text), .. others],
                text == "-" ? "The system message is gone." : "The system message is set.");
    }

    private Task SetAsync(string? text)
    {
        string[] words = text?.Split([' ', '='], 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (words.Length == 0)
        {
            return _session.WriteLineAsync(_session.Settings.Describe());
        }

        _session.Settings.Set(
            words[0], words.Length > 1 ? words[1] : throw new ArgumentException("/set needs a name and a value. See /set."), AdapterOf);
        return Task.CompletedTask;
    }

    private Task SaveAsync(string path)
    {
        _session.RequireTurns(1);
        ChatFile.Save(path, Branch.Messages);
        return _session.WriteLineAsync($"Written: {path}");
    }

    private Task LoadAsync(string path) => ReplaceAsync(ChatFile.Load(path), null);

    private Task ReplaceAsync(IReadOnlyList<PromptMessage> messages, string? what)
    {
        Branch.Replace(messages);
        return _session.WriteLineAsync(what ?? string.Create(CultureInfo.InvariantCulture, $"Questions: {Branch.Turns}"));
    }

    private Task RewindAsync(int turns)
    {
        _session.RequireTurns(turns);
        for (int i = 0; i < turns; i++)
        {
            Branch.Rewind();
        }

        return _session.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Questions left: {Branch.Turns}"));
    }

    private Task SwitchAsync(int number)
    {
        _session.Switch(number);
        return _session.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"This is copy {number}."));
    }

    private Task HelpAsync()
    {
        const int Column = 24;
        foreach ((string name, string arguments, string description) in List)
        {
            string start = $"{name} {arguments}";
            foreach (string line in TextLines.Of(description, Math.Max(Column, (_terminal.Width ?? 100) - Column)))
            {
                _terminal.Output.WriteLine(start.PadRight(Column) + line);
                start = "";
            }
        }

        _terminal.WriteText(
            "\nA message of several lines: Alt+Enter, a backslash at the end of a line, or \"\"\" on lines before and behind it. // begins "
            + "one with a slash.");
        return Task.CompletedTask;
    }

    private string AdapterOf(string name) => AdapterNames.Find(_session.Model.Folder, "the chat", name);

    private static string Need(string? rest, string otherwise) => rest ?? throw new ArgumentException(otherwise);

    private static int ReadNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new ArgumentException($"Expected a number, got {text}.");
}
