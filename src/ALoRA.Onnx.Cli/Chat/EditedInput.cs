using RadLine;
using Spectre.Console;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Messages typed at a terminal, with an editor of lines: cursor, history, several lines, completion of commands.</summary>
internal sealed class EditedInput : IChatInput
{
    // Asks the terminal to mark what is pasted, and not to.
    private const string MarkPastes = "\u001b[?2004h";
    private const string LeavePastes = "\u001b[?2004l";

    private readonly IAnsiConsole _console;
    private readonly KeySource _keys;
    private readonly MessagePrompt _prompt = new();
    private readonly LineEditor _editor;

    /// <summary>Creates an editor.</summary>
    /// <param name="console">The screen.</param>
    /// <param name="keys">The keyboard.</param>
    /// <param name="words">What Tab completes.</param>
    public EditedInput(IAnsiConsole console, KeySource keys, IReadOnlyList<string> words)
    {
        _console = console;
        _keys = keys;
        _editor = new LineEditor(console, keys)
        {
            MultiLine = true,
            Prompt = _prompt,
            Completion = new WordCompletion(words),
        };
        KeyBindings bindings = _editor.KeyBindings;
        bindings.Add(ConsoleKey.Enter, () => new EditCommand(Send));
        bindings.Add(ConsoleKey.Enter, ConsoleModifiers.Alt, () => new EditCommand(NewLine));
        bindings.Add(ConsoleKey.Enter, ConsoleModifiers.Shift, () => new EditCommand(NewLine));
        bindings.Add(ConsoleKey.UpArrow, () => new EditCommand(Up));
        bindings.Add(ConsoleKey.DownArrow, () => new EditCommand(Down));
        bindings.Add(ConsoleKey.P, ConsoleModifiers.Control, () => new EditCommand(Up));
        bindings.Add(ConsoleKey.N, ConsoleModifiers.Control, () => new EditCommand(Down));
        bindings.Add(ConsoleKey.A, ConsoleModifiers.Control, () => new EditCommand(context => context.Buffer.MoveHome()));
        bindings.Add(ConsoleKey.E, ConsoleModifiers.Control, () => new EditCommand(context => context.Buffer.MoveEnd()));
        bindings.Add(ConsoleKey.D, ConsoleModifiers.Control, () => new EditCommand(Leave));
        bindings.Add(ConsoleKey.K, ConsoleModifiers.Control, () => new EditCommand(
            context => context.Buffer.Clear(context.Buffer.Position, context.Buffer.Length)));
        bindings.Add(ConsoleKey.U, ConsoleModifiers.Control, () => new EditCommand(context => Delete(context.Buffer, 0)));
        bindings.Add(ConsoleKey.W, ConsoleModifiers.Control, () => new EditCommand(DeleteWord));
    }

    /// <summary>Whether a screen can show the editor.</summary>
    public static bool IsSupported(IAnsiConsole console) => LineEditor.IsSupported(console);

    public async Task<string?> ReadAsync(string prompt, CancellationToken cancellationToken)
    {
        _prompt.Text = prompt;
        _keys.GoOn();
        _console.Profile.Out.Writer.Write(MarkPastes);
        try
        {
            return (await _editor.ReadLine(cancellationToken))?.ReplaceLineEndings("\n");
        }
        finally
        {
            _console.Profile.Out.Writer.Write(LeavePastes);
            _console.Profile.Out.Writer.Flush();
        }
    }

    public IAsyncDisposable? Gather() => _keys.Gather();

    public void KeepUnsent() => _keys.KeepUnsent();

    // A backslash at the end says that the message goes on, as in a shell.
    private void Send(LineEditorContext context)
    {
        LineBuffer line = context.Buffer;
        if (_prompt.IsLastLine && line.Content.EndsWith('\\'))
        {
            line.Clear(line.Length - 1, 1);
            line.MoveEnd();
            NewLine(context);
            _keys.GoOn();
            return;
        }

        context.Submit(SubmitAction.Submit);
    }

    private void NewLine(LineEditorContext context)
    {
        if (_prompt.IsLastLine)
        {
            context.Submit(SubmitAction.NewLine);
            return;
        }

        // The editor adds lines at the end alone; within the text words at least stay apart.
        context.Buffer.Insert(' ');
        context.Buffer.MoveRight();
    }

    private void Up(LineEditorContext context) =>
        context.Submit(_prompt.IsFirstLine ? SubmitAction.PreviousHistory : SubmitAction.MoveUp);

    private void Down(LineEditorContext context) =>
        context.Submit(_prompt.IsLastLine ? SubmitAction.NextHistory : SubmitAction.MoveDown);

    private void Leave(LineEditorContext context)
    {
        if (context.Buffer.Length == 0 && _prompt.IsFirstLine && _prompt.IsLastLine)
        {
            context.Submit(SubmitAction.Cancel);
        }
        else
        {
            context.Buffer.Clear(context.Buffer.Position, 1);
        }
    }

    private static void DeleteWord(LineEditorContext context)
    {
        LineBuffer line = context.Buffer;
        string before = line.Content[..line.Position].TrimEnd();
        Delete(line, before.LastIndexOf(' ') + 1);
    }

    private static void Delete(LineBuffer line, int from)
    {
        int count = line.Position - from;
        line.Move(from);
        line.Clear(from, count);
    }

    private sealed class EditCommand(Action<LineEditorContext> edit) : LineEditorCommand
    {
        public override void Execute(LineEditorContext context) => edit(context);
    }

    private sealed class MessagePrompt : ILineEditorPrompt
    {
        private ILineEditorState? _state;

        public string Text { get; set; } = "";

        public bool IsFirstLine => _state?.IsFirstLine ?? true;

        public bool IsLastLine => _state?.IsLastLine ?? true;

        public (Markup Markup, int Margin) GetPrompt(ILineEditorState state, int line)
        {
            _state = state;
            string text = Text.TrimEnd();
            return (new Markup(Markup.Escape(line == 0 ? text : new string(' ', text.Length))), 1);
        }
    }

    private sealed class WordCompletion(IReadOnlyList<string> words) : ITextCompletion
    {
        public IEnumerable<string>? GetCompletions(string prefix, string word, string suffix) =>
            words.Where(candidate => candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                && candidate.StartsWith('/') == (prefix.Trim().Length == 0)
                && (prefix.Length == 0 || prefix.StartsWith('/')));
    }
}
