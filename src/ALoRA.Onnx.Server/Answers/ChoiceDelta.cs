namespace ALoRA.Onnx.Server.Answers;

/// <summary>What one token adds to a choice; the same object is filled again for the next one.</summary>
internal sealed class ChoiceDelta
{
    /// <summary>Text of the answer; empty if there is none.</summary>
    public string Text { get; set; } = "";

    /// <summary>What the model thinks before it answers; empty if there is none.</summary>
    public string Reasoning { get; set; } = "";

    /// <summary>Calls that are complete with this token.</summary>
    public List<AnsweredCall> Calls { get; } = [];

    /// <summary>Log-probabilities of tokens, most often one.</summary>
    public List<TokenLogprobs> Logprobs { get; } = [];

    /// <summary>Whether there is nothing to show.</summary>
    public bool IsEmpty => Text.Length == 0 && Reasoning.Length == 0 && Calls.Count == 0 && Logprobs.Count == 0;

    public void Clear()
    {
        Text = Reasoning = "";
        Calls.Clear();
        Logprobs.Clear();
    }
}

/// <summary>A call that the model made.</summary>
/// <param name="Index">Its place among the answer's calls.</param>
/// <param name="Id">Its id, its own within the answer.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">The arguments, a JSON object as text.</param>
internal readonly record struct AnsweredCall(int Index, string Id, string Name, string Arguments);
