using ALoRA.Onnx.Export;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Invocations;
using ALoRA.Onnx.Invocations.Branches;
using ALoRA.Onnx.Operators;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// The graph of branches by operators of our own, over tables of adapters: in float32 and with plain loops for the operators of CUDA, so
/// that it is seen without a GPU that graph and bindings are right.
/// </summary>
[TestClass]
public sealed class BranchGraphTests
{
    private const int Size = 64;
    private const int Hidden = 4 * Size;
    private const int KeyWidth = 2 * Size;

    private static readonly GenerationOptions Free = new() { MaxNewTokens = 5, IgnoreEndOfText = true };

    [TestMethod]
    public async Task TryCompute_BranchesOverATable_GivesTheLogitsOfEachAlone()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await OpenAsync(folder, withOperators: true);
        ModelSession session = model.Loaded.Session;
        using Sequence conversation = new(session);
        conversation.Append(Tokens(40, 1));
        conversation.Compute(default);
        (string Adapter, int Start)[] cases = [("first", 40), ("second", 41), ("first", 12), ("second", 0), ("first", 39)];
        List<PreparedInvocation> prepared = [.. cases.Select(one => PreparedInvocation.Prepare(
            model.Loaded, conversation, one.Adapter,
            new() { ActivationPosition = one.Start, InstructionTokens = Tokens(one.Start % 7, 4) }))];
        List<Branch> branches = [.. prepared.Select(invocation => new Branch(conversation, invocation))];
        using BranchAdapters adapters = new(
            session, model.Adapters.Stacks, [.. branches.Select(branch => branch.Adapter).OfType<Adapter>().Distinct()]);
        Assert.IsNotNull(adapters.Graph);
        Assert.IsNull(adapters.Stack);
        using BranchBatch batch = new(session, conversation.Cache, branches, adapters);
        List<Branch> active = [.. branches];
        float worst = 0;
        for (int step = 0; step < 4; step++)
        {
            Assert.IsTrue(batch.TryCompute(active, default));
            foreach (Branch branch in active)
            {
                (string name, int start) = cases[branches.IndexOf(branch)];
                using Conversation alone = model.CreateConversation();
                Logits expected = await alone.ForwardAsync(
                    branch.TokenSpan.ToArray(), new() { Adapter = name, ActivationStart = start });
                worst = Math.Max(worst, Deviation.Largest(expected[0], branch.LastLogits(default)));
            }

            // One branch ends, so that the rows of the others move together.
            if (step == 1)
            {
                active.RemoveAt(1);
            }

            active.ForEach(branch => branch.Append(Tokens(step == 2 ? 3 : 1, branch.Length)));
        }

        Assert.IsLessThanOrEqualTo(2e-5f, worst);
        branches.ForEach(branch => branch.Dispose());
        prepared.ForEach(invocation => invocation.Dispose());
    }

    [TestMethod]
    public async Task InvokeAll_OverATable_AnswersAsOverAStack()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await OpenAsync(folder, withOperators: true);
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Tokens(30, 2));
        AdapterInvocation[] invocations =
        [
            new("first", new InvocationOptions { Generation = Free }),
            new("second", new InvocationOptions { Generation = Free with { MaxNewTokens = 3 } }),
            new("first", new InvocationOptions { InstructionTokens = Tokens(5, 9), Generation = Free }),
        ];
        IReadOnlyList<IntrinsicResult> got = await conversation.InvokeAllAsync(invocations);

        model.Loaded.Session.Fused.Source = () => OperatorSupport.Make(_ => throw new InvalidOperationException("they are gone"));
        using AloraModel plain = AloraModel.Open(model.Folder, new AloraModelOptions { Operators = OperatorUse.Off });
        using Conversation other = plain.CreateConversation();
        await other.AppendAsync(Tokens(30, 2));
        IReadOnlyList<IntrinsicResult> expected = await other.InvokeAllAsync(invocations);
        for (int i = 0; i < invocations.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i].Tokens.ToArray(), got[i].Tokens.ToArray());
            Assert.AreEqual(invocations.Length, got[i].Usage.Branches);
        }
    }

    [TestMethod]
    public async Task Open_OnTheProcessor_HasNoUseForIt()
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await OpenAsync(folder, withOperators: false);
        Assert.AreEqual("branches.onnx", model.Manifest.BranchesGraphFile);
        Assert.IsNull(model.Loaded.Session.TryBranchGraph());
        Assert.IsFalse(model.Loaded.Session.Fused.IsRefused);
    }

    private static int[] Tokens(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(3, 300))];
    }

    private static async Task<AloraModel> OpenAsync(TemporaryFolder folder, bool withOperators)
    {
        string checkpoint = await WideHeads.SynthesizeAsync(folder, Size, 4, 2, positions: 160);
        await Exporter.ExportAsync(checkpoint, folder["model"], new ExportOptions { StepInFloat32 = true });
        await AdapterConverter.ConvertAsync(
            WideHeads.WriteAdapter(
                folder, "first", 8, [5, 6], ("self_attn.q_proj", Hidden, Hidden), ("self_attn.v_proj", Hidden, KeyWidth)),
            folder["model"]);
        await AdapterConverter.ConvertAsync(
            WideHeads.WriteAdapter(
                folder, "second", 3, [7], ("self_attn.k_proj", Hidden, KeyWidth), ("self_attn.o_proj", Hidden, Hidden),
                ("mlp.gate_proj", Hidden, 96), ("mlp.up_proj", Hidden, 96), ("mlp.down_proj", 96, Hidden)),
            folder["model"]);
        AloraModel model = AloraModel.Open(folder["model"]);
        if (withOperators)
        {
            model.Loaded.Session.Fused.Source = () => OperatorSupport.Make(_ => PlainStepOperators.Domain);
        }

        return model;
    }
}
