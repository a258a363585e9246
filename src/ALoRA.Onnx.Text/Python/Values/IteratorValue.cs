using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>A Python generator or iterator: no length, no positions, and what was taken from it is gone.</summary>
internal sealed class IteratorValue(IEnumerable<object?> items, string typeName = "generator") : TemplateValue
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    public override string TypeName => typeName;

    public override bool IsTrue => true;

    public override bool IsIterable => true;

    public override IEnumerable<object?> Iterate(Budget budget)
    {
        while (true)
        {
            // Iterators may be chained as long as a template likes, and each link takes stack.
            StackGuard.Check();
            budget.Step();
            if (!_items.MoveNext())
            {
                yield break;
            }

            yield return _items.Current;
        }
    }
}
