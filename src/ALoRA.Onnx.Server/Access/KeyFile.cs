using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Access;

/// <summary>
/// The keys of a file, one a line; <c>#</c> begins a comment. Only their hashes are kept. The file is read again when it changes; if that
/// fails, the keys of before stay in force. Thread-safe.
/// </summary>
internal sealed class KeyFile
{
    // A key that is sent is hashed, so it must not be of any length; headers are limited to 32 KiB anyway.
    private const int MaxKeyBytes = 4096;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly ILogger _logger;
    private FileStamp _stamp;
    private volatile byte[][] _hashes;

    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">There is no such file, it can't be read, or it has no key.</exception>
    public KeyFile(string path, string option, ILogger logger)
    {
        _path = Path.GetFullPath(path);
        _logger = logger;
        try
        {
            _stamp = FileStamp.Of(_path);
            _hashes = Read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{option} {path} can't be read: {exception.Message}", exception);
        }

        if (_hashes.Length == 0)
        {
            throw new FormatException($"{option} {path} has no key. Write one key a line; # begins a comment.");
        }
    }

    /// <summary>The hash of a key that is in the file; null for any other.</summary>
    public byte[]? Find(string key)
    {
        Refresh();
        if (Encoding.UTF8.GetByteCount(key) is 0 or > MaxKeyBytes)
        {
            return null;
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));

        // Every key is compared, and each to its end, so that the time tells nothing.
        byte[]? found = null;
        foreach (byte[] known in _hashes)
        {
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? known : found;
        }

        return found;
    }

    private void Refresh()
    {
        lock (_gate)
        {
            try
            {
                FileStamp stamp = FileStamp.Of(_path);
                if (stamp == _stamp)
                {
                    return;
                }

                byte[][] hashes = Read();
                _hashes = hashes;
                _stamp = stamp;
                _logger.KeysRead(_path, hashes.Length);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (_stamp != FileStamp.Missing)
                {
                    _stamp = FileStamp.Missing;
                    _logger.KeysNotRead(_path, exception);
                }
            }
        }
    }

    private byte[][] Read() =>
    [
        .. File.ReadLines(_path)
            .Select(line => line.Split('#', 2)[0].Trim())
            .Where(key => key.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key))),
    ];

    // What changes when a file is written, or a link to it is set to another one.
    private readonly record struct FileStamp(DateTime Written, long Length)
    {
        public static FileStamp Missing => default;

        public static FileStamp Of(string path)
        {
            FileInfo file = new(path);
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return new FileStamp(file.LastWriteTimeUtc, file.Length);
        }
    }
}
