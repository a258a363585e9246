using System.Globalization;

namespace ALoRA.Onnx.Export.Training;

/// <summary>What is trained of an adapter group in one layer.</summary>
/// <param name="Prefix">Prefix of the group's names in that layer, such as <c>model.layers.0.self_attn.qkv_proj</c>.</param>
/// <param name="InputSize">Columns of each A.</param>
/// <param name="Parts">The group's projections in the order of their columns.</param>
internal sealed record TrainedBranch(string Prefix, int InputSize, IReadOnlyList<TrainedPart> Parts)
{
    /// <summary>Ranks of all parts together.</summary>
    public int Rank => Parts.Sum(part => part.Rank);

    /// <summary>Input of a part's A, <c>[r, in]</c>, as PEFT has it.</summary>
    public string A(int part) => Name("lora_A", part, "weight");

    /// <summary>Input of a part's B, <c>[out, r]</c>, as PEFT has it, unscaled.</summary>
    public string B(int part) => Name("lora_B", part, "weight");

    /// <summary>Input of what a part's B adds, <c>[1, out]</c>, unscaled.</summary>
    public string Bias(int part) => Name("lora_B", part, "bias");

    private string Name(string matrix, int part, string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}.{matrix}.{part}.{kind}");
}

/// <summary>A projection of a group.</summary>
/// <param name="Size">Its output features.</param>
/// <param name="Rank">r; 0 where it is not trained.</param>
/// <param name="Scale">Factor of B·A.</param>
/// <param name="HasBias">Whether B has a bias.</param>
internal sealed record TrainedPart(int Size, int Rank, float Scale, bool HasBias = false);
