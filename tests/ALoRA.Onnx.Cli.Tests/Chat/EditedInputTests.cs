using System.Text;
using ALoRA.Onnx.Cli.Chat;
using Spectre.Console;

namespace ALoRA.Onnx.Cli.Tests.Chat;

[TestClass]
public sealed class EditedInputTests
{
    private static readonly ConsoleKeyInfo Enter = Key('\r', ConsoleKey.Enter);
    private static readonly ConsoleKeyInfo Escape = Key('\u001b', ConsoleKey.Escape);

    [TestMethod]
    public async Task Read_CursorKeys_EditTheLine()
    {
        using Screen screen = new();
        screen.Type("hllo");
        screen.Press(Key('\0', ConsoleKey.LeftArrow), Key('\0', ConsoleKey.LeftArrow), Key('\0', ConsoleKey.LeftArrow));
        screen.Type("e");
        screen.Press(Control(ConsoleKey.E));
        screen.Type("!");

        Assert.AreEqual("hello!", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_MarkedPaste_IsOneMessage()
    {
        using Screen screen = new();
        screen.Press(Escape);
        screen.Type("[200~one\ttwo\r\nthree\n\nfour");
        screen.Press(Escape);
        screen.Type("[201~");

        Assert.AreEqual("one two\nthree\n\nfour", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_PasteOfATerminalThatMarksNone_IsOneMessage()
    {
        using Screen screen = new();
        screen.Press(Key('a', ConsoleKey.A), Enter, Key('b', ConsoleKey.B));

        Assert.AreEqual("a\nb", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_EscapeThatIsNoMark_IsPassedOver()
    {
        using Screen screen = new();
        screen.Press(Escape);
        screen.Type("[20x");

        Assert.AreEqual("[20x", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_SeveralLinesByKeys_AreOneMessage()
    {
        using Screen screen = new();
        screen.Type("one");
        screen.Press(new ConsoleKeyInfo('\r', ConsoleKey.Enter, shift: false, alt: true, control: false));
        screen.Type("two\\");
        await screen.WaitAsync();
        screen.Press(Enter);
        await screen.WaitAsync();
        screen.Type("three");

        Assert.AreEqual("one\ntwo\nthree", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_ArrowUp_BringsBackEarlierMessages()
    {
        using Screen screen = new();
        screen.Type("first");
        await screen.SendAsync();
        screen.Type("second");
        await screen.SendAsync();
        screen.Press(Key('\0', ConsoleKey.UpArrow), Key('\0', ConsoleKey.UpArrow));

        Assert.AreEqual("first", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_Tab_CompletesCommandsAndAdapters()
    {
        using Screen screen = new();
        screen.Type("/cert");
        screen.Press(Key('\t', ConsoleKey.Tab));
        screen.Type(" ans");
        screen.Press(Key('\t', ConsoleKey.Tab));

        Assert.AreEqual("/certainty answerability", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_DeletingKeys_DeleteWordsAndRests()
    {
        using Screen screen = new();
        screen.Type("one two three");
        screen.Press(Control(ConsoleKey.W));
        screen.Type("x");

        Assert.AreEqual("one two x", await screen.SendAsync());
        screen.Type("gone");
        screen.Press(Control(ConsoleKey.U));
        screen.Type("here");
        Assert.AreEqual("here", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Read_ControlDOnAnEmptyLine_Leaves()
    {
        using Screen screen = new();
        screen.Press(Control(ConsoleKey.D));

        Assert.IsNull(await screen.Input.ReadAsync("> ", CancellationToken.None));
    }

    [TestMethod]
    public async Task Read_Cancelled_SaysSo()
    {
        using Screen screen = new();
        using CancellationTokenSource cancellation = new();
        Task<string?> read = screen.Input.ReadAsync("> ", cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => read);
        Assert.EndsWith("\u001b[?2004l", screen.Text);
    }

    private static ConsoleKeyInfo Key(char letter, ConsoleKey key) => new(letter, key, shift: false, alt: false, control: false);

    private static ConsoleKeyInfo Control(ConsoleKey key) =>
        new((char)(key - ConsoleKey.A + 1), key, shift: false, alt: false, control: true);

    private sealed class Screen : IAnsiConsoleOutput, IDisposable
    {
        private readonly Queue<ConsoleKeyInfo> _keys = new();
        private readonly StringWriter _writer = new();
        private Task<string?>? _read;

        public Screen() => Input = new EditedInput(
            AnsiConsole.Create(new AnsiConsoleSettings
            {
                Out = this,
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.Yes,
            }),
            new KeySource(() => _keys.Count > 0, _keys.Dequeue),
            ["/certainty", "/clear", "answerability", "certainty"]);

        public EditedInput Input { get; }

        public string Text => _writer.ToString();

        public TextWriter Writer => _writer;

        public bool IsTerminal => true;

        public int Width => 60;

        public int Height => 20;

        public void Dispose() => _writer.Dispose();

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

        /// <summary>Until all keys were taken.</summary>
        public async Task WaitAsync()
        {
            _read ??= Input.ReadAsync("> ", CancellationToken.None);
            while (_keys.Count > 0)
            {
                await Task.Yield();
            }
        }

        /// <summary>The message, sent by a key that nothing follows.</summary>
        public async Task<string?> SendAsync()
        {
            await WaitAsync();
            Press(Enter);
            string? text = await _read!;
            _read = null;
            return text;
        }
    }
}
