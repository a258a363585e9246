using System.Text.Json.Nodes;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Extensions.AI;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.EndToEnd.Tests.Readme;

/// <summary>
/// The C# of the README between markers, so that it is compiled and run. <see cref="ReadmeTests"/> keeps the two the same.
/// </summary>
internal static class Snippets
{
    public static async Task AskAsync(TextWriter Console)
    {
        // snippet: ask
        using AloraModel model = await AloraModel.OpenAsync("onnx-models/demo");
        using Conversation conversation = model.CreateConversation();
        List<PromptMessage> messages = [new("user", "What is 47 + 38?")];
        await conversation.PromptAsync(messages);
        GenerationResult answer = await conversation.GenerateToEndAsync();

        messages.Add(new("assistant", answer.Text));
        await conversation.PromptAsync(messages, new PromptOptions { AddGenerationPrompt = false });
        Certainty certainty = await conversation.InvokeCertaintyAsync();
        Console.WriteLine($"{answer.Text} {certainty.Value:P0} sure, {certainty.Usage.ReusedTokens} tokens reused.");
        // end of snippet
    }

    public static async Task RagAsync(TextWriter Console)
    {
        // snippet: rag
        using AloraModel model = await AloraModel.OpenAsync("onnx-models/demo");
        using Conversation conversation = model.CreateConversation();
        JsonObject documents = new()
        {
            ["documents"] = new JsonArray(
                new JsonObject { ["doc_id"] = "1", ["text"] = "Mia is 81 years old. Mia lives in Cairo. Udo is a teacher." }),
        };
        PromptOptions asked = new() { TemplateVariables = documents };
        PromptOptions judged = new() { TemplateVariables = documents, AddGenerationPrompt = false };
        List<PromptMessage> chat = [new("user", "How old is Mia?")];

        await conversation.PromptAsync(chat, judged);
        IReadOnlyList<IntrinsicResult> before = await conversation.InvokeAllAsync(
            [new("query_rewrite"), new("answerability"), new("jailbreak")]);
        foreach (IntrinsicResult result in before)
        {
            Console.WriteLine(
                $"{result.Adapter}: {result.Text} ({result.Usage.ReusedTokens} tokens reused, {result.Usage.ComputedTokens} computed)");
        }

        await conversation.PromptAsync(chat, asked);
        GenerationResult answer = await conversation.GenerateToEndAsync();
        chat.Add(new("assistant", answer.Text));
        await conversation.PromptAsync(chat, judged);
        Certainty certainty = await conversation.InvokeCertaintyAsync();
        Console.WriteLine($"{answer.Text} ({certainty.Value:P0} sure)");
        // end of snippet
    }

    public static void Count(TextWriter Console)
    {
        // snippet: tokenizer
        Tokenizer tokenizer = HfTokenizer.Load("onnx-models/demo").AsTokenizer();
        string text = "Mia is 81 years old. Mia lives in Cairo. Udo is a teacher.";
        int end = tokenizer.GetIndexByTokenCount(text, 13, out _, out int count);
        Console.WriteLine($"{count} of {tokenizer.CountTokens(text)} tokens: {text[..end]}");
        // end of snippet
    }

    // snippet: trigrams
    /// <summary>No three tokens of the answer come in the same order twice.</summary>
    internal sealed class NoRepeatedTrigram(GenerationContext context) : ILogitsProcessor
    {
        public void Process(ReadOnlySpan<int> tokens, Span<float> logits)
        {
            ReadOnlySpan<int> answer = tokens[context.PromptLength..];
            for (int i = 0; i + 2 < answer.Length; i++)
            {
                if (answer[i] == answer[^2] && answer[i + 1] == answer[^1])
                {
                    logits[answer[i + 2]] = float.NegativeInfinity;
                }
            }
        }
    }
    // end of snippet

    public static async Task<ExportReport> ExportAsync(TextWriter Console)
    {
        // snippet: export
        ExportOptions options = new()
        {
            Precision = ExportPrecision.Int4,
            Adapters = [new ExportAdapter("onnx-models/demo-checkpoint/adapters/certainty")],
        };
        Progress<ExportProgress> progress = new(
            state => Console.WriteLine($"{state.Stage}: {state.BytesDone:N0} of {state.BytesTotal:N0} bytes"));
        ExportReport report = await Exporter.ExportAsync("onnx-models/demo-checkpoint", "onnx-models/demo-int4", options, progress);
        // end of snippet
        return report;
    }
}
