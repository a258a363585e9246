namespace ALoRA.Onnx.Invocations.Branches;

/// <summary>A row of a run: a token of a branch.</summary>
/// <param name="Branch">Index of the branch within its batch.</param>
/// <param name="Position">Index of the token within the branch.</param>
internal readonly record struct BranchRow(int Branch, int Position);
