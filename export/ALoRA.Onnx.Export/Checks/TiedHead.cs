using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Checks;

/// <summary>Decides, as Transformers 5 does, which tensors a checkpoint with tied embedding and head really ties.</summary>
internal static class TiedHead
{
    public const string Weight = "lm_head.weight";

    /// <summary>
    /// The blueprint with the tensors that are there: both where their values differ, the only one where the other is missing.
    /// </summary>
    public static DecoderBlueprint Resolve(Checkpoint checkpoint, DecoderBlueprint blueprint, List<string> warnings)
    {
        bool tied = blueprint.HeadWeight == blueprint.EmbeddingWeight;
        if (!tied || !checkpoint.Tensors.TryGetValue(Weight, out CheckpointTensor? head))
        {
            return blueprint;
        }

        if (!checkpoint.Tensors.TryGetValue(blueprint.EmbeddingWeight, out CheckpointTensor? embedding))
        {
            return blueprint with { EmbeddingWeight = Weight, HeadWeight = Weight };
        }

        bool comparable = ExportableEncodings.Contains(embedding.Encoding) && ExportableEncodings.Contains(head.Encoding);
        if (comparable && TensorComparison.SameValues(embedding, head))
        {
            return blueprint;
        }

        warnings.Add(
            $"'tie_word_embeddings' is true, but '{Weight}' differs from '{blueprint.EmbeddingWeight}'; both are kept, as Transformers 5 "
            + "does.");
        return blueprint with { HeadWeight = Weight };
    }
}
