using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// Products of a few rows by an operator of our own for CUDA, which reads the weights at the speed of the memory and does what follows the
/// product: the adapter's B, SwiGLU, the sum with the residual stream.
/// </summary>
internal sealed class FusedProduct(DecoderContext context)
{
    // The kernels read 16 bytes at a time and write whole tiles.
    private const int Multiple = 8;

    private const int NibbleBits = 4;
    private const int ByteBits = 8;
    private const int BlockSize = 32;

    private readonly bool _isUsed = context.Kind == GraphKind.Step
        || (context.Kind == GraphKind.Fused && context.Graph.Activations != ActivationType.Float32);

    /// <summary>
    /// Whether attention is an operator of our own, too: heads of sizes that it has, all rotated by a table of positions, or not.
    /// </summary>
    /// <param name="attention">The attention.</param>
    /// <param name="rotaryInputs">Inputs that it has for the rotation.</param>
    public bool Takes(AttentionBlueprint attention, int rotaryInputs) =>
        (_isUsed || context.Kind == GraphKind.Branches) && TakesHeads(context.Blueprint, attention)
        && (rotaryInputs == 0 || (rotaryInputs == 2 && attention.Rope!.RotaryDimension == context.Blueprint.HeadSize));

    /// <summary>Whether the attention of all layers can be that operator, so that it can tell branches apart.</summary>
    public static bool TakesBranches(DecoderBlueprint blueprint) => blueprint.RotarySwitchLength is null
        && blueprint.Layers.All(layer => TakesHeads(blueprint, layer.Attention)
            && layer.Attention is { QueryNorm: null, KeyNorm: null }
            && (layer.Attention.Rope is null || layer.Attention.Rope.RotaryDimension == blueprint.HeadSize));

    /// <summary>Whether the norm of the residual stream is an operator of our own, too.</summary>
    public bool Takes(NormBlueprint norm) => _isUsed && !norm.SubtractsMean && norm.Bias is null;

    /// <summary>Whether the operator takes a matrix that no adapter changes.</summary>
    public bool Takes(PlannedMatrix matrix) => _isUsed && Fits(matrix);

    /// <summary>Whether the operator takes the head: of branches, too, as no more rows reach it than there are branches.</summary>
    public bool TakesHead(PlannedMatrix matrix) => (_isUsed || context.Kind == GraphKind.Branches) && Fits(matrix);

    /// <summary>
    /// Whether <c>silu(gate) · up</c> behind a product of somebody else is an operator of our own: of branches, whose products have many
    /// rows.
    /// </summary>
    /// <param name="mlp">The block.</param>
    public bool TakesGates(MlpBlueprint mlp) => context.Kind == GraphKind.Branches
        && mlp is { IsGated: true, Activation: ActivationFunction.Silu } && mlp.Down.InputSize % Multiple == 0;

    /// <summary>Whether the operator takes a matrix with an adapter.</summary>
    public bool TakesAdapted(PlannedMatrix matrix) => Takes(matrix) && matrix.Rows % Multiple == 0;

    /// <summary>Whether the operator makes <c>silu(gate) · up</c> of a matrix, whose first half are the gates.</summary>
    public bool TakesSwiGlu(PlannedMatrix matrix) => Takes(matrix) && matrix.Rows % (2 * Multiple) == 0;

    /// <summary>Adds the product.</summary>
    /// <param name="path">Prefix of the node's name.</param>
    /// <param name="matrix">One that it takes.</param>
    /// <param name="input">Name of the value to multiply.</param>
    /// <param name="end">What follows the product.</param>
    /// <param name="adapter">What an adapter adds; null for nothing.</param>
    /// <param name="output">Name of the result; null for the usual one.</param>
    /// <returns>Name of the result.</returns>
    public string Add(
        string path, PlannedMatrix matrix, string input, ProductEnd end, AdapterTerm? adapter = null, string? output = null)
    {
        GraphBuilder graph = context.Graph;
        MatrixFormat.Blocks? blocks = matrix.Format as MatrixFormat.Blocks;
        string operation = blocks is null ? "LoraProduct" : blocks.Bits == ByteBits ? "ByteProduct" : "NibbleProduct";
        string node = $"{path}/{operation}";
        List<string> inputs = [input, .. blocks is null
            ? [graph.External(matrix.Name, matrix.Values, matrix.Rows, matrix.Columns)]
            : new BlockInitializers(graph).ForProduct(matrix, blocks)];
        List<Proto.AttributeProto> attributes = [];
        if (end.Residual is not null || adapter is not null)
        {
            if (blocks is { HasZeroPoints: false })
            {
                inputs.Add("");
            }

            inputs.Add(end.Residual ?? "");
        }

        if (adapter is not null)
        {
            inputs.AddRange([adapter.Shrunk, adapter.Slot, adapter.B, adapter.Ranks]);
            attributes.AddRange([adapter.Parts, Attribute.Ints(adapter.IsBesideInput ? "waits" : "ahead", [1])]);
        }

        if (end.IsSwiGlu)
        {
            attributes.Add(Attribute.Ints("swiglu", [1]));
        }

        if (end.Scale is float scale)
        {
            attributes.Add(Attribute.Floats("scale", [scale]));
        }

        output ??= $"{node}/output_0";
        graph.AddNamed(node, operation, [output], [.. inputs], [.. attributes]);
        return output;
    }

    private static bool Fits(PlannedMatrix matrix) => matrix.Format is MatrixFormat.Blocks blocks
        ? blocks is { Bits: NibbleBits or ByteBits, BlockSize: BlockSize, HasMinimums: false, IsSplit: false }
            && matrix.Columns % BlockSize == 0
        : matrix.Columns % Multiple == 0;

    private static bool TakesHeads(DecoderBlueprint blueprint, AttentionBlueprint attention) =>
        blueprint.HeadSize is 64 or 128 && attention.Window is null && attention.SoftCap is null;
}

/// <summary>What follows a product in the same operator.</summary>
/// <param name="Residual">Name of the value that is added; null for none.</param>
/// <param name="IsSwiGlu">Whether the first half of the outputs are gates of the second.</param>
/// <param name="Scale">What the product is multiplied by, before the residual is added; null for 1.</param>
internal readonly record struct ProductEnd(string? Residual = null, bool IsSwiGlu = false, float? Scale = null);

/// <summary>What an adapter adds to a product.</summary>
/// <param name="Shrunk">Name of A·x.</param>
/// <param name="Slot">Name of the rows' slots.</param>
/// <param name="B">Name of the table of B.</param>
/// <param name="Ranks">Name of the slots' ranks.</param>
/// <param name="Parts">The projections' sizes.</param>
/// <param name="IsBesideInput">Whether A·x comes from the node that x comes from.</param>
internal sealed record AdapterTerm(string Shrunk, string Slot, string B, string Ranks, Proto.AttributeProto Parts, bool IsBesideInput);
