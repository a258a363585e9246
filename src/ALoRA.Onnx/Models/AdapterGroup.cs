namespace ALoRA.Onnx.Models;

/// <summary>Projections of a layer that the graph computes as one product and that share one pair of adapter inputs.</summary>
/// <param name="Name">Name of the group, such as <c>qkv</c>; adapter files and the symbolic rank <c>R_qkv</c> use it.</param>
/// <param name="Prefix">
/// Prefix of the graph inputs <c>….lora_A.weight</c> and <c>….lora_B.weight</c>, with <c>{layer}</c> for the layer's index.
/// </param>
/// <param name="InputSize">Rows of A, <c>[input_size, R]</c>.</param>
/// <param name="Outputs">The projections side by side along the columns of B, <c>[R, sum of sizes]</c>.</param>
internal sealed record AdapterGroup(string Name, string Prefix, int InputSize, IReadOnlyList<AdapterGroupOutput> Outputs)
{
    /// <summary>Columns of B: the sizes of all <see cref="Outputs"/> together.</summary>
    public int OutputSize { get; } = Outputs.Sum(output => output.Size);

    /// <summary>Name of the graph input that takes A of one layer.</summary>
    /// <param name="layer">Index of the layer, from 0.</param>
    public string InputNameOfA(int layer) => PrefixOf(layer) + ".lora_A.weight";

    /// <summary>Name of the graph input that takes B of one layer.</summary>
    /// <param name="layer">Index of the layer, from 0.</param>
    public string InputNameOfB(int layer) => PrefixOf(layer) + ".lora_B.weight";

    /// <summary>
    /// Name of the graph input that takes what is added to A·x in one layer, <c>[R]</c>;
    /// only models with <see cref="ModelManifest.HasAdapterBias"/> have it.
    /// </summary>
    /// <param name="layer">Index of the layer, from 0.</param>
    public string InputNameOfABias(int layer) => PrefixOf(layer) + ".lora_A.bias";

    private string PrefixOf(int layer) =>
        Prefix.Replace("{layer}", layer.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
