using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.EndToEnd.Tests.Cases;
using ALoRA.Onnx.Inference;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// An instruction before an invocation in the same run as the invocation, against its naive twin: a run of the base before. Only rows that
/// are thrown away may be computed so.
/// </summary>
[TestClass]
public sealed class ThrownAwayRowsTests
{
    private const float Tolerance = 1e-4f;
    private const int Known = 60;

    [TestMethod]
    [DataRow("certainty", 1)]
    [DataRow("certainty", 16)]
    [DataRow("jailbreak", 16)]
    [DataRow("query_rewrite", 40)]
    [DataRow("answerability", 300)]
    public async Task Compute_OneRunOfBoth_GivesTheLogitsAndTokensOfTwo(string adapter, int instruction)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Sequence together = Start(model);
        using Sequence apart = Start(model);
        int[] appended = [.. Prompts.Random(instruction, 2), .. model.Adapters.Get(adapter).InvocationTokens];
        Assert.AreEqual(1, RunsOf(model, () => Activate(model, together, adapter, appended, thrownAwayFrom: Known)));
        Assert.AreEqual(2, RunsOf(model, () => Activate(model, apart, adapter, appended, int.MaxValue)));
        for (int i = 0; i < 12; i++)
        {
            float[] expected = apart.LastLogits(default).ToArray();
            float[] got = together.LastLogits(default).ToArray();
            Prompts.AssertClose(expected, got, Tolerance, $"step {i}");
            int token = Array.IndexOf(expected, expected.Max());
            Assert.AreEqual(token, Array.IndexOf(got, got.Max()));
            apart.Append(token);
            together.Append(token);
        }
    }

    [TestMethod]
    [DataRow("certainty")]
    [DataRow("answerability")]
    public async Task Invoke_Instruction_IsOneRunAndAnswersAsBehindAppendedText(string adapter)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        int[] instruction = Prompts.Random(16, 2);
        using Conversation asked = model.CreateConversation();
        using Conversation longer = model.CreateConversation();
        await asked.AppendAsync(Prompts.Random(Known));
        await longer.AppendAsync(Prompts.Random(Known));
        await longer.AppendAsync(instruction);
        InvocationOptions options = new() { Choices = ["1", "7"], Generation = Greedy(8) };
        IntrinsicResult expected = await longer.InvokeAsync(adapter, options);
        long runs = model.Loaded.Session.Runs;
        IntrinsicResult got = await asked.InvokeAsync(adapter, options with { InstructionTokens = instruction });
        Assert.AreEqual(got.Tokens.Count, model.Loaded.Session.Runs - runs);
        CollectionAssert.AreEqual(expected.Tokens.ToArray(), got.Tokens.ToArray());
        Assert.AreEqual(expected.ActivationPosition, got.ActivationPosition);
        Assert.AreEqual(expected.Choices[0].Probability, got.Choices[0].Probability, Tolerance);
    }

    [TestMethod]
    [DataRow(0, DisplayName = "logits at hand")]
    [DataRow(1, DisplayName = "a sampled id that is not computed yet")]
    public async Task Invoke_Instruction_LeavesEveryBitOfTheConversation(int sampled)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Sequence asked = Start(model);
        using Sequence alone = Start(model);
        foreach (Sequence sequence in (Sequence[])[asked, alone])
        {
            sequence.Append(Prompts.Random(sampled, 9));
        }

        Invoke(model, asked, "certainty", Prompts.Random(16, 2));
        Invoke(model, asked, "query_rewrite", Prompts.Random(5, 3));
        alone.ComputeSampled(default);
        AssertSameRows(alone, asked);
        Prompts.AssertSame(alone.LastLogits(default), asked.LastLogits(default), "last logits");
        foreach (Sequence sequence in (Sequence[])[asked, alone])
        {
            sequence.Append(Prompts.Random(7, 4));
            sequence.Compute(default);
        }

        AssertSameRows(alone, asked);
        Prompts.AssertSame(alone.LastLogits(default), asked.LastLogits(default), "later logits");
    }

    /// <summary>Weights that become too large behind all checks: the answer fails by its adapter's name, and nothing else does.</summary>
    [TestMethod]
    [DataRow(3e38f)]
    [DataRow(1e25f)]
    public async Task Invoke_InstructionUnderHugeWeights_FailsByNameAndSpoilsNothing(float value)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 64 << 20 });
        foreach ((string _, OrtValue weights) in model.Adapters.Get("certainty").Weights.HostInputs)
        {
            MemoryMarshal.Cast<byte, float>(weights.GetTensorMutableRawData()).Fill(value);
        }

        using Sequence asked = Start(model);
        using Sequence alone = Start(await DemoModel.OpenAsync());
        InvalidOperationException error =
            Assert.ThrowsExactly<InvalidOperationException>(() => Invoke(model, asked, "certainty", Prompts.Random(16, 2)));
        Assert.Contains("'certainty'", error.Message);
        Assert.IsNull(asked.Activation.Adapter);
        AssertSameRows(alone, asked);
        IntrinsicResult expected = Invoke(model, alone, "jailbreak", Prompts.Random(16, 2));
        CollectionAssert.AreEqual(
            expected.Tokens.ToArray(), Invoke(model, asked, "jailbreak", Prompts.Random(16, 2)).Tokens.ToArray());
        using Conversation other = model.CreateConversation();
        using Conversation reference = (await DemoModel.OpenAsync()).CreateConversation();
        int[] prompt = [.. Prompts.Random(Known), .. Prompts.Random(16, 2)];
        Prompts.AssertSame(await reference.NextLogitsAsync(prompt), await other.NextLogitsAsync(prompt), "another conversation");
    }

    /// <summary>Weights known to be huge are not given the chance.</summary>
    [TestMethod]
    public async Task Invoke_InstructionUnderOutsizedWeights_RunsTheBaseApart()
    {
        using TemporaryFolder folder = new();
        string huge = await PoisonedModel.CopyAsync(folder);
        PoisonedModel.Fill(PoisonedModel.WeightsOf(huge, "certainty"), 2000, "lora_B", 1);
        using AloraModel model = AloraModel.Open(huge);
        Assert.IsTrue(model.Adapters.Get("certainty").Weights.IsOutsized);
        using Sequence sequence = Start(model);
        int[] appended = [.. Prompts.Random(16, 2), .. model.Adapters.Get("certainty").InvocationTokens];
        Assert.AreEqual(2, RunsOf(model, () => Activate(model, sequence, "certainty", appended, thrownAwayFrom: Known)));
    }

    /// <summary>An adapter that overflows for the instruction, which it is not asked to adapt, and for nothing else.</summary>
    [TestMethod]
    public async Task Invoke_WeightsThatOverflowForTheInstructionAlone_AnswersAsWithRunsApart()
    {
        // Operators of our own do not read an adapter for rows of the base.
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { Operators = OperatorUse.Off });
        Adapter adapter = model.Adapters.Get("certainty");
        (string _, OrtValue a) = adapter.Weights.HostInputs.First(input => input.InputName.Contains("lora_A", StringComparison.Ordinal));
        (string _, OrtValue b) = adapter.Weights.HostInputs.First(input => input.InputName.Contains("lora_B", StringComparison.Ordinal));
        int rank = (int)a.GetTensorTypeAndShape().Shape[^1];
        MemoryMarshal.Cast<byte, float>(b.GetTensorMutableRawData())[..(int)b.GetTensorTypeAndShape().Shape[^1]].Clear();
        for (int input = 0; input < (int)a.GetTensorTypeAndShape().Shape[^2]; input++)
        {
            Span<float> weights = MemoryMarshal.Cast<byte, float>(a.GetTensorMutableRawData());
            for (int i = 0; i < weights.Length; i += rank)
            {
                weights[i] = 0;
            }

            weights[input * rank] = 3e38f;
            using Sequence apart = Start(model);
            apart.Append(Prompts.Random(16, 2));
            apart.Compute(default);
            if (TryInvoke(model, apart, []) is not IntrinsicResult expected)
            {
                continue;
            }

            using Sequence asked = Start(model);
            long runs = model.Loaded.Session.Runs;
            IntrinsicResult got = Invoke(model, asked, "certainty", Prompts.Random(16, 2));
            CollectionAssert.AreEqual(expected.Tokens.ToArray(), got.Tokens.ToArray());
            if (model.Loaded.Session.Runs - runs == got.Tokens.Count + 2)
            {
                return;
            }
        }

        Assert.Fail("No input was found that overflows for the instruction alone.");
    }

    [TestMethod]
    public async Task Prompt_InvocationThatStays_IsComputedApartAndItsBaseIsShared()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 64 << 20 });
        int[] text = Prompts.Random(Known);
        int[] prompt = [.. text, .. model.Adapters.Get("certainty").InvocationTokens];
        using Conversation kept = model.CreateConversation("all");
        long runs = model.Loaded.Session.Runs;
        await kept.PromptAsync(prompt, new PromptOptions { Adapter = "certainty" });
        Assert.AreEqual(2, model.Loaded.Session.Runs - runs);
        using Conversation reference = (await DemoModel.OpenAsync()).CreateConversation();
        await reference.AppendAsync(text);
        float[] expected = await reference.NextLogitsAsync([11, 12]);
        using Conversation other = model.CreateConversation("all");
        Assert.AreEqual(Known - 1, (await other.PromptAsync(text)).ReusedTokens);
        Prompts.AssertClose(expected, await other.NextLogitsAsync([11, 12]), Tolerance, "rows that were shared");
        kept.Rewind(Known);
        Prompts.AssertSame(expected, await kept.NextLogitsAsync([11, 12]), "rows that stayed");
    }

    [TestMethod]
    public async Task Invoke_Instruction_IsNeverShared()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 64 << 20 });
        int[] text = Prompts.Random(Known);
        int[] instruction = Prompts.Random(16, 2);
        using Conversation asked = model.CreateConversation("all");
        await asked.PromptAsync(text);
        await asked.InvokeAsync("certainty", new InvocationOptions { InstructionTokens = instruction, Generation = Greedy(2) });
        await asked.AppendAsync(Prompts.Random(3, 7));
        using Conversation other = model.CreateConversation("all");
        Assert.AreEqual(Known, (await other.PromptAsync((int[])[.. text, .. instruction, 5])).ReusedTokens);
    }

    private static Sequence Start(AloraModel model)
    {
        Sequence sequence = new(model.Loaded.Session);
        sequence.Append(Prompts.Random(Known));
        sequence.Compute(default);
        return sequence;
    }

    private static void Activate(AloraModel model, Sequence sequence, string adapter, int[] appended, int thrownAwayFrom)
    {
        int start = sequence.Length;
        using PendingActivation found = PendingActivation.Find(
            model.Loaded.Adapters.Acquire(adapter), appended, explicitStart: null, offset: null, allowMissing: false, _ => null);
        using PendingActivation shifted = found.Shifted(start);
        shifted.ApplyTo(sequence, thrownAwayFrom);
        sequence.Append(appended);
        sequence.Compute(default);
    }

    private static IntrinsicResult Invoke(AloraModel model, Sequence sequence, string adapter, int[] instruction) =>
        Invocations.Invocation.Ask(
            model.Loaded, sequence, adapter, new InvocationOptions { InstructionTokens = instruction, Generation = Greedy(3) }, default);

    private static IntrinsicResult? TryInvoke(AloraModel model, Sequence sequence, int[] instruction)
    {
        try
        {
            return Invoke(model, sequence, "certainty", instruction);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static long RunsOf(AloraModel model, Action action)
    {
        long runs = model.Loaded.Session.Runs;
        action();
        return model.Loaded.Session.Runs - runs;
    }

    private static void AssertSameRows(Sequence expected, Sequence got)
    {
        CollectionAssert.AreEqual(expected.Tokens.ToArray(), got.Tokens.ToArray());
        Assert.AreEqual(expected.ComputedLength, got.ComputedLength);
        KvLayout layout = expected.Cache.Layout;
        byte[] x = new byte[expected.ComputedLength * layout.RowBytes];
        byte[] y = new byte[x.Length];
        for (int slice = 0; slice < 2 * layout.Layers * layout.Heads; slice++)
        {
            (int tensor, int head) = Math.DivRem(slice, layout.Heads);
            expected.Cache.ReadRows(tensor / 2, tensor % 2 == 1, head, 0, x);
            got.Cache.ReadRows(tensor / 2, tensor % 2 == 1, head, 0, y);
            Assert.IsTrue(x.AsSpan().SequenceEqual(y), $"layer {tensor / 2}, {(tensor % 2 == 1 ? "values" : "keys")}, head {head}");
        }
    }

    private static GenerationOptions Greedy(int tokens) => new() { MaxNewTokens = tokens, Temperature = 0, IgnoreEndOfText = true };
}
