namespace ALoRA.Onnx;

/// <summary>The two marks between which a model writes what it thinks before it answers.</summary>
/// <param name="Start">The mark before it, such as <c>&lt;think&gt;</c>; not empty, without white space at its ends.</param>
/// <param name="End">The mark behind it, such as <c>&lt;/think&gt;</c>; not empty.</param>
public sealed record ReasoningMarks(string Start, string End)
{
    /// <summary><c>&lt;think&gt;</c> of DeepSeek, Granite, Qwen and many others.</summary>
    public static ReasoningMarks Think { get; } = new("<think>", "</think>");

    /// <summary><c>[THINK]</c> of Mistral.</summary>
    public static ReasoningMarks MistralThink { get; } = new("[THINK]", "[/THINK]");
}
