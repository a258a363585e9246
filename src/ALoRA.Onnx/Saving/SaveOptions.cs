using ALoRA.Onnx.Saving;

namespace ALoRA.Onnx;

/// <summary>How a conversation is saved.</summary>
public sealed record SaveOptions
{
    /// <summary>
    /// Secret key of an authentication code (HMAC-SHA256) over the whole file, at least one byte; 32 random ones are best. Who does not
    /// know the key cannot change the file, nor make one, without being noticed by <see cref="LoadOptions.Key"/>. It is not stored, and the
    /// file is not encrypted. The default, null, writes no code.
    /// </summary>
    public ReadOnlyMemory<byte>? Key { get; init; }

    internal void Check() => SavedCode.CheckKey(Key, nameof(SaveOptions));
}
