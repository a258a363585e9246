using System.Text.Json.Nodes;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Training.Data;

/// <summary>Finds the token that ends an answer: of those at which generation stops, the one that the template puts there.</summary>
internal static class EndOfTurn
{
    private const string Answer = "A.";

    /// <summary>The id; null for a model that has no stop token.</summary>
    public static int? Find(LoadedModel model)
    {
        IReadOnlyList<int> stops = model.GenerationDefaults.StopTokens;
        if (stops.Count < 2 || model.ChatTemplate is null)
        {
            return stops.Count > 0 ? stops[0] : null;
        }

        try
        {
            JsonObject variables = [];
            string text = model.ChatTemplate.Render(
                [new PromptMessage("user", "Q?"), new PromptMessage("assistant", Answer)], addGenerationPrompt: false, variables);
            int[] behind = model.Tokenizer.Encode(text[(text.LastIndexOf(Answer, StringComparison.Ordinal) + Answer.Length)..]);
            int at = Array.FindIndex(behind, stops.Contains);
            return at < 0 ? stops[0] : behind[at];
        }
        catch (TemplateException)
        {
            // A template that takes no such conversation does not say; generation stops at any of them.
            return stops[0];
        }
    }
}
