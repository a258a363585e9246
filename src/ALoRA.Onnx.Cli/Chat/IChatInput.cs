namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Where the messages of a chat come from.</summary>
internal interface IChatInput
{
    /// <summary>The next message, which may have several lines; null at the end.</summary>
    /// <param name="prompt">What stands before it on a screen.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<string?> ReadAsync(string prompt, CancellationToken cancellationToken);
}
