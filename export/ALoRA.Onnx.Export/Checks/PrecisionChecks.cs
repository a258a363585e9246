using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Checks;

/// <summary>Checks whether the tensors can be held as the options ask.</summary>
internal static class PrecisionChecks
{
    public static void Check(
        DecoderBlueprint blueprint, IReadOnlyList<CheckpointTensor> used, PrecisionPlan precision, List<string> problems,
        List<string> warnings)
    {
        bool blockEmbedding = precision.Embedding is MatrixPrecision.Int4 or MatrixPrecision.Int8;
        if (blockEmbedding && blueprint.HiddenSize % precision.BlockSize != 0)
        {
            problems.Add(
                $"config.json: 'hidden_size': expected a multiple of the block size {precision.BlockSize} for an embedding in blocks, "
                + $"got {blueprint.HiddenSize}. Choose another block size or an embedding in {ActivationName(precision)}.");
        }

        IEnumerable<IGrouping<TensorEncoding, CheckpointTensor>> rounded = used
            .Where(tensor => tensor.Shape.Count == 2 && MatrixFormats.IsRounded(tensor.Encoding, WantedFor(tensor, blueprint, precision)))
            .GroupBy(tensor => tensor.Encoding);
        warnings.AddRange(rounded.Select(group =>
            $"{group.Count()} tensors in {group.Key.FormatName()}, such as '{group.First().Name}', cannot be taken over as they are "
            + "and were rounded to int8."));
    }

    private static MatrixPrecision WantedFor(CheckpointTensor tensor, DecoderBlueprint blueprint, PrecisionPlan precision) =>
        tensor.Name == blueprint.EmbeddingWeight ? precision.Embedding
        : tensor.Name == blueprint.HeadWeight ? precision.Head
        : precision.Projections;

    private static string ActivationName(PrecisionPlan precision) => MatrixPrecision.Float.ToName(precision.Activations);
}
