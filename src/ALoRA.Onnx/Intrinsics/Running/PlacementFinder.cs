using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>Decides where an adapter's invocation stands, on a conversation that has it nowhere by itself.</summary>
internal static partial class PlacementFinder
{
    /// <summary>
    /// In the prompt, if instruction, template and generation prompt bring the ids; appended, if they do not even bring the text.
    /// </summary>
    /// <exception cref="ModelFormatException">They bring the text, but as other ids.</exception>
    public static InvocationPlacement Find(
        IntrinsicDefinition definition, HfTokenizer tokenizer, ChatTemplate? template, IReadOnlyList<int> invocation)
    {
        if (invocation.Count == 0 || template is null || Sample(definition) is not { } request)
        {
            return InvocationPlacement.Appended;
        }

        string prompt = template.Render([], extraVariables: PromptVariables.Of(request, addGenerationPrompt: true));
        int[] ids = tokenizer.Encode(prompt);
        if (ids.AsSpan().IndexOf([.. invocation]) >= 0)
        {
            return InvocationPlacement.InPrompt;
        }

        string text = tokenizer.Decode([.. invocation]);
        return prompt.Contains(text, StringComparison.Ordinal)
            ? throw InvocationText.Mismatch(definition.Source, text, tokenizer.Encode(text), invocation, tokenizer)
            : InvocationPlacement.Appended;
    }

    // Places of the instruction get a letter; where one wants more than a text, there is no sample.
    private static JsonObject? Sample(IntrinsicDefinition definition)
    {
        JsonObject arguments = [];
        foreach (Match place in Place().Matches(definition.Instruction ?? ""))
        {
            arguments[place.Groups[1].Value] = "x";
        }

        // Many templates want user and assistant by turns; an instruction is the user's.
        PromptMessage question = new("user", "Q?");
        IntrinsicRequest request = new()
        {
            Messages = definition.Instruction is null ? [question] : [question, new PromptMessage("assistant", "A.")],
            Documents = [new ChatDocument("D.", "1")],
        };
        try
        {
            return definition.Rewrite(request.ToJson(), arguments);
        }
        catch (IntrinsicFormatException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\{(\w+)")]
    private static partial Regex Place();
}
