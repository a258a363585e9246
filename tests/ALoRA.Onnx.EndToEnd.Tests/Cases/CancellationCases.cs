using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Cases;

/// <summary>
/// Calls that are cancelled, at every point where that can take effect: between runs, right before a run so that ONNX Runtime ends it, and
/// right after one. Each test is named after its case.
/// </summary>
[TestClass]
public sealed class CancellationCases
{
    // Enough points for every call here; a call that has more is a call that never ends.
    private const int MostPoints = 500;

    // Several chunks for each call.
    private static readonly AloraModelOptions Chunked = new() { IntraOpThreads = 1, PrefillChunkSize = 16 };

    private static readonly GenerationOptions Twelve = new() { MaxNewTokens = 12, Temperature = 0, IgnoreEndOfText = true };

    [TestMethod(DisplayName = "08-cancel-forward")]
    public async Task CancelForward()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Chunked);
        int[] invocation = [.. model.Adapters.Get("answerability").InvocationTokens];
        await CancelEverywhereAsync(model, (conversation, token) => conversation.ForwardAsync(
            invocation, new ForwardOptions { Adapter = "answerability" }, token));
        await CancelEverywhereAsync(model, (conversation, token) => conversation.ForwardAsync(
            (int[])[.. Prompts.Random(20, 3), .. invocation, .. Prompts.Random(20, 4)],
            new ForwardOptions { Adapter = "answerability", LogitsPositions = [0, 19, 21, 40] }, token));
        await CancelEverywhereAsync(model, (conversation, token) => conversation.ForwardAsync(Prompts.Random(40, 3), null, token));
        await CancelEverywhereAsync(model, (conversation, token) => conversation.AppendAsync(Prompts.Random(40, 3), token));
    }

    [TestMethod(DisplayName = "08-cancel-forward, adapter already on")]
    public async Task CancelForwardUnderTheSameAdapter()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Chunked);
        ForwardOptions options = new() { Adapter = "answerability", ActivationStart = 0 };
        using Conversation expected = await StartAsync(model);
        await expected.ForwardAsync(Prompts.Random(20, 3), options);
        int[] tokens = [.. (await expected.GenerateToEndAsync(Twelve)).Tokens];
        for (int point = 0; ; point++)
        {
            using Conversation conversation = await StartAsync(model);
            await conversation.ForwardAsync(Prompts.Random(20, 3), options);
            int length = conversation.Length;
            if (!await IsCancelledAsync(model, point, token => conversation.ForwardAsync(Prompts.Random(30, 4), options, token)))
            {
                break;
            }

            Assert.AreEqual((length, "answerability"), (conversation.Length, conversation.Adapter), $"point {point}");
            CollectionAssert.AreEqual(tokens, (await conversation.GenerateToEndAsync(Twelve)).Tokens.ToArray(), $"point {point}");
        }
    }

    [TestMethod(DisplayName = "08-cancel-forward, prompt")]
    [DataRow("answerability", 30, DisplayName = "08-cancel-forward, prompt, aLoRA in the middle")]
    [DataRow("answerability", 0, DisplayName = "08-cancel-forward, prompt, aLoRA from the start")]
    [DataRow("answerability", 50, DisplayName = "08-cancel-forward, prompt, aLoRA behind the end")]
    [DataRow("certainty-lora", null, DisplayName = "08-cancel-forward, prompt, LoRA")]
    [DataRow(null, null, DisplayName = "08-cancel-forward, prompt, base")]
    public async Task CancelPrompt(string? adapter, int? start)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Chunked);
        PromptOptions options = new() { Adapter = adapter, ActivationPosition = start };
        await CancelEverywhereAsync(model, (conversation, token) => conversation.PromptAsync(Prompts.Random(50, 3), options, token));
        int[] longer = [.. (await StartedAsync(model)), .. Prompts.Random(40, 3)];
        await CancelEverywhereAsync(model, (conversation, token) => conversation.PromptAsync(
            longer, options with { ActivationPosition = start + 20 }, token));
    }

    [TestMethod(DisplayName = "09-cancel-invoke")]
    [DataRow("answerability", DisplayName = "09-cancel-invoke, aLoRA")]
    [DataRow("certainty-lora", DisplayName = "09-cancel-invoke, LoRA")]
    public async Task CancelInvoke(string adapter)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Chunked);
        InvocationOptions options = new() { Generation = Twelve with { MaxNewTokens = 4 } };
        await CancelEverywhereAsync(model, (conversation, token) => conversation.InvokeAsync(adapter, options, token));
        options = options with { InstructionTokens = Prompts.Random(40, 5) };
        await CancelEverywhereAsync(model, (conversation, token) => conversation.InvokeAsync(adapter, options, token));
        await CancelEverywhereAsync(
            model, (conversation, token) => conversation.InvokeAsync(adapter, options with { ActivationPosition = 3 }, token));
        await CancelEverywhereAsync(
            model, (conversation, token) => conversation.InvokePromptAsync(adapter, Prompts.Random(60, 6), options, token));
    }

    [TestMethod(DisplayName = "09-cancel-invoke, fan-out")]
    public async Task CancelInvokeAll()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Chunked);
        InvocationOptions options = new() { Generation = Twelve with { MaxNewTokens = 3 } };
        await CancelEverywhereAsync(model, (conversation, token) => conversation.InvokeAllAsync(
            [
                new("answerability", options with { InstructionTokens = Prompts.Random(25, 5) }), new("certainty-lora", options),
                new("certainty", options with { ActivationPosition = 9 }), new("jailbreak", options),
            ],
            token));
    }

    // A conversation with a token that was sampled and whose row is not computed yet.
    private static async Task<Conversation> StartAsync(AloraModel model)
    {
        Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Enumerable.Range(10, 40).ToArray());
        await foreach (GeneratedToken _ in conversation.GenerateAsync(Twelve))
        {
            break;
        }

        return conversation;
    }

    private static async Task<int[]> StartedAsync(AloraModel model)
    {
        using Conversation conversation = await StartAsync(model);
        return [.. conversation.Tokens];
    }

    private static async Task CancelEverywhereAsync(AloraModel model, Func<Conversation, CancellationToken, Task> call)
    {
        for (int point = 0; ; point++)
        {
            using Conversation conversation = await StartAsync(model);
            int[] before = [.. conversation.Tokens];
            if (!await IsCancelledAsync(model, point, token => call(conversation, token)))
            {
                Assert.IsGreaterThan(2, point, "The call had hardly a point at which it could be cancelled.");
                return;
            }

            Assert.IsNull(conversation.Adapter, $"the adapter stayed on at point {point}");
            await AssertGoesOnAsync(model, conversation, before, call, $"point {point}");
        }
    }

    private static async Task AssertGoesOnAsync(
        AloraModel model, Conversation conversation, int[] before, Func<Conversation, CancellationToken, Task> call, string what)
    {
        int[] tokens = [.. conversation.Tokens];
        if (!tokens.SequenceEqual(before))
        {
            // A prompt keeps what it has done: the first of its own tokens.
            using Conversation whole = await StartAsync(model);
            await call(whole, CancellationToken.None);
            CollectionAssert.AreEqual(whole.Tokens.Take(tokens.Length).ToArray(), tokens, what);
        }

        if (tokens.Length == 0)
        {
            return;
        }

        using Conversation fresh = model.CreateConversation();
        await fresh.PromptAsync(tokens);
        CollectionAssert.AreEqual(
            (await fresh.GenerateToEndAsync(Twelve)).Tokens.ToArray(), (await conversation.GenerateToEndAsync(Twelve)).Tokens.ToArray(),
            $"the base's next tokens changed at {what}");
    }

    private static async Task<bool> IsCancelledAsync(AloraModel model, int point, Func<CancellationToken, Task> call)
    {
        using CancellationTokenSource source = new();
        int passed = 0;
        model.Loaded.Session.AtCancellationPoint = () =>
        {
            if (passed++ == point)
            {
                source.Cancel();
            }
        };
        try
        {
            await call(source.Token);

            // Only behind its last run may a call end although it was cancelled.
            Assert.IsLessThanOrEqualTo(point + 1, passed, $"the call was cancelled at point {point} and went on to {passed}");
            return false;
        }
        catch (OperationCanceledException)
        {
            Assert.IsLessThan(MostPoints, point);
            return true;
        }
        finally
        {
            model.Loaded.Session.AtCancellationPoint = null;
        }
    }
}
