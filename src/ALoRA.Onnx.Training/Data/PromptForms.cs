using ALoRA.Onnx.Export;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx.Training.Data;

/// <summary>How requests will become prompts of the adapter that is to be trained.</summary>
internal static class PromptForms
{
    /// <summary>The form that options ask for.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Kind, invocation, definition and placement.</param>
    /// <param name="rows">The form of the data.</param>
    /// <exception cref="ArgumentException">Options are missing or contradict each other.</exception>
    /// <exception cref="FormatException">The definition or the adapter to go on from is malformed.</exception>
    public static PromptForm Of(LoadedModel model, TrainingOptions options, RowForm rows)
    {
        IntrinsicDefinition? definition = options.IoYaml is { } path ? IntrinsicDefinition.Load(path) : null;
        AdapterKind kind = options.Kind;
        int[] invocation = [];
        if (options.InitialAdapter is { } initial)
        {
            PeftAdapter adapter = PeftAdapter.Read(initial);
            kind = adapter.Kind == Export.AdapterKind.Alora ? AdapterKind.Alora : AdapterKind.Lora;
            invocation = adapter.InvocationString is { } old ? model.Tokenizer.Encode(old) : [.. adapter.InvocationTokens];
            CheckGiven(model, options, initial, kind, invocation);
        }
        else if (kind == AdapterKind.Alora)
        {
            invocation = InvocationOf(model, options, definition);
        }

        InvocationPlacement placement = definition is not null && kind == AdapterKind.Alora
            ? definition.FindPlacement(model.Tokenizer, model.ChatTemplate, invocation)
            : options.Placement
                ?? (rows == RowForm.Text && kind == AdapterKind.Alora ? InvocationPlacement.InPrompt : InvocationPlacement.Appended);
        if (definition is not null && options.Placement is { } wanted && wanted != placement && kind == AdapterKind.Alora)
        {
            throw new ArgumentException(
                $"{options.IoYaml}: with it the invocation is {Name(placement)}, but {Name(wanted)} was asked for. Leave that out.",
                nameof(options));
        }

        string? text = definition is not null ? null
            : kind == AdapterKind.Lora ? options.Invocation
            : options.Invocation ?? TextOf(model, invocation);
        return new PromptForm(kind, definition, placement, invocation, text);
    }

    private static int[] InvocationOf(LoadedModel model, TrainingOptions options, IntrinsicDefinition? definition)
    {
        string text = options.Invocation
            ?? (definition is null
                ? throw new ArgumentException(
                    "An activated LoRA needs an invocation, the text from which on it acts. Give one, such as "
                    + "'<|start_of_role|>certainty<|end_of_role|>', or train a plain LoRA.",
                    nameof(options))
                : Opening(model));
        int[] ids = model.Tokenizer.Encode(text);
        return ids.Length > 0
            ? ids
            : throw new ArgumentException($"The invocation '{text}' has no tokens. Give a text that has some.", nameof(options));
    }

    // What the template writes for the assistant's turn to begin: there an adapter starts that has no invocation of its own.
    private static string Opening(LoadedModel model)
    {
        ChatTemplate template = model.PromptEncoder.Template;
        PromptMessage[] messages = [new("user", "Q?")];
        string without = template.Render(messages, addGenerationPrompt: false);
        string with = template.Render(messages, addGenerationPrompt: true);
        return with.Length > without.Length && with.StartsWith(without, StringComparison.Ordinal)
            ? with[without.Length..]
            : throw new ArgumentException(
                $"{template.Source} writes no opening of the assistant's turn that could be the invocation. Give one.");
    }

    private static void CheckGiven(LoadedModel model, TrainingOptions options, string initial, AdapterKind kind, int[] invocation)
    {
        if (kind == AdapterKind.Alora && options.Invocation is { } text && !model.Tokenizer.Encode(text).SequenceEqual(invocation))
        {
            throw new ArgumentException(
                $"The invocation '{text}' is [{string.Join(", ", model.Tokenizer.Encode(text))}] with the model's tokenizer, but {initial} "
                + $"was trained on {TokenText.Describe(model.Tokenizer, invocation)}. Leave it out.",
                nameof(options));
        }
    }

    // Ids that no text gives have none to be recorded.
    private static string? TextOf(LoadedModel model, int[] invocation)
    {
        string text = model.Tokenizer.Decode(invocation);
        return model.Tokenizer.Encode(text).SequenceEqual(invocation) ? text : null;
    }

    private static string Name(InvocationPlacement placement) => placement == InvocationPlacement.InPrompt ? "in the prompt" : "appended";
}
