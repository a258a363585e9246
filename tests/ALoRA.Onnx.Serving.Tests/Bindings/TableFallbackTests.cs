using ALoRA.Onnx.Operators;

namespace ALoRA.Onnx.Serving.Tests.Bindings;

/// <summary>An engine on a machine whose operators fail their test.</summary>
[TestClass]
public sealed class TableFallbackTests
{
    private const int NotUsed = 31;
    private static readonly string?[] Names = [null, "certainty", "jailbreak", "certainty", null, "query_rewrite"];

    [TestMethod]
    public async Task Submit_OperatorsThatFailTheirTest_AnswersAsWithoutThemAndSaysSoOnce()
    {
        using MessageLog log = new();
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { LoggerFactory = log });
        using AloraModel twin = await DemoModel.OpenOwnAsync(new AloraModelOptions { Operators = OperatorUse.Off });
        model.Loaded.Session.Fused.Source = () => OperatorSupport.Make(_ => throw new InvalidOperationException(
            "their self-test on the CPU gave 1 instead of 2; report this with the name of the processor"));
        string[] expected = await AnswersAsync(twin);
        CollectionAssert.AreEqual(expected, await AnswersAsync(model));
        Assert.Contains("report this", log.Messages.Single(message => message.Id == NotUsed).Text);
        Assert.AreEqual(0, model.Loaded.Session.Tables.Bytes);
    }

    private static async Task<string[]> AnswersAsync(AloraModel model)
    {
        await using AloraEngine engine = new(model);
        EngineAnswer[] answers =
        [
            .. Names.Select((name, i) => engine.Submit(new EngineRequest
            {
                Prompt = EncodedPrompt.FromTrusted(
                    [.. Prompts.Random(20 + (7 * i), i), .. name is null ? [] : model.Adapters.Get(name).InvocationTokens]),
                Adapter = name,
                Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 12, IgnoreEndOfText = true },
            })),
        ];
        List<string> tokens = [];
        foreach (EngineAnswer answer in answers)
        {
            tokens.Add(string.Join(' ', (await answer.ToEndAsync()).Tokens));
            await answer.DisposeAsync();
        }

        return [.. tokens];
    }
}
