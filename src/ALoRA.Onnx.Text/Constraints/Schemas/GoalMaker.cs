namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Makes goals of claims; references that stand alone are followed, so that the same parts are the same goals.</summary>
internal sealed class GoalMaker(SchemaReader reader)
{
    public Goal Of(IEnumerable<Claim> claims) => new(claims.Select(reader.Follow));
}
