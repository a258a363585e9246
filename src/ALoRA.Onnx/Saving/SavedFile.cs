using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Saving;

/// <summary>
/// A saved conversation that is read once from the first byte to the last, so that its code is that of the very bytes that are used.
/// </summary>
internal sealed class SavedFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly SavedCode _code;
    private long _position;

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It can't be opened.</exception>
    public SavedFile(string path, ReadOnlyMemory<byte>? key)
    {
        Path = path;
        _file = File.OpenHandle(path);
        _code = new SavedCode(key);
    }

    public string Path { get; }

    /// <summary>Bytes behind those that were read.</summary>
    public long Remaining => RandomAccess.GetLength(_file) - _position;

    /// <summary>Whether its code is looked at.</summary>
    public bool HasKey => _code.HasKey;

    /// <summary>Reads the next bytes.</summary>
    /// <exception cref="EndOfStreamException">There are not so many.</exception>
    public void Read(Span<byte> target)
    {
        Fill(target);
        _code.Append(target);
    }

    /// <summary>Reads the code behind all other bytes, and compares it with theirs if there is a key.</summary>
    /// <returns>Whether it is theirs, or there is no key.</returns>
    public bool ReadCode()
    {
        Span<byte> code = stackalloc byte[SavedCode.Length];
        Fill(code);
        return !HasKey || _code.Matches(code);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _code.Dispose();
    }

    private void Fill(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(_file, target, _position);
            if (read == 0)
            {
                throw new EndOfStreamException("The file is shorter than it was a moment ago.");
            }

            target = target[read..];
            _position += read;
        }
    }
}
