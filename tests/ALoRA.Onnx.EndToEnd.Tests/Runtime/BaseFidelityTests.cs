namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>What adapters must leave untouched: the base, bit for bit.</summary>
[TestClass]
public sealed class BaseFidelityTests
{
    [TestMethod]
    [DataRow("certainty")]
    [DataRow("query_rewrite")]
    [DataRow("certainty-lora")]
    public async Task Invoke_InTheMiddle_LeavesTheBaseBitForBit(string adapter)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation plain = model.CreateConversation();
        using Conversation invoked = model.CreateConversation();
        int[] prompt = Prompts.Random(700);
        await plain.AppendAsync(prompt);
        await invoked.AppendAsync(prompt);
        GenerationOptions options = new() { MaxNewTokens = 12, IgnoreEndOfText = true };

        for (int turn = 0; turn < 3; turn++)
        {
            await invoked.InvokeAsync(
                adapter,
                new InvocationOptions
                {
                    InstructionTokens = Prompts.Random(5, turn),
                    Generation = new GenerationOptions { MaxNewTokens = 6, IgnoreEndOfText = true },
                });
            GenerationResult expected = await plain.GenerateToEndAsync(options);
            GenerationResult got = await invoked.GenerateToEndAsync(options);
            CollectionAssert.AreEqual(expected.Tokens.ToArray(), got.Tokens.ToArray());
            await invoked.InvokeAsync(adapter);

            int[] next = Prompts.Random(9, 100 + turn);
            ForwardOptions all = new() { LogitsPositions = [.. Enumerable.Range(0, next.Length)] };
            Logits x = await plain.ForwardAsync(next, all);
            Logits y = await invoked.ForwardAsync(next, all);
            for (int row = 0; row < x.Count; row++)
            {
                Prompts.AssertSame(x[row], y[row], $"turn {turn}, row {row}");
            }
        }

        CollectionAssert.AreEqual(plain.Tokens.ToArray(), invoked.Tokens.ToArray());
    }

    [TestMethod]
    public async Task Invoke_InsideThePrompt_RestoresTheRowsThatItOverwrote()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] invocation = [.. model.Adapters.Get("jailbreak").InvocationTokens];
        int[] prompt = [.. Prompts.Random(60), .. invocation, .. Prompts.Random(20, 2)];
        using Conversation plain = model.CreateConversation();
        using Conversation invoked = model.CreateConversation();
        await plain.AppendAsync(prompt);
        await invoked.AppendAsync(prompt);
        IntrinsicResult result = await invoked.InvokeAsync("jailbreak", new InvocationOptions { Placement = InvocationPlacement.InPrompt });
        Assert.AreEqual(60, result.ActivationPosition);
        Assert.AreEqual(60, result.Usage.ReusedTokens);
        Assert.AreEqual(prompt.Length - 60, result.Usage.ComputedTokens);
        int[] next = Prompts.Random(4, 3);
        Prompts.AssertSame(await plain.NextLogitsAsync(next), await invoked.NextLogitsAsync(next), "after the invocation");
    }

    [TestMethod]
    public async Task Forward_AdapterBoundButMaskedOff_GivesTheBasesNumbers()
    {
        AloraModel model = await DemoModel.OpenAsync();
        int[] prompt = Prompts.Random(50);
        using Conversation plain = model.CreateConversation();
        using Conversation masked = model.CreateConversation();
        int[] all = [.. Enumerable.Range(0, 40)];
        Logits x = await plain.ForwardAsync(prompt, new ForwardOptions { LogitsPositions = all });
        Logits y = await masked.ForwardAsync(
            prompt, new ForwardOptions { Adapter = "query_rewrite", ActivationStart = 40, LogitsPositions = all });
        for (int row = 0; row < all.Length; row++)
        {
            Prompts.AssertSame(x[row], y[row], $"row {row}");
        }
    }
}
