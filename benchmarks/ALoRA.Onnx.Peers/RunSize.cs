namespace ALoRA.Onnx.Peers;

/// <summary>How large the runs are.</summary>
/// <param name="Prefix">Tokens of a prompt.</param>
/// <param name="Tokens">Tokens of an answer.</param>
/// <param name="Rows">Requests at once.</param>
/// <param name="Rounds">How often everything is measured.</param>
/// <param name="Threads">Threads of each runtime.</param>
internal sealed record RunSize(int Prefix, int Tokens, int Rows, int Rounds, int Threads)
{
    /// <summary>Room for what stands between prompt and answer.</summary>
    public const int Spare = 32;

    /// <summary>Ids of a prompt; another number begins otherwise.</summary>
    public static int[] Prompt(int length, int number, int vocabulary) =>
        [.. Enumerable.Range(0, length).Select(i => ((i + (number * 31)) * 7919 % (vocabulary - 300)) + 200)];
}
