namespace ALoRA.Onnx.Inference;

/// <summary>Which rows of a chunk the logits are wanted of. Not thread-safe; a chunk without chosen positions allocates nothing.</summary>
internal sealed class WantedRows
{
    private readonly int[] _last = [0];
    private int[] _rows = [];
    private int[] _targets = [];
    private bool _isLastAlone;

    /// <summary>Indices within the chunk, those of the chosen positions first.</summary>
    public ReadOnlySpan<int> Rows => _isLastAlone ? _last : _rows;

    /// <summary>For each of the first of <see cref="Rows"/>, its index among the chosen positions.</summary>
    public ReadOnlySpan<int> Targets => _targets;

    /// <summary>Goes to another chunk.</summary>
    /// <param name="positions">The chosen positions, within the sequence.</param>
    /// <param name="past">Position of the chunk's first row.</param>
    /// <param name="rows">Rows of the chunk.</param>
    /// <param name="wantsLast">Whether the logits of its last row are wanted in any case; they are then the last.</param>
    public void MoveTo(ReadOnlySpan<int> positions, int past, int rows, bool wantsLast)
    {
        _isLastAlone = positions.IsEmpty && wantsLast;
        _last[0] = rows - 1;
        (_rows, _targets) = ([], []);
        if (positions.IsEmpty)
        {
            return;
        }

        List<int> wanted = [];
        List<int> targets = [];
        for (int i = 0; i < positions.Length; i++)
        {
            if (positions[i] >= past && positions[i] < past + rows)
            {
                targets.Add(i);
                wanted.Add(positions[i] - past);
            }
        }

        if (wantsLast)
        {
            wanted.Add(rows - 1);
        }

        (_rows, _targets) = ([.. wanted], [.. targets]);
    }
}
