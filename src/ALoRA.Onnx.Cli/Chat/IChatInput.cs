namespace ALoRA.Onnx.Cli.Chat;

/// <summary>Where the messages of a chat come from.</summary>
internal interface IChatInput
{
    /// <summary>The next message, which may have several lines; null at the end.</summary>
    /// <param name="prompt">What stands before it on a screen.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<string?> ReadAsync(string prompt, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps what is typed until the result is disposed, while an answer is printed, for the messages that follow. Null where nothing has
    /// to be done for it.
    /// </summary>
    IAsyncDisposable? Gather();

    /// <summary>Sends nothing of what was typed so far by itself: whoever stopped an answer looks at it first.</summary>
    void KeepUnsent();
}
