namespace ALoRA.Onnx.Cli.Hub;

/// <summary>A file of a repository.</summary>
/// <param name="Path">Its path, with slashes.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Hash"> SHA-256 of what it holds, for large files, or else the SHA-1 that git gives it; in hexadecimal digits.
/// The name of its blob in the cache.
/// </param>
internal sealed record HubFile(string Path, long Size, string Hash)
{
    private const int Sha256Digits = 64;

    /// <summary>Whether <see cref="Hash"/> is that of large files.</summary>
    public bool IsLarge => Hash.Length == Sha256Digits;
}
