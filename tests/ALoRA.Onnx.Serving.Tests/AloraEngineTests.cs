namespace ALoRA.Onnx.Serving.Tests;

[TestClass]
public sealed class AloraEngineTests
{
    private static readonly string[] Questions =
        ["What is 17 + 25?", "What is 8 + 5?", "Compute 31 + 46.", "What is the capital of France?", "Compute 12 + 9.", "What is 47 + 38?"];

    [TestMethod]
    public async Task Submit_BaseAndAdaptersTogether_AnswersAreThoseOfEachAlone()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model);
        List<(EngineRequest Request, EngineAnswer Answer)> answers = [];
        foreach (EngineRequest request in Mixed(model))
        {
            answers.Add((request, engine.Submit(request)));
        }

        foreach ((EngineRequest request, EngineAnswer answer) in answers)
        {
            GenerationResult together = await answer.ToEndAsync();
            GenerationResult alone = await AloneAsync(model, request);
            Assert.AreEqual(alone.Text, together.Text, $"{request.Adapter}");
            CollectionAssert.AreEqual(alone.Tokens.ToArray(), together.Tokens.ToArray());
        }
    }

    private static async Task<GenerationResult> AloneAsync(AloraModel model, EngineRequest request)
    {
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(
            request.Prompt, new PromptOptions { Adapter = request.Adapter, ActivationPosition = request.ActivationPosition });
        return await conversation.GenerateToEndAsync(request.Generation);
    }

    private static IEnumerable<EngineRequest> Mixed(AloraModel model)
    {
        string?[] adapters = [null, .. DemoModel.AdapterNames];
        for (int i = 0; i < 24; i++)
        {
            string? adapter = adapters[i % adapters.Length];
            int[] ids = model.PromptEncoder.Encode([new PromptMessage("user", Questions[i % Questions.Length])], addGenerationPrompt: true);
            IReadOnlyList<int> invocation = adapter is null ? [] : model.Adapters.Get(adapter).InvocationTokens;
            yield return new EngineRequest
            {
                Prompt = EncodedPrompt.FromTrusted([.. ids, .. invocation]),
                Adapter = adapter,
                ActivationPosition = invocation.Count > 0 ? ids.Length : null,
                Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 12 + i },
            };
        }
    }
}
