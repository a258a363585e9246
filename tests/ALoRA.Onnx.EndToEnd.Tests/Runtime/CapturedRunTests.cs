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
