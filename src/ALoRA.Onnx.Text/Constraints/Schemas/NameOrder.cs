namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// In which order the members of an object are written: as <c>properties</c> names them, first those of a schema itself and then those of
/// the schemas that it applies; behind them those that only <c>required</c> names.
/// </summary>
internal sealed class NameOrder(SchemaReader reader)
{
    private const int MaxSchemas = 2_000;

    /// <summary>All names that schemas for the same value give members.</summary>
    public IReadOnlyList<string> Of(Goal goal)
    {
        List<string> declared = [];
        List<string> required = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        Stack<Claim> open = new(goal.Claims.Reverse());
        while (open.TryPop(out Claim claim))
        {
            if (!seen.Add(claim.Schema.Pointer) || seen.Count > MaxSchemas)
            {
                continue;
            }

            SchemaNode node = reader.Read(claim.Schema);
            declared.AddRange(node.Own.Object?.Names ?? []);
            required.AddRange(node.Own.Object?.Required ?? []);
            foreach (Claim part in node.InPlace.Reverse())
            {
                open.Push(part);
            }
        }

        return [.. declared.Concat(required).Distinct(StringComparer.Ordinal)];
    }
}
