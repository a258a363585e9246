namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Where adapters become active, and that every way of computing that agrees.</summary>
[TestClass]
public sealed class ActivationTests
{
    private const float Tolerance = 1e-5f;

    [TestMethod]
    [DataRow("certainty")]
    [DataRow("answerability")]
    public async Task Forward_ReusedCacheOrOneMaskedRun_AgreesForEveryBoundary(string adapter)
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(90);
        int[] all = [.. Enumerable.Range(0, prompt.Length)];
        foreach (int start in new[] { 0, 1, 31, 64, 89 })
        {
            using Conversation masked = model.CreateConversation();
            Logits expected = await masked.ForwardAsync(
                prompt, new ForwardOptions { Adapter = adapter, ActivationStart = start, LogitsPositions = all });
            using Conversation reused = model.CreateConversation();
            if (start > 0)
            {
                await reused.AppendAsync(prompt.AsMemory(0, start));
            }

            int[] rest = [.. Enumerable.Range(0, prompt.Length - start)];
            Logits got = await reused.ForwardAsync(
                prompt.AsMemory(start), new ForwardOptions { Adapter = adapter, ActivationStart = 0, LogitsPositions = rest });
            Assert.AreEqual(start, got.Usage.ReusedTokens);
            for (int row = 0; row < rest.Length; row++)
            {
                Prompts.AssertClose(expected[start + row], got[row], Tolerance, $"start {start}, row {row}");
            }
        }
    }

    [TestMethod]
    public async Task Forward_SmallChunks_AgreesWithOneRun()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using AloraModel chunked = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefillChunkSize = 7 });
        int[] prompt = Prompts.Random(100);
        ForwardOptions options = new() { Adapter = "query_rewrite", ActivationStart = 45, LogitsPositions = [99, 3, 45, 44, 46, 3] };
        using Conversation one = model.CreateConversation();
        using Conversation many = chunked.CreateConversation();
        Logits expected = await one.ForwardAsync(prompt, options);
        long runs = chunked.Loaded.Session.Runs;
        Logits got = await many.ForwardAsync(prompt, options);
        Assert.AreEqual(15, chunked.Loaded.Session.Runs - runs);
        for (int row = 0; row < expected.Count; row++)
        {
            Prompts.AssertClose(expected[row], got[row], Tolerance, $"row {row}");
        }
    }

    [TestMethod]
    public async Task Forward_Adapter_DiffersFromTheBaseFromItsFirstTokenOn()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = [.. Prompts.Random(20), .. model.Adapters.Get("certainty").InvocationTokens];
        int[] all = [.. Enumerable.Range(0, prompt.Length)];
        using Conversation plain = model.CreateConversation();
        using Conversation adapted = model.CreateConversation();
        Logits x = await plain.ForwardAsync(prompt, new ForwardOptions { LogitsPositions = all });
        Logits y = await adapted.ForwardAsync(prompt, new ForwardOptions { Adapter = "certainty", LogitsPositions = all });
        Prompts.AssertSame(x[19], y[19], "before the invocation");
        Assert.IsGreaterThan(0.01f, x[20].ToArray().Zip(y[20].ToArray(), (a, b) => Math.Abs(a - b)).Max());
        Assert.AreEqual("certainty", adapted.Adapter);
    }

    [TestMethod]
    public async Task Invoke_Offset_MovesTheFirstAdaptedToken()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(30));
        foreach (int offset in new[] { -1, 0, 1 })
        {
            IntrinsicResult result = await conversation.InvokeAsync(
                "certainty", new InvocationOptions { ActivationOffset = offset, Generation = new GenerationOptions { MaxNewTokens = 1 } });
            Assert.AreEqual(30 + offset, result.ActivationPosition);
        }

        IntrinsicResult explicitly = await conversation.InvokeAsync(
            "certainty", new InvocationOptions { ActivationPosition = 12, Generation = new GenerationOptions { MaxNewTokens = 1 } });
        Assert.AreEqual(12, explicitly.ActivationPosition);
        Assert.AreEqual(12, explicitly.Usage.ReusedTokens);
        Assert.AreEqual(30 - 12 + 3, explicitly.Usage.ComputedTokens);
    }

    [TestMethod]
    public async Task Invoke_MissingInvocation_IsAnErrorThatNamesAdapterAndIds()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(30));
        InvocationOptions options = new() { Placement = InvocationPlacement.InPrompt };
        MissingInvocationException exception = await Assert.ThrowsExactlyAsync<MissingInvocationException>(
            () => conversation.InvokeAsync("certainty", options));
        Assert.Contains("'certainty'", exception.Message);
        Assert.Contains("[1, 807, 2]", exception.Message);
        await Assert.ThrowsExactlyAsync<MissingInvocationException>(
            () => conversation.ForwardAsync(Prompts.Random(3), new ForwardOptions { Adapter = "certainty" }));
        await Assert.ThrowsExactlyAsync<MissingInvocationException>(
            () => conversation.PromptAsync(Prompts.Random(3), new PromptOptions { Adapter = "certainty" }));
        Assert.AreEqual(30, conversation.Length);
    }

    [TestMethod]
    public async Task Invoke_MissingInvocationAllowed_GivesTheBasesAnswer()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(30);
        using Conversation conversation = model.CreateConversation();
        using Conversation plain = model.CreateConversation();
        await conversation.AppendAsync(prompt);
        await plain.AppendAsync(prompt);
        GenerationOptions generation = new() { MaxNewTokens = 5, IgnoreEndOfText = true };
        IntrinsicResult result = await conversation.InvokeAsync(
            "certainty",
            new InvocationOptions { Placement = InvocationPlacement.InPrompt, AllowMissingInvocation = true, Generation = generation });
        Assert.IsNull(result.ActivationPosition);
        GenerationResult expected = await plain.GenerateToEndAsync(generation);
        CollectionAssert.AreEqual(expected.Tokens.ToArray(), result.Tokens.ToArray());

        Logits x = await plain.ForwardAsync(prompt);
        await conversation.AppendAsync(expected.Tokens.ToArray());
        Logits y = await conversation.ForwardAsync(prompt, new ForwardOptions { Adapter = "certainty", AllowMissingInvocation = true });
        Prompts.AssertClose(x[0], y[0], Tolerance, "allowed");
        Assert.IsNull(conversation.Adapter);
    }

    [TestMethod]
    public async Task RowsOfAnAdapter_NeverServeOthers()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(40);
        using Conversation conversation = model.CreateConversation();
        await conversation.ForwardAsync(prompt, new ForwardOptions { Adapter = "certainty", ActivationStart = 30 });
        Assert.Contains(
            "Rewind to 30", (await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.AppendAsync(prompt))).Message);
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.InvokeAsync("jailbreak"));
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(
            () => conversation.ForwardAsync(prompt, new ForwardOptions { Adapter = "jailbreak", ActivationStart = 0 }));
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.ForwardAsync(prompt));

        // The same prompt for the base finds the base's rows only; for the adapter with the same start it finds all but the last.
        using Conversation same = conversation.Fork();
        TokenUsage adapted = await same.PromptAsync(
            (int[])[.. prompt, 11], new PromptOptions { Adapter = "certainty", ActivationPosition = 30 });
        Assert.AreEqual(40, adapted.ReusedTokens);
        TokenUsage other = await same.PromptAsync(prompt, new PromptOptions { Adapter = "jailbreak", ActivationPosition = 35 });
        Assert.AreEqual(30, other.ReusedTokens);
        TokenUsage usage = await conversation.PromptAsync(prompt);
        Assert.AreEqual(30, usage.ReusedTokens);
        Assert.IsNull(conversation.Adapter);
        using Conversation fresh = model.CreateConversation();
        await fresh.AppendAsync(prompt);
        int[] next = Prompts.Random(4, 9);
        Prompts.AssertClose(await fresh.NextLogitsAsync(next), await conversation.NextLogitsAsync(next), Tolerance, "after the adapter");
    }

    [TestMethod]
    public async Task Forward_PlainLoraBehindBaseRows_IsRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(3));
        InvalidOperationException exception = await Assert.ThrowsExactlyAsync<InvalidOperationException>(
            () => conversation.ForwardAsync(Prompts.Random(3), new ForwardOptions { Adapter = "certainty-lora" }));
        Assert.Contains("certainty-lora", exception.Message);
    }

    [TestMethod]
    public async Task Generate_UnderAnAdapter_EqualsOneForwardOverTheSameTokens()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = [.. Prompts.Random(25), .. model.Adapters.Get("query_rewrite").InvocationTokens];
        using Conversation stepwise = model.CreateConversation();
        await stepwise.PromptAsync(prompt, new PromptOptions { Adapter = "query_rewrite" });
        GenerationResult answer = await stepwise.GenerateToEndAsync(new GenerationOptions { MaxNewTokens = 10, IgnoreEndOfText = true });
        using Conversation whole = model.CreateConversation();
        int[] all = [.. prompt, .. answer.Tokens];
        Logits logits = await whole.ForwardAsync(
            all,
            new ForwardOptions
            {
                Adapter = "query_rewrite",
                ActivationStart = 25,
                LogitsPositions = [.. Enumerable.Range(prompt.Length - 1, 10)],
            });
        for (int i = 0; i < 10; i++)
        {
            Assert.AreEqual(answer.Tokens[i], System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits[i]), $"token {i}");
        }
    }
}
