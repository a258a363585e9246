using System.Text.Json;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Body of <c>POST /v1/completions</c>.</summary>
internal sealed class CompletionBody : GenerationBody
{
    /// <summary>A text, a list of texts, a list of ids, or a list of such lists.</summary>
    public JsonElement Prompt { get; set; }

    public bool? Echo { get; set; }

    /// <summary>How many likely tokens are given with each one.</summary>
    public int? Logprobs { get; set; }

    public int? BestOf { get; set; }

    public string? Suffix { get; set; }

    public bool? AddSpecialTokens { get; set; }

    /// <summary>Whether special tokens that the prompt spells out are text; by default a whole prompt is trusted.</summary>
    public bool? SpecialTokensAsText { get; set; }

    public FormatBody? ResponseFormat { get; set; }
}
