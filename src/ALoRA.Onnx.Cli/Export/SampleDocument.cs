namespace ALoRA.Onnx.Cli.Export;

/// <summary>A text that a model is measured or calibrated on: plain, rendered already, or a conversation.</summary>
internal abstract record SampleDocument
{
    /// <summary>Its token ids.</summary>
    /// <exception cref="FormatException">It is a conversation, and there is no template.</exception>
    public abstract int[] Encode(HfTokenizer tokenizer, ChatTemplate? template);

    /// <summary>Text without special tokens, which get their ids in front.</summary>
    public sealed record Plain(string Text) : SampleDocument
    {
        public override int[] Encode(HfTokenizer tokenizer, ChatTemplate? template) => tokenizer.Encode(Text, addSpecialTokens: true);
    }

    /// <summary>A prompt as a template gives it, with the special tokens spelled out.</summary>
    public sealed record Rendered(string Text) : SampleDocument
    {
        public override int[] Encode(HfTokenizer tokenizer, ChatTemplate? template) => tokenizer.Encode(Text);
    }

    /// <summary>Messages for the chat template.</summary>
    public sealed record Chat(IReadOnlyList<PromptMessage> Messages) : SampleDocument
    {
        public override int[] Encode(HfTokenizer tokenizer, ChatTemplate? template) => template is null
            ? throw new FormatException("The text has messages, but the model has no chat template. Give plain text.")
            : tokenizer.Encode(template.Render(Messages, addGenerationPrompt: false));
    }
}
