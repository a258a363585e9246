using System.Runtime.InteropServices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>
/// The input <c>attention_bias</c>, T <c>[1, 1, sequence, total]</c>: 0 where a row of a run reads a row of the cache (the prefix of its
/// branch and the branch's own rows), very negative where it must not. That a row reads no later ones is the operator's own rule.
/// </summary>
/// <param name="input">Where it is written; not owned.</param>
/// <param name="type">Element type T.</param>
/// <param name="prefixRows">Rows of the conversation in the cache.</param>
/// <param name="branches">The branches by index.</param>
internal sealed class BranchBias(BoundInput input, TensorElementType type, int prefixRows, IReadOnlyList<Branch> branches) : IBranchSight
{
    private readonly List<int> _owners = [];
    private readonly List<int> _steady = [];
    private readonly int _size = ElementTypes.SizeOf(type);
    private int _total;

    /// <inheritdoc/>
    public int Rows => _owners.Count;

    /// <inheritdoc/>
    /// <remarks>Of the bias so many columns; those behind the rows of the cache are never read.</remarks>
    public void Write(ReadOnlySpan<BranchRow> rows, int total)
    {
        int first = _owners.Count;
        foreach (BranchRow row in rows)
        {
            _owners.Add(row.Branch);
        }

        if (IsNextStep(rows, total))
        {
            Span<byte> bias = input.Elements<byte>();
            for (int i = 0; i < rows.Length; i++)
            {
                Fill(bias, total, i, prefixRows + first + i, 1, 0);
            }

            return;
        }

        _total = total;
        _steady.Clear();
        input.Resize(1, 1, rows.Length, total);
        for (int i = 0; i < rows.Length; i++)
        {
            WriteRow(input.Elements<byte>(), i, rows[i].Branch, first + i, total);
            _steady.Add(rows[i].Branch);
        }
    }

    // A decode step of the same branches differs from the one before by one element a row: each branch reads its new row.
    private bool IsNextStep(ReadOnlySpan<BranchRow> rows, int total)
    {
        if (total != _total || rows.Length != _steady.Count)
        {
            return false;
        }

        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i].Branch != _steady[i] || (i > 0 && rows[i].Branch == rows[i - 1].Branch))
            {
                return false;
            }
        }

        return true;
    }

    private void WriteRow(Span<byte> bias, int row, int branch, int last, int total)
    {
        int prefix = branches[branch].Prefix;
        uint masked = ElementTypes.Masked(type);
        Fill(bias, total, row, 0, prefix, 0);
        Fill(bias, total, row, prefix, total - prefix, masked);
        ReadOnlySpan<int> owners = CollectionsMarshal.AsSpan(_owners);
        for (int i = 0; i <= last; i++)
        {
            if (owners[i] == branch)
            {
                Fill(bias, total, row, prefixRows + i, 1, 0);
            }
        }
    }

    private void Fill(Span<byte> bias, int total, int row, int column, int count, uint bits) =>
        ElementTypes.Fill(bias.Slice(((row * total) + column) * _size, count * _size), type, bits);
}
