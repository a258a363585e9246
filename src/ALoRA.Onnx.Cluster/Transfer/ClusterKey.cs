using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>The key by which servers know each other over HTTP; without one they ask each other for nothing. Never logged.</summary>
internal sealed class ClusterKey
{
    private const int ShortestKey = 16;
    private const string Scheme = "Bearer ";

    private readonly byte[]? _hash;

    /// <summary>Reads the file of the options; the first line that is no comment is the key.</summary>
    /// <exception cref="FormatException">There is no such file, it can't be read, or its key is too short to be one.</exception>
    public ClusterKey(AloraClusterOptions options)
    {
        if (options.KeyFile is not { } path)
        {
            return;
        }

        string? key;
        try
        {
            key = File.ReadLines(path).Select(line => line.Split('#', 2)[0].Trim()).FirstOrDefault(line => line.Length > 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--cluster-key-file {path} can't be read: {exception.Message}", exception);
        }

        if (key is null || key.Length < ShortestKey)
        {
            throw new FormatException(
                $"--cluster-key-file {path} has no key of at least {ShortestKey} characters. Write one line, such "
                + "as `openssl rand -hex 32` "
                + "gives, the same on all servers.");
        }

        Header = Scheme + key;
        FileKey = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), "alora rows"u8);
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes(Header));
    }

    /// <summary>What a request to another server says; null without a key.</summary>
    public string? Header { get; }

    /// <summary>Key of the authentication code of rows that are sent; empty without a key.</summary>
    public ReadOnlyMemory<byte> FileKey { get; }

    /// <summary>Whether a request is of another server. Takes as long for any key.</summary>
    public bool Admits(HttpContext context) =>
        _hash is not null && CryptographicOperations.FixedTimeEquals(
            _hash, SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString())));
}
