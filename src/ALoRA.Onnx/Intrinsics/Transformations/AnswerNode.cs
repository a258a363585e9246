using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>A value of the answer as the model wrote it: literals know where they begin in the text.</summary>
internal sealed class AnswerNode
{
    private AnswerNode(object? literal, int begin, OrderedDictionary<string, AnswerNode>? fields, List<AnswerNode>? items) =>
        (Value, Begin, Fields, Items) = (literal, begin, fields, items);

    /// <summary>The literal's value; null for lists and objects.</summary>
    public object? Value { get; }

    /// <summary>Position of the literal in the text, in bytes of UTF-8; a string begins with its quote.</summary>
    public int Begin { get; }

    public OrderedDictionary<string, AnswerNode>? Fields { get; }

    public List<AnswerNode>? Items { get; }

    public bool IsLiteral => Fields is null && Items is null;

    public static AnswerNode OfLiteral(object? value, int begin) => new(value, begin, null, null);

    public static AnswerNode OfObject(OrderedDictionary<string, AnswerNode> fields) => new(null, 0, fields, null);

    public static AnswerNode OfList(List<AnswerNode> items) => new(null, 0, null, items);

    /// <summary>The literal at a place; null where the model wrote none there.</summary>
    public AnswerNode? FindLiteral(ReadOnlySpan<object> place)
    {
        AnswerNode? node = this;
        foreach (object step in place)
        {
            node = step switch
            {
                string key => node.Fields?.GetValueOrDefault(key),
                long index when node.Items is { } items && index < items.Count => items[(int)index],
                _ => null,
            };
            if (node is null)
            {
                return null;
            }
        }

        return node.IsLiteral ? node : null;
    }

    /// <summary>A value that the rules may change.</summary>
    public object? ToValue(Budget budget)
    {
        if (Items is not null)
        {
            return new ListValue([.. Items.Select(item => item.ToValue(budget))]);
        }

        if (Fields is null)
        {
            return Value;
        }

        DictValue dict = new(budget);
        foreach ((string key, AnswerNode field) in Fields)
        {
            dict.Set(key, field.ToValue(budget));
        }

        return dict;
    }
}
