using System.Runtime.InteropServices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>
/// The inputs <c>branch_rows</c>, int32 <c>[sequence, 3]</c>: branch, length of the prefix, and position of each row of a run; and
/// <c>branch_owners</c>, int32 <c>[rows]</c>: the branch of each row behind the conversation's in the cache.
/// </summary>
/// <param name="rowInput">Where the rows are written; not owned.</param>
/// <param name="ownerInput">Where the owners are written; not owned.</param>
/// <param name="branches">The branches by index.</param>
internal sealed class BranchOwners(BoundInput rowInput, BoundInput ownerInput, IReadOnlyList<Branch> branches) : IBranchSight
{
    private readonly List<int> _owners = [];

    /// <inheritdoc/>
    public int Rows => _owners.Count;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<BranchRow> rows, int total)
    {
        rowInput.Resize(rows.Length, GraphSignature.BranchRowColumns);
        Span<int> numbers = rowInput.Elements<int>();
        for (int i = 0; i < rows.Length; i++)
        {
            _owners.Add(rows[i].Branch);
            Span<int> row = numbers.Slice(i * GraphSignature.BranchRowColumns, GraphSignature.BranchRowColumns);
            (row[0], row[1], row[2]) = (rows[i].Branch, branches[rows[i].Branch].Prefix, rows[i].Position);
        }

        ownerInput.Resize(_owners.Count);
        CollectionsMarshal.AsSpan(_owners).CopyTo(ownerInput.Elements<int>());
    }
}
