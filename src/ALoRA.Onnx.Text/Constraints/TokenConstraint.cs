using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Automata;
using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx;

/// <summary>
/// What a generated text must look like: JSON that matches a schema, or one of several texts.
/// Immutable and thread-safe; one constraint may be used with any number of models and generations.
/// </summary>
/// <remarks>
/// <para>
/// Set it as <c>GenerationOptions.Constraint</c>. Tokens that would violate it get no probability; stop tokens are possible exactly
/// where the text is complete. The text may be incomplete if the generation ends for another reason
/// (<c>FinishReason.MaxNewTokens</c>, a stop string, a full context).
/// </para>
/// <para>
/// Drafts 4, 6, 7, 2019-09 and 2020-12 of JSON Schema are read, as <c>$schema</c> says; without it the newest one, with the forms of older
/// ones (<c>definitions</c>, <c>dependencies</c>, lists of <c>items</c> with <c>additionalItems</c>, Boolean <c>exclusiveMinimum</c>) read
/// as they were meant. Up to draft 7, keywords beside <c>$ref</c> do not count. What a schema says is enforced or refused, never ignored:
/// </para>
/// <list type="bullet">
/// <item><description>Always enforced: <c>type</c>, <c>enum</c>, <c>const</c> (by value), <c>allOf</c>, <c>anyOf</c>,
/// <c>oneOf</c>, <c>if</c>, <c>then</c>, <c>else</c>, all bounds of numbers, lengths, items and members, <c>properties</c>,
/// <c>required</c>, <c>additionalProperties</c>, <c>patternProperties</c>, <c>propertyNames</c>, <c>dependentRequired</c>,
/// <c>dependentSchemas</c>, <c>dependencies</c>, <c>items</c>, <c>prefixItems</c>, <c>additionalItems</c>, <c>contains</c>,
/// <c>minContains</c>, <c>maxContains</c>, <c>unevaluatedProperties</c>.</description></item>
/// <item><description>Enforced within limits: <c>pattern</c> (without look-around, back-references and word boundaries), <c>format</c>
/// (all of the drafts; of <c>time</c>, <c>date-time</c>, <c>email</c>, <c>hostname</c>, their <c>idn-</c> forms, <c>uri-template</c>,
/// <c>relative-json-pointer</c> and <c>regex</c> a part; unknown ones say nothing), <c>multipleOf</c> (remainders up to 10,000),
/// <c>uniqueItems</c> (for at most 10 possible values, or one item),
/// <c>unevaluatedItems</c> (not beside <c>contains</c>), <c>not</c> (of all of these but <c>format</c>, <c>uniqueItems</c> and
/// <c>unevaluated…</c>), <c>$ref</c> within the document (<c>$id</c>, <c>$anchor</c> and pointers), <c>$dynamicRef</c> and
/// <c>$recursiveRef</c> where they can only mean one place.</description></item>
/// <item><description>Say nothing: <c>title</c>, <c>description</c>, <c>default</c>, <c>examples</c>, <c>deprecated</c>,
/// <c>readOnly</c>, <c>writeOnly</c>, <c>$comment</c>, <c>$vocabulary</c>, <c>contentEncoding</c>, <c>contentMediaType</c>,
/// <c>contentSchema</c>, and words that are no keywords of the draft, which <see cref="Notes"/> lists or
/// <see cref="SchemaOptions.UnknownKeywords"/> refuses.</description></item>
/// <item><description>Limits: 512 combinations of alternatives for one value, 300,000 states, 20,000 different values.</description></item>
/// </list>
/// <para>
/// Each allowed value can be written in one way: properties in the order of <c>properties</c> (of a schema, then of those that it applies),
/// with or without the optional ones, one space behind each <c>:</c> and <c>,</c> as Python's <c>json.dumps</c> writes it, at most 64
/// levels. Integers and both parts of other numbers have at most 18 digits unless a bound requires more; exponents have at most two digits
/// and exist only without bounds. A schema without a type whose keywords belong to one type means that type. Names of additional properties
/// never equal a declared one, but may repeat each other, and then count twice.
/// </para>
/// </remarks>
public sealed class TokenConstraint
{
    private const string ChoicesKind = "choices";
    private const string SchemaKind = "schema";

    private TokenConstraint(string key, ByteProgram program, IReadOnlyList<string> notes)
    {
        Key = key;
        Program = program;
        Notes = notes;
    }

    /// <summary>
    /// What a schema says that has no effect, each with its JSON pointer: words that are no keywords of its draft, and values that only the
    /// opposite of something unenforceable would allow, which are not generated. Empty if there is nothing of the kind.
    /// </summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The same for constraints that were made from the same input.</summary>
    internal string Key { get; }

    internal ByteProgram Program { get; }

    /// <summary>The text is one JSON value that matches a schema.</summary>
    /// <param name="schema">The schema as JSON text.</param>
    /// <exception cref="JsonSchemaException">
    /// The schema is not JSON, is malformed, too large, can't be satisfied, or has a keyword that can't be enforced.
    /// </exception>
    public static TokenConstraint FromJsonSchema(string schema) => FromJsonSchema(schema, new JsonConstraintOptions());

    /// <summary>The text is one JSON value that matches a schema.</summary>
    /// <param name="schema">The schema, an object or a Boolean; its document may be disposed afterwards.</param>
    /// <inheritdoc cref="FromJsonSchema(string)"/>
    public static TokenConstraint FromJsonSchema(JsonElement schema) => schema.ValueKind == JsonValueKind.Undefined
        ? throw new JsonSchemaException("", "expected an object or a Boolean, got nothing.")
        : FromJsonSchema(schema.GetRawText());

    /// <summary>The text is one JSON value that matches a schema.</summary>
    /// <param name="schema">The schema as JSON text.</param>
    /// <param name="options">How the schema is read.</param>
    /// <param name="cancellation">Ends the compilation of a large schema.</param>
    /// <exception cref="JsonSchemaException">
    /// The schema is not JSON, is malformed, too large, can't be satisfied, or has a keyword that can't be enforced.
    /// </exception>
    /// <exception cref="OperationCanceledException">The compilation was ended.</exception>
    public static TokenConstraint FromJsonSchema(string schema, SchemaOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Enum.IsDefined(options.UnknownKeywords)
            ? FromJsonSchema(
                schema, new JsonConstraintOptions { OpenObjects = options.OpenObjects, UnknownKeywords = options.UnknownKeywords },
                cancellation)
            : throw new ArgumentOutOfRangeException(
                nameof(options), options.UnknownKeywords,
                $"{nameof(SchemaOptions.UnknownKeywords)} must be one of {string.Join(", ", Enum.GetNames<UnknownKeywords>())}.");
    }

    internal static TokenConstraint FromJsonSchema(
        string schema, JsonConstraintOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (!Enum.IsDefined(options.Spacing))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Spacing,
                $"{nameof(JsonConstraintOptions.Spacing)} must be one of {string.Join(", ", Enum.GetNames<JsonSpacing>())}.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(schema, new JsonDocumentOptions { MaxDepth = SchemaDocument.MaxDepth });
            ByteProgram program = SchemaCompiler.Compile(
                new SchemaDocument(document.RootElement), options, cancellation, out IReadOnlyList<string> notes);
            return new TokenConstraint(
                $"{SchemaKind} {options.Spacing} {options.OpenObjects} {options.UnknownKeywords} {schema}", program, notes);
        }
        catch (JsonException exception)
        {
            throw new JsonSchemaException(
                "", $"expected JSON of at most {SchemaDocument.MaxDepth} levels, got: {exception.Message}", exception);
        }
    }

    /// <summary>The text is exactly one of several.</summary>
    /// <param name="choices">
    /// The texts: at least one, and none empty. One may be the beginning of another.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no text, one is empty or has an unpaired surrogate, or together they are too long.
    /// </exception>
    public static TokenConstraint FromChoices(IEnumerable<string> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        string[] texts = [.. choices.Distinct(StringComparer.Ordinal)];
        if (texts.Length == 0 || texts.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException(
                texts.Length == 0 ? "There are no choices. Give at least one text." : "A choice is empty. Remove it, or give it a text.",
                nameof(choices));
        }

        try
        {
            UTF8Encoding strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            ProgramBuilder builder = new();
            ByteProgram program = builder.Build(TextTrie.Add(builder, texts.Select(strict.GetBytes), builder.Return));
            return new TokenConstraint($"{ChoicesKind} {JsonEncodedText.Encode(string.Join('\0', texts))}", program, []);
        }
        catch (Exception exception) when (exception is EncoderFallbackException or ProgramLimitException)
        {
            throw new ArgumentException($"The {texts.Length} choices can't be used: {exception.Message}", nameof(choices), exception);
        }
    }

    /// <summary>The constraint that has a key, as another process wrote it.</summary>
    /// <exception cref="FormatException">It is no key of a constraint.</exception>
    internal static TokenConstraint FromKey(string key)
    {
        const int Parts = 5;
        string[] parts = key.Split(' ', Parts);
        try
        {
            if (parts is [ChoicesKind, ..])
            {
                using JsonDocument text = JsonDocument.Parse($"\"{key[(ChoicesKind.Length + 1)..]}\"");
                return FromChoices(text.RootElement.GetString()!.Split('\0'));
            }

            return parts.Length == Parts && parts[0] == SchemaKind && Enum.TryParse(parts[1], out JsonSpacing spacing)
                && bool.TryParse(parts[2], out bool open) && Enum.TryParse(parts[3], out UnknownKeywords unknown)
                ? FromJsonSchema(
                    parts[4], new JsonConstraintOptions { Spacing = spacing, OpenObjects = open, UnknownKeywords = unknown })
                : throw new FormatException($"The text is no constraint: it begins with '{parts[0]}'.");
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException or JsonSchemaException)
        {
            throw new FormatException($"The text is no constraint: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Whether a text is one that could be generated from its first byte to its last: as JSON it has the members in their order, the
    /// white space and the forms of numbers that the constraint has.
    /// </summary>
    /// <param name="text">The text as UTF-8. What is not UTF-8 is no such text.</param>
    /// <returns>Whether the text is possible and complete; the time grows with its length.</returns>
    public bool Accepts(ReadOnlySpan<byte> text)
    {
        LazyAutomaton automaton = new(Program);
        int state = automaton.Start;
        foreach (byte value in text)
        {
            state = automaton.Step(state, value);
            if (state == LazyAutomaton.Dead)
            {
                return false;
            }

            if (automaton.IsLarge)
            {
                state = automaton.Reset(state);
            }
        }

        return automaton.IsComplete(state);
    }
}
