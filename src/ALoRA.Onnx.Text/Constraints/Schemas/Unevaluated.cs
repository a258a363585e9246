namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>What <c>unevaluatedProperties</c> and <c>unevaluatedItems</c> mean once it is known which schemas hold.</summary>
internal static class Unevaluated
{
    /// <summary>Adds what a schema says about parts that no other keyword looks at.</summary>
    /// <param name="alternative">All facts that hold, of the schema and of those that it applies.</param>
    /// <param name="node">The schema.</param>
    public static Alternative AddTo(Alternative alternative, SchemaNode node)
    {
        List<Facts> seen = [.. alternative.Facts.Where(facts => !facts.IsHidden)];
        if (node.UnevaluatedProperties is Claim properties
            && !seen.Exists(facts => facts.Object?.Others is not null))
        {
            ObjectFacts[] objects = [.. seen.Select(facts => facts.Object).OfType<ObjectFacts>()];
            alternative = alternative.And(Alternative.Of(new Facts
            {
                Key = $"{properties.Key} @{alternative.Key}",
                About = JsonType.Object,
                Object = new ObjectFacts(objects.SelectMany(one => one.Names).Select(name => (name, Claim.Always)))
                {
                    Patterns = [.. objects.SelectMany(one => one.Patterns).Select(one => (one.Pattern, Claim.Always))],
                    Others = properties,
                },
            }));
        }

        ArrayFacts[] arrays = [.. seen.Select(facts => facts.Array).OfType<ArrayFacts>()];
        if (node.UnevaluatedItems is Claim items && !arrays.Any(array => array.Rest is not null))
        {
            alternative = alternative.And(Alternative.Of(new Facts
            {
                Key = $"{items.Key} @{alternative.Key}",
                About = JsonType.Array,
                Array = new ArrayFacts
                {
                    Prefix = [.. Enumerable.Repeat(Claim.Always, arrays.Select(array => array.Prefix.Count).DefaultIfEmpty(0).Max())],
                    Rest = items,
                },
                Refusal = arrays.Any(array => array.Contains.Count > 0)
                    ? items.Schema.Error("beside 'contains' it can't be enforced. Use items.")
                    : null,
            }));
        }

        return alternative;
    }
}
