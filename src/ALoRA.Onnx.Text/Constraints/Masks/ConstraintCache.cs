using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>The constraints of a model that were used last, with their masks. Thread-safe.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="vocabularySize">Length of a row of logits.</param>
internal sealed class ConstraintCache(HfTokenizer tokenizer, int vocabularySize)
{
    private const int Capacity = 16;
    private readonly Lock _lock = new();
    private readonly Lazy<ConstraintVocabulary> _vocabulary = new(() => new ConstraintVocabulary(tokenizer, vocabularySize));
    private readonly LinkedList<(string Key, CompiledConstraint Constraint)> _used = new();

    public ConstraintVocabulary Vocabulary => _vocabulary.Value;

    /// <summary>A constraint for the model, the same one for the same input.</summary>
    /// <exception cref="ArgumentException">A text of the constraint begins with a space, which the tokenizer would not show.</exception>
    /// <exception cref="NotSupportedException">The tokenizer's decoder does more than to put the tokens' bytes behind each other.</exception>
    public CompiledConstraint Get(TokenConstraint constraint)
    {
        ConstraintVocabulary vocabulary = _vocabulary.Value;
        lock (_lock)
        {
            LinkedListNode<(string Key, CompiledConstraint Constraint)>? node = _used.First;
            while (node is not null && node.Value.Key != constraint.Key)
            {
                node = node.Next;
            }

            if (node is null)
            {
                node = new((constraint.Key, Compile(constraint, vocabulary)));
            }
            else
            {
                _used.Remove(node);
            }

            _used.AddFirst(node);
            if (_used.Count > Capacity)
            {
                _used.RemoveLast();
            }

            return node.Value.Constraint;
        }
    }

    private static CompiledConstraint Compile(TokenConstraint constraint, ConstraintVocabulary vocabulary)
    {
        LazyAutomaton automaton = new(constraint.Program);
        return vocabulary.DropsFirstSpace && automaton.Step(automaton.Start, (byte)' ') != LazyAutomaton.Dead
            ? throw new ArgumentException("A choice begins with a space, which the model's tokenizer leaves out at the start of an answer. Give it without the space.", nameof(constraint))
            : new CompiledConstraint(constraint.Program, vocabulary);
    }
}
