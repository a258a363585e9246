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

    [TestMethod]
    public async Task Gather_MessagesTypedMeanwhile_AreSentOneAfterAnother()
    {
        using Screen screen = new();
        await using (screen.Input.Gather())
        {
            await screen.TypeByHandAsync("first");
            await screen.PressByHandAsync(Enter);
            await screen.TypeByHandAsync("second");
            await screen.PressByHandAsync(Enter);
            await screen.TypeByHandAsync("third");
            Assert.AreEqual("", screen.Text);
        }

        Assert.AreEqual("first", await screen.Input.ReadAsync("> ", CancellationToken.None));
        Assert.AreEqual("second", await screen.Input.ReadAsync("> ", CancellationToken.None));
        Assert.AreEqual("third", await screen.SendAsync());
    }

    [TestMethod]
    public async Task KeepUnsent_WhatWasTypedMeanwhile_IsTextThatWaits()
    {
        using Screen screen = new();
        await using (screen.Input.Gather())
        {
            await screen.TypeByHandAsync("first");
            await screen.PressByHandAsync(Enter);
            await screen.TypeByHandAsync("second");
            await screen.PressByHandAsync(Enter);
        }

        screen.Input.KeepUnsent();
        Assert.AreEqual("first\nsecond", await screen.SendAsync());
    }

    [TestMethod]
    public async Task Gather_LastKeys_AreTakenAtItsEnd()
    {
        using Screen screen = new();
        IAsyncDisposable gathering = screen.Input.Gather()!;
        screen.Type("late");
        await gathering.DisposeAsync();

        Assert.AreEqual("", screen.Untaken);
        Assert.AreEqual("late", await screen.SendAsync());
    }

    private static ConsoleKeyInfo Key(char letter, ConsoleKey key) => Screen.Key(letter, key);

    private static ConsoleKeyInfo Control(ConsoleKey key) =>
        new((char)(key - ConsoleKey.A + 1), key, shift: false, alt: false, control: true);
}
