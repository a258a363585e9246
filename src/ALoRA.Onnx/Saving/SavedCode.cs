using System.Security.Cryptography;

namespace ALoRA.Onnx.Saving;

/// <summary>
/// The authentication code over all bytes of a saved conversation up to the code itself: HMAC-SHA256, taken in as they pass by.
/// </summary>
internal sealed class SavedCode : IDisposable
{
    /// <summary>Bytes of a code.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    private readonly IncrementalHash? _hash;

    /// <summary>Begins a code.</summary>
    /// <param name="key">The key; null for no code.</param>
    public SavedCode(ReadOnlyMemory<byte>? key) =>
        _hash = key is { } secret ? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret.Span) : null;

    /// <summary>Whether there is a key.</summary>
    public bool HasKey => _hash is not null;

    /// <summary>Refuses a key of no bytes.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    public static void CheckKey(ReadOnlyMemory<byte>? key, string options)
    {
        if (key is { IsEmpty: true })
        {
            throw new ArgumentException(
                $"{options}.Key has no bytes, which anyone can guess. Give a secret key, such as 32 random bytes, or null for no code.",
                nameof(key));
        }
    }

    /// <summary>Takes the next bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash?.AppendData(bytes);

    /// <summary>The code of all bytes so far; there is a key.</summary>
    public byte[] Finish() => _hash!.GetHashAndReset();

    /// <summary>Whether a code is that of all bytes so far, in a time that does not depend on how much of it is right.</summary>
    public bool Matches(ReadOnlySpan<byte> code) => CryptographicOperations.FixedTimeEquals(Finish(), code);

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();
}
