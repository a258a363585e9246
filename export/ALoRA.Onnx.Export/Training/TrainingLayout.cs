namespace ALoRA.Onnx.Export.Training;

/// <summary>What a training graph is made for.</summary>
/// <param name="Branches">What is trained; groups and layers that are not named have no branch in the graph.</param>
/// <param name="HasPrefix">Whether rows stand behind a prefix of which only keys and values are known.</param>
/// <param name="HasDropout">Whether each branch takes a mask over its input.</param>
/// <param name="Backward">Whether there are gradients; false for an evaluation.</param>
/// <param name="PageSize">
/// Rows of a page, where prefixes of all sequences lie in pages of one tensor a layer and a batch says which of them it reads; 0 where a
/// batch brings its own.
/// </param>
/// <param name="DecodedRows">
/// Most rows of a matrix in blocks that ALoRA.Onnx's own operator for the processor decodes at a time; null where what runs the graph has
/// no such operator, so that the same is written in ONNX Runtime's.
/// </param>
internal sealed record TrainingLayout(
    IReadOnlyList<TrainedBranch> Branches, bool HasPrefix = true, bool HasDropout = false, bool Backward = true,
    int PageSize = 0, int? DecodedRows = null);
