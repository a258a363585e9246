namespace ALoRA.Onnx.Caching;

/// <summary>Which weights wrote the rows of a cache: a run-length list of writers, null for the base.</summary>
/// <remarks>
/// A row written under an adapter must never be read by the base or by another adapter, whose own rows would differ. A row that was loaded
/// need not belong to its id, and one of a run with adapters beside it may differ in the last bits; neither they nor those that were
/// computed behind them serve other conversations.
/// </remarks>
internal sealed class RowProvenance
{
    private readonly List<(int End, Adapter? Writer)> _segments = [];

    // Whoever wrote rows marked them, and copies keep the marks: rows with the same mark at the same place are the same bits.
    private readonly List<(int End, object Mark)> _marks = [];
    private object? _mark;
    private int _ownFrom = int.MaxValue;

    /// <summary>Rows described.</summary>
    public int Length => _segments.Count == 0 ? 0 : _segments[^1].End;

    /// <summary>Records rows at the end.</summary>
    public void Append(int rows, Adapter? writer)
    {
        if (rows == 0)
        {
            return;
        }

        Mark(rows, _mark ??= new object());
        Write(rows, writer);
    }

    /// <summary>How many rows from the first on are copies of the same rows as another one's, bit for bit.</summary>
    public int CommonLength(RowProvenance other)
    {
        int common = 0;
        int count = Math.Min(_marks.Count, other._marks.Count);
        for (int i = 0; i < count && ReferenceEquals(_marks[i].Mark, other._marks[i].Mark); i++)
        {
            common = Math.Min(_marks[i].End, other._marks[i].End);
            if (_marks[i].End != other._marks[i].End)
            {
                break;
            }
        }

        return common;
    }

    /// <summary>Rows from the first on that are exactly what their writer alone makes of their ids, so that others may have them.</summary>
    public int SharedLength => Math.Min(Length, _ownFrom);

    /// <summary>
    /// Records rows of the base at the end that others must not have: nobody here has computed them, or a run with adapters has.
    /// </summary>
    public void AppendOwn(int rows)
    {
        if (rows > 0)
        {
            _ownFrom = Math.Min(_ownFrom, Length);
            Append(rows, null);
        }
    }

    /// <summary>Records rows at the end as another one's records say of the same rows.</summary>
    /// <param name="source">Records of the rows before <paramref name="length"/> at least.</param>
    /// <param name="length">Rows described then.</param>
    public void AppendFrom(RowProvenance source, int length)
    {
        // What stands behind an own row, wherever that is, is an own one.
        int ownFrom = source._ownFrom < length ? Math.Max(source._ownFrom, Length) : int.MaxValue;
        foreach ((int end, object mark) in source._marks)
        {
            if (Math.Min(end, length) - (_marks.Count == 0 ? 0 : _marks[^1].End) is > 0 and int rows)
            {
                Mark(rows, mark);
            }
        }

        foreach ((int end, Adapter? writer) in source._segments)
        {
            if (Math.Min(end, length) - Length is > 0 and int rows)
            {
                Write(rows, writer);
            }
        }

        _ownFrom = Math.Min(_ownFrom, ownFrom);
    }

    /// <summary>Forgets the rows from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        if (length < Length)
        {
            // What is written there next are other rows.
            _mark = null;
            while (_marks.Count > 0 && (_marks.Count == 1 ? 0 : _marks[^2].End) >= length)
            {
                _marks.RemoveAt(_marks.Count - 1);
            }

            if (_marks.Count > 0 && _marks[^1].End > length)
            {
                _marks[^1] = (length, _marks[^1].Mark);
            }
        }

        if (length <= _ownFrom)
        {
            _ownFrom = int.MaxValue;
        }

        while (_segments.Count > 0 && StartOf(_segments.Count - 1) >= length)
        {
            _segments.RemoveAt(_segments.Count - 1);
        }

        if (_segments.Count > 0 && _segments[^1].End > length)
        {
            _segments[^1] = (length, _segments[^1].Writer);
        }
    }

    /// <summary>
    /// How many rows from the first on were written as an activation asks: by the base before
    /// <paramref name="activationStart"/>, by <paramref name="adapter"/> from there on.
    /// </summary>
    /// <param name="adapter">The adapter; null for the base alone.</param>
    /// <param name="activationStart">First adapted row; not read if <paramref name="adapter"/> is null.</param>
    public int MatchingPrefix(Adapter? adapter, int activationStart)
    {
        for (int i = 0; i < _segments.Count; i++)
        {
            (int end, Adapter? writer) = _segments[i];
            int start = StartOf(i);
            int matching = writer is null
                ? (adapter is null ? end : Math.Min(end, activationStart))
                : (ReferenceEquals(writer, adapter) && start >= activationStart ? end : start);
            if (matching < end)
            {
                return Math.Max(matching, start);
            }
        }

        return Length;
    }

    /// <summary>A copy of the first rows' records.</summary>
    public RowProvenance Copy(int length)
    {
        RowProvenance copy = new() { _ownFrom = _ownFrom };
        copy._segments.AddRange(_segments);
        copy._marks.AddRange(_marks);
        copy.Truncate(length);
        return copy;
    }

    private void Mark(int rows, object mark)
    {
        int end = (_marks.Count == 0 ? 0 : _marks[^1].End) + rows;
        if (_marks.Count > 0 && ReferenceEquals(_marks[^1].Mark, mark))
        {
            _marks[^1] = (end, mark);
        }
        else
        {
            _marks.Add((end, mark));
        }
    }

    private void Write(int rows, Adapter? writer)
    {
        int end = Length + rows;
        if (_segments.Count > 0 && ReferenceEquals(_segments[^1].Writer, writer))
        {
            _segments[^1] = (end, writer);
        }
        else
        {
            _segments.Add((end, writer));
        }
    }

    private int StartOf(int segment) => segment == 0 ? 0 : _segments[segment - 1].End;
}
