using ALoRA.Onnx;

namespace RagIntrinsics;

/// <summary>What one step gave and what it took.</summary>
/// <param name="Name">The step.</param>
/// <param name="Result">What it gave, as text.</param>
/// <param name="Reused">Tokens that were in the KV cache already.</param>
/// <param name="Computed">Prompt tokens that had to be computed: what is new in the prompt, and the invocation.</param>
/// <param name="Generated">Tokens that were generated.</param>
/// <param name="Time">Prefill and generation together.</param>
internal sealed record WalkStep(string Name, string Result, int Reused, int Computed, int Generated, TimeSpan Time)
{
    /// <summary>A step that prompted and then asked or generated.</summary>
    public static WalkStep Of(string name, string result, TokenUsage prompt, TokenUsage usage)
    {
        TimeSpan generation = usage.TimeToFirstToken + (usage.TimePerToken * Math.Max(usage.GeneratedTokens - 1, 0));
        return new WalkStep(
            name, result, prompt.ReusedTokens, prompt.ComputedTokens + usage.ComputedTokens, usage.GeneratedTokens,
            prompt.TimeToFirstToken + generation);
    }
}
