using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Constraints of schemas that were asked for before, so that each is compiled once. Thread-safe.</summary>
internal sealed class ConstraintStore
{
    private const int Capacity = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TokenConstraint> _constraints = new(StringComparer.Ordinal);

    /// <summary>The constraint of a schema.</summary>
    /// <exception cref="JsonSchemaException">The schema is malformed, or has a keyword that can't be enforced.</exception>
    public TokenConstraint Get(string schema)
    {
        lock (_gate)
        {
            if (_constraints.TryGetValue(schema, out TokenConstraint? known))
            {
                return known;
            }
        }

        TokenConstraint constraint = TokenConstraint.FromJsonSchema(schema);
        lock (_gate)
        {
            // Programs have few schemas; one that makes up new ones all the time must not fill the memory.
            if (_constraints.Count >= Capacity)
            {
                _constraints.Clear();
            }

            return _constraints[schema] = constraint;
        }
    }

    /// <inheritdoc cref="Get(string)"/>
    public TokenConstraint Get(JsonObject schema) => Get(schema.ToJsonString());

    /// <inheritdoc cref="Get(string)"/>
    public TokenConstraint Get(JsonElement schema) => Get(schema.GetRawText());
}
