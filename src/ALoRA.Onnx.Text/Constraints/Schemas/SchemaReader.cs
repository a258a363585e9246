using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Reads schemas, each once: which keywords count in their draft, and whether these are well-formed.</summary>
internal sealed class SchemaReader(SchemaDocument document, UnknownKeywords unknown)
{
    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];

    /// <summary>Keywords that say nothing because nobody knows them, each with its place.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether a schema that was read has <c>unevaluatedProperties</c> or <c>unevaluatedItems</c>.</summary>
    public bool HasUnevaluated { get; private set; }

    /// <summary>Reads every schema that can be reached.</summary>
    /// <exception cref="JsonSchemaException">Names the first keyword that is wrong.</exception>
    public IReadOnlyList<SchemaLocation> ReadAll(CancellationToken cancellation)
    {
        List<SchemaLocation> all = [];
        HashSet<string> seen = new(StringComparer.Ordinal) { document.Root.Pointer };
        Stack<SchemaLocation> open = new([document.Root]);
        while (open.TryPop(out SchemaLocation schema))
        {
            cancellation.ThrowIfCancellationRequested();
            all.Add(schema);
            foreach (SchemaLocation child in Read(schema).Children)
            {
                if (seen.Add(child.Pointer))
                {
                    open.Push(child);
                }
            }
        }

        return all;
    }

    /// <summary>A schema.</summary>
    /// <exception cref="JsonSchemaException">A keyword is malformed, or can't be enforced.</exception>
    public SchemaNode Read(SchemaLocation schema)
    {
        if (!_nodes.TryGetValue(schema.Pointer, out SchemaNode? node))
        {
            node = ReadNew(schema);
            _nodes.Add(schema.Pointer, node);
        }

        return node;
    }

    /// <summary>The claim behind references that stand alone.</summary>
    public Claim Follow(Claim claim)
    {
        const int Most = 50;
        for (int i = 0; i < Most && Read(claim.Schema) is { IsReference: true } node; i++)
        {
            claim = new Claim(node.All[0].Schema, claim.Negated);
        }

        return claim;
    }

    private SchemaNode ReadNew(SchemaLocation schema)
    {
        if (schema.Element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            bool holds = schema.Element.ValueKind == JsonValueKind.True;
            return new SchemaNode
            {
                Own = new Facts { Key = schema.Pointer, Types = holds ? JsonType.All : JsonType.None, HasTypes = !holds },
            };
        }

        Checks.Require(schema, JsonValueKind.Object, "an object or a Boolean");
        Dialect dialect = document.DialectOf(schema);
        Dictionary<string, SchemaLocation> keywords = Keep(schema, dialect);
        List<SchemaLocation> children = [];
        List<Claim> all = ReadReferences(keywords);
        children.AddRange(all.Select(claim => claim.Schema));
        if (keywords.TryGetValue("allOf", out SchemaLocation parts))
        {
            all.AddRange(Checks.Schemas(parts).Select(part => new Claim(part)));
        }

        (List<(string, IReadOnlyList<string>, SchemaLocation)> names, List<(string, Claim, SchemaLocation)> schemas) =
            ReadDependencies(keywords);
        Claim? condition = ClaimOf(keywords, "if");
        SchemaNode node = new()
        {
            Own = new FactsReader(schema, keywords, dialect, children).Read(),
            All = all,
            AnyOf = ClaimsOf(keywords, "anyOf"),
            OneOf = ClaimsOf(keywords, "oneOf"),
            Not = ClaimOf(keywords, "not"),
            If = condition,
            Then = (condition is null ? null : ClaimOf(keywords, "then")) ?? Claim.Always,
            Else = (condition is null ? null : ClaimOf(keywords, "else")) ?? Claim.Always,
            DependentNames = names,
            DependentSchemas = schemas,
            UnevaluatedProperties = ClaimOf(keywords, "unevaluatedProperties"),
            UnevaluatedItems = ClaimOf(keywords, "unevaluatedItems"),
            IsReference = all.Count == 1 && keywords.Count == 1 && keywords.ContainsKey("$ref"),
            Children = children,
        };
        HasUnevaluated |= node.UnevaluatedProperties is not null || node.UnevaluatedItems is not null;
        Claim?[] single = [node.Not, node.UnevaluatedProperties, node.UnevaluatedItems];
        children.AddRange(
            node.InPlace.Concat(single.OfType<Claim>()).Select(claim => claim.Schema).Where(child => child.Pointer != "(any)"));
        return node;
    }

    // The keywords that say something about values.
    private Dictionary<string, SchemaLocation> Keep(SchemaLocation schema, Dialect dialect)
    {
        Dictionary<string, SchemaLocation> keywords = new(StringComparer.Ordinal);
        HashSet<string> seen = new(StringComparer.Ordinal);
        bool onlyReference = dialect <= Dialect.Draft7 && schema.Find("$ref") is { Element.ValueKind: JsonValueKind.String };
        foreach ((string keyword, SchemaLocation value) in Checks.Members(schema))
        {
            if (!seen.Add(keyword))
            {
                throw value.Error($"'{keyword}' is there twice. Remove one.");
            }

            if (onlyReference && keyword != "$ref")
            {
                continue;
            }

            if (Keywords.IsAssertion(keyword, dialect))
            {
                keywords.Add(keyword, value);
            }
            else if (!Keywords.IsAnnotation(keyword, dialect))
            {
                Note(keyword, value);
            }
        }

        return keywords;
    }

    private void Note(string keyword, SchemaLocation value)
    {
        if (unknown == UnknownKeywords.Refuse)
        {
            throw value.Error(
                $"'{keyword}' is no keyword of the schema's draft, and "
                + $"{nameof(SchemaOptions)}.{nameof(SchemaOptions.UnknownKeywords)} says "
                + "that such are refused. Remove it, or correct it.");
        }

        _notes.Add($"{value.Pointer}: '{keyword}' is no keyword of the schema's draft and says nothing.");
    }

    private List<Claim> ReadReferences(Dictionary<string, SchemaLocation> keywords)
    {
        List<Claim> all = [];
        if (keywords.TryGetValue("$ref", out SchemaLocation reference))
        {
            Checks.Require(reference, JsonValueKind.String, "a string");
            all.Add(new Claim(document.Resolve(reference)));
        }

        foreach (string keyword in new[] { "$dynamicRef", "$recursiveRef" })
        {
            if (keywords.TryGetValue(keyword, out SchemaLocation dynamic))
            {
                Checks.Require(dynamic, JsonValueKind.String, "a string");
                all.Add(new Claim(document.ResolveDynamic(dynamic, keyword == "$recursiveRef")));
            }
        }

        return all;
    }

    private static (List<(string, IReadOnlyList<string>, SchemaLocation)>, List<(string, Claim, SchemaLocation)>) ReadDependencies(
        Dictionary<string, SchemaLocation> keywords)
    {
        List<(string, IReadOnlyList<string>, SchemaLocation)> names = [];
        List<(string, Claim, SchemaLocation)> schemas = [];
        foreach (string keyword in new[] { "dependencies", "dependentRequired", "dependentSchemas" })
        {
            if (!keywords.TryGetValue(keyword, out SchemaLocation all))
            {
                continue;
            }

            foreach ((string name, SchemaLocation value) in Checks.NamedOnce(all))
            {
                if (keyword == "dependentRequired" || (keyword == "dependencies" && value.Element.ValueKind == JsonValueKind.Array))
                {
                    names.Add((name, Checks.Names(value), value));
                }
                else
                {
                    schemas.Add((name, new Claim(value), value));
                }
            }
        }

        return (names, schemas);
    }

    private static Claim? ClaimOf(Dictionary<string, SchemaLocation> keywords, string keyword) =>
        keywords.TryGetValue(keyword, out SchemaLocation value) ? new Claim(value) : null;

    private static IReadOnlyList<Claim>? ClaimsOf(Dictionary<string, SchemaLocation> keywords, string keyword) =>
        keywords.TryGetValue(keyword, out SchemaLocation value) ? [.. Checks.Schemas(value).Select(one => new Claim(one))] : null;
}
