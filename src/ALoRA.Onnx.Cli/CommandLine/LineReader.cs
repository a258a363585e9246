namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Reads lines of bytes that end in LF or CRLF; the last one may end with the input. A byte order mark at the start is dropped.
/// </summary>
/// <remarks>Only LF ends a line: a text reader would also split at a lone CR, and would replace bytes that are not UTF-8.</remarks>
internal sealed class LineReader(Stream input)
{
    private byte[] _buffer = new byte[1 << 14];
    private int _start;
    private int _end;
    private bool _isFirstLine = true;

    /// <summary>The next line without its end, valid until the next call; null after the last one.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        int searched = _start;
        while (true)
        {
            int length = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                int lineEnd = searched + length;
                ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, lineEnd - _start);
                _start = lineEnd + 1;
                return Trim(line);
            }

            searched = MakeRoom();
            // A read from a console does not look at the token.
            int count = await input.ReadAsync(_buffer.AsMemory(_end), CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            if (count == 0)
            {
                ReadOnlyMemory<byte> rest = _buffer.AsMemory(_start, _end - _start);
                _start = _end;
                return rest.IsEmpty ? default(ReadOnlyMemory<byte>?) : Trim(rest);
            }

            _end += count;
        }
    }

    // Moves the unread bytes to the front, or doubles the buffer; returns where the bytes not yet searched begin.
    private int MakeRoom()
    {
        int pending = _end - _start;
        byte[] target = pending > _buffer.Length / 2 ? new byte[checked(_buffer.Length * 2)] : _buffer;
        _buffer.AsSpan(_start, pending).CopyTo(target);
        _buffer = target;
        _start = 0;
        _end = pending;
        return pending;
    }

    private ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        if (_isFirstLine && line.Span.StartsWith(byteOrderMark))
        {
            line = line[byteOrderMark.Length..];
        }

        _isFirstLine = false;
        return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
    }
}
