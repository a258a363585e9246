using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>How the adapter branches of a graph are computed, and for which rows.</summary>
internal abstract class AdapterBranches
{
    /// <summary>Declares the input that says which rows are adapted.</summary>
    public static AdapterBranches Of(DecoderContext context, IReadOnlyList<AdapterGroup> groups) => context.Kind.HasTables()
        ? AdapterSlots.Create(context, groups)
        : ActivationMask.Create(context, groups);

    /// <summary>Whether the group takes LoRA tensors.</summary>
    public abstract bool Covers(string group);

    /// <summary>Adds a projection with its branch.</summary>
    /// <param name="weightPath">Prefix of the projection's names.</param>
    /// <param name="projection">The projection, whose group is covered.</param>
    /// <param name="input">Value that is multiplied.</param>
    /// <param name="product">Adds the product without the branch, from a value that equals <paramref name="input"/>.</param>
    /// <returns>Name of the sum.</returns>
    public abstract string Add(string weightPath, ProjectionBlueprint projection, string input, Func<string, string> product);

    /// <summary>Adds a projection with its branch by one operator, where <see cref="FusedProduct"/> takes its matrix.</summary>
    /// <param name="weightPath">Prefix of the projection's names.</param>
    /// <param name="projection">The projection, whose group is covered.</param>
    /// <param name="matrix">Its matrix.</param>
    /// <param name="input">Value that is multiplied.</param>
    /// <param name="end">What follows.</param>
    /// <returns>Name of the result.</returns>
    public virtual string AddProduct(
        string weightPath, ProjectionBlueprint projection, PlannedMatrix matrix, string input, ProductEnd end) =>
        throw new InvalidOperationException($"{weightPath}: these branches are nodes of their own.");

    /// <summary>
    /// Adds the norm before a projection together with the first half of its branch, where <see cref="FusedProduct"/> takes both.
    /// </summary>
    /// <param name="weightPath">Prefix of the projection's names.</param>
    /// <param name="projection">The projection, whose group is covered.</param>
    /// <param name="node">Name of the norm's node.</param>
    /// <param name="inputs">The norm's inputs.</param>
    /// <param name="epsilon">The norm's attribute.</param>
    /// <returns>Name of the normalised value.</returns>
    public virtual string AddNorm(
        string weightPath, ProjectionBlueprint projection, string node, IReadOnlyList<string> inputs, Proto.AttributeProto epsilon) =>
        throw new InvalidOperationException($"{weightPath}: these branches are nodes of their own.");

    /// <summary>The branches of some groups for the rows that reach the head.</summary>
    public abstract AdapterBranches Select(IEnumerable<string> groups, HeadRows rows);
}
