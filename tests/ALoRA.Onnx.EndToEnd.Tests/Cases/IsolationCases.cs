using System.Runtime.InteropServices;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.EndToEnd.Tests.Cases;

/// <summary>Faults of one adapter, one caller or one tenant that reached another; each test is named after its case.</summary>
[TestClass]
public sealed class IsolationCases
{
    private static readonly AloraModelOptions Cached = new() { PrefixCacheBytes = 64 << 20 };

    [TestMethod(DisplayName = "04-huge-weights-spoil-prefix")]
    [DataRow(1e25f, "", int.MaxValue, DisplayName = "04-huge-weights-spoil-prefix, 1e25 everywhere")]
    [DataRow(1e25f, "lora_A", 1, DisplayName = "04-huge-weights-spoil-prefix, one 1e25 in each A")]
    [DataRow(-1e30f, "lora_B", 100, DisplayName = "04-huge-weights-spoil-prefix, -1e30 in each B")]
    [DataRow(3e38f, "", int.MaxValue, DisplayName = "04-huge-weights-spoil-prefix, 3e38 everywhere")]
    [DataRow(3e38f, "lora_A", 7, DisplayName = "04-huge-weights-spoil-prefix, 3e38 in each A")]
    [DataRow(1e19f, "layers.0", int.MaxValue, DisplayName = "04-huge-weights-spoil-prefix, 1e19 in one layer")]
    public async Task HugeWeightsSpoilPrefix(float value, string part, int most)
    {
        using TemporaryFolder folder = new();
        string poisoned = await PoisonedModel.CopyAsync(folder);
        PoisonedModel.Fill(PoisonedModel.WeightsOf(poisoned, "certainty"), value, part, most);
        PoisonedModel.Fill(PoisonedModel.WeightsOf(poisoned, "certainty-lora"), value, part, most);
        using AloraModel model = AloraModel.Open(poisoned, Cached);
        AloraModel good = await DemoModel.OpenAsync();
        int[] ids = Question(model);
        using Conversation reference = good.CreateConversation();
        await reference.PromptAsync(ids);
        int[] expected = [.. (await reference.GenerateToEndAsync(Greedy(10))).Tokens];
        using (Conversation spoiling = model.CreateConversation("all"))
        {
            int[] invoked = [.. ids, .. model.Adapters.Get("certainty").InvocationTokens];
            Exception? error = await TryAsync(() => spoiling.PromptAsync(invoked, new PromptOptions { Adapter = "certainty" }));
            AssertNames(error, "certainty");
            Assert.IsTrue(error is null || spoiling.Adapter is null, "the adapter stayed on");
            AssertNames(await TryAsync(() => spoiling.GenerateToEndAsync(Greedy(3))), "certainty");
            AssertNames(
                await TryAsync(() => spoiling.PromptAsync(ids, new PromptOptions { Adapter = "certainty-lora" })), "certainty-lora");
            await spoiling.PromptAsync(ids);
            AssertNames(await TryAsync(() => spoiling.InvokeAsync("certainty", Short)), "certainty");
            AssertNames(await TryAsync(() => spoiling.InvokeAsync("certainty", Short with { ActivationPosition = 5 })), "certainty");
            CollectionAssert.AreEqual(expected, (await spoiling.GenerateToEndAsync(Greedy(10))).Tokens.ToArray());
        }

        using Conversation other = model.CreateConversation("all");
        Assert.AreEqual(ids.Length - 1, (await other.PromptAsync(ids)).ReusedTokens);
        CollectionAssert.AreEqual(
            expected, (await other.GenerateToEndAsync(Greedy(10))).Tokens.ToArray(), "the base's answer changed");
    }

    /// <summary>The case's own bytes: they need not fall on whole weights, so that the file may be refused.</summary>
    [TestMethod(DisplayName = "04-huge-weights-spoil-prefix, as written")]
    public async Task HugeWeightsSpoilPrefixAsWritten()
    {
        using TemporaryFolder folder = new();
        string poisoned = await PoisonedModel.CopyAsync(folder);
        Overwrite(PoisonedModel.WeightsOf(poisoned, "certainty"), 2048, 20000, 1e25f);
        using AloraModel model = AloraModel.Open(poisoned, Cached);
        AloraModel good = await DemoModel.OpenAsync();
        int[] ids = Question(model);
        using Conversation reference = good.CreateConversation();
        await reference.PromptAsync(ids);
        int[] invocation = [.. good.Adapters.Get("certainty").InvocationTokens];
        using (Conversation spoiling = model.CreateConversation())
        {
            await TryAsync(() => spoiling.PromptAsync((int[])[.. ids, .. invocation], new PromptOptions { Adapter = "certainty" }));
        }

        using Conversation other = model.CreateConversation();
        await other.PromptAsync(ids);
        Assert.AreEqual(
            (await reference.GenerateToEndAsync(Greedy(10))).Text, (await other.GenerateToEndAsync(Greedy(10))).Text,
            "the base's answer changed");
    }

    [TestMethod(DisplayName = "04-huge-weights-spoil-prefix, fan-out")]
    [DataRow(1e25f, "", DisplayName = "04-huge-weights-spoil-prefix, fan-out, 1e25")]
    [DataRow(3e38f, "lora_A", DisplayName = "04-huge-weights-spoil-prefix, fan-out, A of 3e38")]
    [DataRow(3e38f, "lora_B", DisplayName = "04-huge-weights-spoil-prefix, fan-out, B of 3e38")]
    [DataRow(1000f, "", DisplayName = "04-huge-weights-spoil-prefix, fan-out, 1000")]
    public async Task HugeWeightsInFanOut(float value, string part)
    {
        using TemporaryFolder folder = new();
        string poisoned = await PoisonedModel.CopyAsync(folder);
        PoisonedModel.Fill(PoisonedModel.WeightsOf(poisoned, "certainty"), value, part);
        using AloraModel model = AloraModel.Open(poisoned, Cached);
        int[] ids = Question(model);
        using Conversation reference = (await DemoModel.OpenAsync()).CreateConversation();
        await reference.PromptAsync(ids);
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(ids);
        AdapterInvocation[] invocations =
            [new("answerability", Short with { InstructionTokens = ids[..4] }), new("certainty", Short), new("jailbreak", Short)];
        IReadOnlyList<IntrinsicResult>? results = null;
        Exception? error = await TryAsync(async () => results = await conversation.InvokeAllAsync(invocations));
        AssertNames(error, "certainty");
        foreach (int good in (int[])[0, 2])
        {
            IntrinsicResult expected = await reference.InvokeAsync(invocations[good].Adapter, invocations[good].Options);
            IntrinsicResult got = results?[good] ?? await conversation.InvokeAsync(invocations[good].Adapter, invocations[good].Options);
            CollectionAssert.AreEqual(expected.Tokens.ToArray(), got.Tokens.ToArray(), "a good adapter's answer changed");
        }

        CollectionAssert.AreEqual(
            (await reference.GenerateToEndAsync(Greedy(10))).Tokens.ToArray(),
            (await conversation.GenerateToEndAsync(Greedy(10))).Tokens.ToArray(), "the base's answer changed");
    }

    /// <summary>Weights that become too large behind all checks, as those of a float16 model might.</summary>
    [TestMethod(DisplayName = "04-huge-weights-spoil-prefix, fan-out that overflows")]
    public async Task OverflowInFanOut()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        int[] ids = Question(model);
        using Conversation reference = (await DemoModel.OpenAsync()).CreateConversation();
        await reference.PromptAsync(ids);
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(ids);
        foreach ((string _, OrtValue value) in model.Adapters.Get("certainty").Weights.HostInputs)
        {
            MemoryMarshal.Cast<byte, float>(value.GetTensorMutableRawData()).Fill(3e38f);
        }

        AdapterInvocation[] invocations = [new("answerability", Short), new("certainty", Short), new("jailbreak", Short)];
        AssertNames(await TryAsync(() => conversation.InvokeAllAsync(invocations)), "certainty");
        Assert.IsInstanceOfType<InvalidOperationException>(await TryAsync(() => conversation.InvokeAllAsync(invocations)));
        IReadOnlyList<IntrinsicResult> good = await conversation.InvokeAllAsync([invocations[0], invocations[2]]);
        Assert.AreEqual((await reference.InvokeAsync("answerability", Short)).Text, good[0].Text);
        Assert.AreEqual((await reference.InvokeAsync("jailbreak", Short)).Text, good[1].Text);
    }

    [TestMethod(DisplayName = "05-nan-weights-in-fan-out")]
    [DataRow(float.NaN, "", int.MaxValue, DisplayName = "05-nan-weights-in-fan-out, NaN everywhere")]
    [DataRow(float.NaN, "layers.1", 1, DisplayName = "05-nan-weights-in-fan-out, one NaN in a layer")]
    [DataRow(float.PositiveInfinity, "lora_B", 1, DisplayName = "05-nan-weights-in-fan-out, infinity")]
    [DataRow(float.NegativeInfinity, "lora_A", 3, DisplayName = "05-nan-weights-in-fan-out, minus infinity")]
    public async Task NanWeightsInFanOut(float value, string part, int most)
    {
        using TemporaryFolder folder = new();
        string poisoned = await PoisonedModel.CopyAsync(folder);
        PoisonedModel.Fill(PoisonedModel.WeightsOf(poisoned, "certainty"), value, part, most);
        using AloraModel model = AloraModel.Open(poisoned, Cached);
        int[] ids = Question(model);
        using Conversation reference = (await DemoModel.OpenAsync()).CreateConversation();
        await reference.PromptAsync(ids);
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(ids);
        Exception? error = await TryAsync(() => conversation.InvokeAllAsync(
            [new("answerability", Short), new("certainty", Short), new("jailbreak", Short)]));
        Assert.IsInstanceOfType<ModelFormatException>(error);
        Assert.Contains(PoisonedModel.WeightsOf(poisoned, "certainty"), error.Message);
        Assert.Contains(part.Length == 0 ? "lora_" : part, error.Message);
        Assert.AreEqual(
            (await reference.InvokeAsync("answerability", Short)).Text, (await conversation.InvokeAsync("answerability", Short)).Text,
            "a good adapter's answer changed");
    }

    [TestMethod(DisplayName = "10-reused-count-tells")]
    public async Task ReusedCountTells()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        int[] ids = Encode(model, "Mia is 81 years old.");
        using (Conversation unnamed = model.CreateConversation())
        {
            await unnamed.PromptAsync(ids);
        }

        // Whoever names no scope may be anyone: nothing shorter than a block is found.
        using Conversation another = model.CreateConversation();
        Assert.AreEqual(0, (await another.PromptAsync(ids)).ReusedTokens, "rows of another conversation were reused");
        using (Conversation first = model.CreateConversation())
        {
            Assert.AreEqual(0, (await first.PromptAsync(ids, new PromptOptions { CacheScope = "first" })).ReusedTokens);
        }

        using Conversation second = model.CreateConversation();
        TokenUsage usage = await second.PromptAsync(ids, new PromptOptions { CacheScope = "second" });
        Assert.AreEqual(0, usage.ReusedTokens, "rows of another partition were reused");
        using Conversation again = model.CreateConversation();
        Assert.AreEqual(ids.Length - 1, (await again.PromptAsync(ids, new PromptOptions { CacheScope = "first" })).ReusedTokens);
        using Conversation created = model.CreateConversation("second");
        Assert.AreEqual(ids.Length - 1, (await created.AppendAsync(ids)).ReusedTokens);
        Assert.AreEqual("second", created.CacheScope);
    }

    [TestMethod(DisplayName = "11-guess-token-by-token")]
    public async Task GuessTokenByToken()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        int[] ids = Encode(model, "Udo lives in Cairo.");
        int[] guess = [.. ids[..(ids.Length / 2)], 1001 % model.Manifest.VocabularySize, 1002 % model.Manifest.VocabularySize];
        using (Conversation unnamed = model.CreateConversation())
        {
            await unnamed.PromptAsync(ids);
        }

        using Conversation second = model.CreateConversation();
        Assert.AreEqual(0, (await second.PromptAsync(guess)).ReusedTokens, "the guess was confirmed");
        using (Conversation first = model.CreateConversation("first"))
        {
            await first.PromptAsync(ids);
        }

        using Conversation guessing = model.CreateConversation("second");
        Assert.AreEqual(0, (await guessing.PromptAsync(guess)).ReusedTokens, "the guess was confirmed");
        using Conversation own = model.CreateConversation("first");
        Assert.AreEqual(ids.Length / 2, (await own.PromptAsync(guess)).ReusedTokens, "the same partition reuses any length");
    }

    [TestMethod(DisplayName = "22-certainty-of-nothing")]
    public async Task CertaintyOfNothing()
    {
        using Conversation conversation = (await DemoModel.OpenAsync()).CreateConversation();
        Exception? error = await TryAsync(() => conversation.InvokeCertaintyAsync("certainty"));
        Assert.IsTrue(error is InvalidOperationException && error.Message.Contains("empty"), "a result for an empty conversation");
        Assert.AreEqual(0, conversation.Length, "tokens were left");
    }

    [TestMethod(DisplayName = "23-invoke-after-rewind")]
    [DataRow("answerability", DisplayName = "23-invoke-after-rewind, aLoRA")]
    [DataRow("certainty-lora", DisplayName = "23-invoke-after-rewind, LoRA")]
    public async Task InvokeAfterRewind(string adapter)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync([new PromptMessage("user", "hi")]);
        conversation.Rewind(0);
        long runs = model.Loaded.Session.Runs;
        Exception? error = await TryAsync(() => conversation.InvokeAsync(adapter, Short));
        Assert.IsTrue(error is InvalidOperationException && error.Message.Contains("empty"), "a result for an empty conversation");
        error = await TryAsync(() => conversation.InvokeAllAsync([new(adapter, Short), new("jailbreak", Short)]));
        Assert.IsTrue(error is InvalidOperationException && error.Message.Contains("empty"), "results for an empty conversation");
        Assert.AreEqual(0, conversation.Length, "tokens were left");
        Assert.AreEqual(runs, model.Loaded.Session.Runs, "something was computed");

        // What is asked stands in the instruction then.
        await conversation.InvokeAsync(adapter, Short with { InstructionTokens = Prompts.Random(5) });
    }

    private static InvocationOptions Short { get; } = new() { Generation = Greedy(3) };

    private static GenerationOptions Greedy(int tokens) => new() { MaxNewTokens = tokens, Temperature = 0, IgnoreEndOfText = true };

    private static int[] Question(AloraModel model) => Encode(model, "What is 47 + 38?");

    private static int[] Encode(AloraModel model, string question) =>
        model.Tokenizer.Encode(model.ChatTemplate!.Render([new PromptMessage("user", question)]));

    private static async Task<Exception?> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    // Nonsense is the adapter's own affair; an error must say whose it is.
    private static void AssertNames(Exception? error, string adapter)
    {
        if (error is not null)
        {
            Assert.IsInstanceOfType<InvalidOperationException>(error);
            Assert.Contains($"'{adapter}'", error.Message);
        }
    }

    private static void Overwrite(string file, int from, int count, float value)
    {
        byte[] bytes = File.ReadAllBytes(file);
        for (int i = 0; i < count && from + (4 * i) + 4 <= bytes.Length; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(from + (4 * i)), value);
        }

        File.WriteAllBytes(file, bytes);
    }
}
