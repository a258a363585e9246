using ALoRA.Onnx.Cli.Chat;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.Chat;

[TestClass]
public sealed class ChatLoopTests
{
    private static readonly ConsoleKeyInfo Enter = Screen.Key('\r', ConsoleKey.Enter);

    [TestMethod]
    public async Task Run_LinesTypedDuringAnAnswer_AreTheNextMessages()
    {
        string output = await ChatAsync(async (screen, _) =>
        {
            await screen.TypeByHandAsync("What is 3 + 4?");
            await screen.PressByHandAsync(Enter);
            await screen.TypeByHandAsync("/exit");
            await screen.PressByHandAsync(Enter);
        });

        Assert.AreEqual("12 + 7 = 19.\n3 + 4 = 7.\n", output);
    }

    [TestMethod]
    public async Task Run_LineTypedBeforeTheAnswerIsStopped_WaitsUntilItIsSent()
    {
        int sentByHand = 0;
        string output = await ChatAsync(async (screen, interrupts) =>
        {
            await screen.TypeByHandAsync("What is 3 + 4?");
            await screen.PressByHandAsync(Enter);
            Assert.IsTrue(interrupts.TryHandle());
            _ = Task.Run(async () =>
            {
                await screen.UntilShownAsync("What is 3 + 4?");
                sentByHand++;
                await screen.PressByHandAsync(Enter);
                await screen.TypeByHandAsync("/exit");
                await screen.PressByHandAsync(Enter);
            });
        });

        Assert.AreEqual(1, sentByHand);
        Assert.AreEqual("12 +\n3 + 4 = 7.\n", output.Replace(" \n", "\n", StringComparison.Ordinal));
    }

    // The output of a chat that is asked what 12 + 7 is, and what happens once it has begun to answer.
    private static async Task<string> ChatAsync(Func<Screen, Interrupts, Task> meanwhile)
    {
        using Screen screen = new();
        await using AnswerWriter output = new();
        await using StringWriter error = new();
        using Terminal terminal = new(Stream.Null, output, error);
        output.Meanwhile = () => meanwhile(screen, terminal.Interrupts);
        AloraModel model = await AloraModel.OpenAsync(await DemoModel.GetFolderAsync());
        await using (model)
        {
            ChatSettings settings = new(new GenerationOptions(), certainty: null);
            using ChatLoop loop = new(terminal, screen.Input, new ChatSession(terminal, model, settings, system: null));
            screen.Type("What is 12 + 7?");
            Task typed = screen.PressLastAsync(Enter);
            await loop.RunAsync(CancellationToken.None);
            await typed;
        }

        return output.ToString();
    }

    private sealed class AnswerWriter : StringWriter
    {
        private bool _hasBegun;

        public Func<Task>? Meanwhile { get; set; }

        public override async Task WriteAsync(string? value)
        {
            base.Write(value);
            if (!_hasBegun && value!.Contains('+', StringComparison.Ordinal))
            {
                _hasBegun = true;
                await Meanwhile!();
            }
        }
    }
}
