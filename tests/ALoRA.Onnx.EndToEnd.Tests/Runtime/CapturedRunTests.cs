using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Captured runs on a device against their naive twin, the same runs launched kernel by kernel. Needs CUDA.</summary>
[TestClass]
public sealed class CapturedRunTests
{
    [TestMethod]
    public async Task Generate_CapturedOrNot_GivesTheSameTokens()
    {
        using TemporaryFolder folder = new();
        string checkpoint = Path.Combine(RepositoryFolder.Root, "onnx-models", "demo-checkpoint");
        ExportOptions options = new()
        {
            Precision = ExportPrecision.Float16,
            Adapters = [new ExportAdapter(Path.Combine(checkpoint, "adapters", "certainty"))],
        };
        await Exporter.ExportAsync(checkpoint, folder["model"], options);
        using AloraModel captured = await OpenOrSkipAsync(folder["model"], "1");
        using AloraModel plain = await OpenOrSkipAsync(folder["model"], "0");
        for (int seed = 0; seed < 5; seed++)
        {
            IReadOnlyList<int>[] got = [await RunAsync(captured, seed), await RunAsync(plain, seed)];
            CollectionAssert.AreEqual(got[1].ToArray(), got[0].ToArray(), $"seed {seed}");
        }
    }

    [TestMethod]
    public async Task Generate_BuffersOfAnAdapterThatOverflowed_GivesTheSameTokens()
    {
        using TemporaryFolder folder = new();
        string checkpoint = Path.Combine(RepositoryFolder.Root, "onnx-models", "demo-checkpoint");
        ExportOptions options = new()
        {
            Precision = ExportPrecision.Float16,
            Adapters =
            [
                new ExportAdapter(Path.Combine(checkpoint, "adapters", "certainty")),
                new ExportAdapter(Path.Combine(checkpoint, "adapters", "jailbreak")),
            ],
        };
        await Exporter.ExportAsync(checkpoint, folder["model"], options);
        using AloraModel model = await OpenOrSkipAsync(folder["model"], "1");
        IReadOnlyList<int> expected = await RunAsync(model, 1);
        Cases.PoisonedModel.FillHalves(Cases.PoisonedModel.WeightsOf(folder["model"], "jailbreak"), (Half)60000);
        for (int i = 0; i < 4; i++)
        {
            using (Conversation spoiling = model.CreateConversation())
            {
                await spoiling.AppendAsync(Prompts.Random(90, 1));
                await FailsOrAnswersAsync(() => spoiling.InvokeAsync("jailbreak"));
                await FailsOrAnswersAsync(() => spoiling.InvokeAllAsync([new("jailbreak"), new("certainty")]));
                await FailsOrAnswersAsync(() => spoiling.PromptAsync(
                    Prompts.Random(100, 2), new PromptOptions { Adapter = "jailbreak", ActivationPosition = 0 }));
            }

            CollectionAssert.AreEqual(expected.ToArray(), (await RunAsync(model, 1)).ToArray(), $"after {i + 1} overflows");
        }

        static async Task FailsOrAnswersAsync(Func<Task> call)
        {
            try
            {
                await call();
            }
            catch (InvalidOperationException exception)
            {
                Assert.Contains("'jailbreak'", exception.Message);
            }
        }
    }

    private static async Task<AloraModel> OpenOrSkipAsync(string folder, string capture)
    {
        try
        {
            ExecutionProvider cuda = ExecutionProvider.Cuda with
            {
                Options = new Dictionary<string, string> { ["enable_cuda_graph"] = capture },
            };
            return await AloraModel.OpenAsync(folder, new AloraModelOptions { ExecutionProvider = cuda });
        }
        catch (InvalidOperationException exception)
        {
            Assert.Inconclusive($"Skipped: there is no CUDA device. {exception.Message}");
            throw;
        }
    }

    // Invocations of several lengths between generated tokens, so that every number
    // of rows is replayed, over caches of several conversations.
    private static async Task<IReadOnlyList<int>> RunAsync(AloraModel model, int seed)
    {
        List<int> tokens = [];
        GenerationOptions four = new() { MaxNewTokens = 4, IgnoreEndOfText = true };
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(100, seed));
        foreach (int instruction in (int[])[1, 5, 5, 12, 12, 27, 27, 40])
        {
            tokens.AddRange((await conversation.GenerateToEndAsync(four)).Tokens);
            IntrinsicResult result = await conversation.InvokeAsync(
                "certainty", new InvocationOptions { InstructionTokens = Prompts.Random(instruction, seed), Generation = four });
            tokens.AddRange(result.Tokens);
        }

        return tokens;
    }
}
