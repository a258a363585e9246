using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// The constraints of a model that were used last: of schemas, and with their masks. Thread-safe; compiling one holds up no other.
/// </summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="vocabularySize">Length of a row of logits.</param>
internal sealed class ConstraintCache(HfTokenizer tokenizer, int vocabularySize)
{
    // Programs have few schemas; one that makes up new ones all the time must not fill the memory.
    private const int Capacity = 64;

    private readonly Lazy<ConstraintVocabulary> _vocabulary = new(() => new ConstraintVocabulary(tokenizer, vocabularySize));
    private readonly RecentValues<TokenConstraint> _schemas = new(Capacity);
    private readonly RecentValues<CompiledConstraint> _compiled = new(Capacity);

    /// <summary>The constraint of a schema, the same one for the same text.</summary>
    /// <param name="schema">The schema as JSON text.</param>
    /// <param name="cancellationToken">Ends the compilation for who began it; others who wait for it begin anew.</param>
    /// <exception cref="JsonSchemaException">The schema is malformed, or has a keyword that can't be enforced.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TokenConstraint JsonConstraint(string schema, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return _schemas.Get(
                    schema, () => TokenConstraint.FromJsonSchema(schema, new JsonConstraintOptions(), cancellationToken));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // It was another request's compilation.
            }
        }
    }

    /// <summary>A constraint for the model, the same one for the same input.</summary>
    /// <exception cref="ArgumentException">A text of the constraint begins with a space, which the tokenizer would not show.</exception>
    /// <exception cref="NotSupportedException">
    /// The tokenizer's decoder does more than to put the tokens' bytes behind each other.
    /// </exception>
    public CompiledConstraint Get(TokenConstraint constraint) =>
        _compiled.Get(constraint.Key, () => Compile(constraint, _vocabulary.Value));

    private static CompiledConstraint Compile(TokenConstraint constraint, ConstraintVocabulary vocabulary)
    {
        LazyAutomaton automaton = new(constraint.Program);
        return vocabulary.DropsFirstSpace && automaton.Step(automaton.Start, (byte)' ') != LazyAutomaton.Dead
            ? throw new ArgumentException(
                "A choice begins with a space, which the model's tokenizer leaves out at the start of an answer. "
                + "Give it without the space.",
                nameof(constraint))
            : new CompiledConstraint(constraint.Program, vocabulary);
    }
}
