using ALoRA.Onnx.Saving;

namespace ALoRA.Onnx;

/// <summary>How a saved conversation is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>
    /// Key that the conversation was saved with (<see cref="SaveOptions.Key"/>), at least one byte. A file that has no authentication code
    /// of this key, or was changed afterwards, is refused. The default, null, reads any file and does not look at its code.
    /// </summary>
    /// <remarks>
    /// Keys and values in a file need not belong to its tokens, which nothing but a key can show. With or without one they serve the loaded
    /// conversation and its forks alone, and never get into the prefix cache (<see cref="AloraModelOptions.PrefixCacheBytes"/>).
    /// </remarks>
    public ReadOnlyMemory<byte>? Key { get; init; }

    internal void Check() => SavedCode.CheckKey(Key, nameof(LoadOptions));
}
