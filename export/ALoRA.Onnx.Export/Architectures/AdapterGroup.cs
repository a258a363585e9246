using System.Globalization;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Projections that share one input and, in the graph, one base product and one pair of LoRA tensors.</summary>
/// <param name="Name">Short name, such as <c>qkv</c>; the symbolic rank of its tensors is <c>R_qkv</c>.</param>
/// <param name="Prefix">
/// Path with <c>{layer}</c> in place of the layer's number, such as <c>model.layers.{layer}.self_attn.qkv_proj</c>.
/// </param>
/// <param name="InputSize">Columns of the base weight: rows of A.</param>
/// <param name="Outputs">The projections in the order in which their rows stand in the base weight and their columns in B.</param>
internal sealed record AdapterGroup(string Name, string Prefix, int InputSize, IReadOnlyList<AdapterGroupOutput> Outputs)
{
    /// <summary>Rows of the base weight: columns of B.</summary>
    public int OutputSize => Outputs.Sum(output => output.Size);

    /// <summary>Graph input of A, <c>[InputSize, R]</c>.</summary>
    public string LoraA(int layer) => PrefixOf(layer) + ".lora_A.weight";

    /// <summary>Graph input of B, <c>[R, OutputSize]</c>, scaling folded in.</summary>
    public string LoraB(int layer) => PrefixOf(layer) + ".lora_B.weight";

    /// <summary>Graph input of what is added to A·x, <c>[R]</c>, in models that take it.</summary>
    public string LoraABias(int layer) => PrefixOf(layer) + ".lora_A.bias";

    /// <summary>The prefix for one layer.</summary>
    public string PrefixOf(int layer) => Prefix.Replace("{layer}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
