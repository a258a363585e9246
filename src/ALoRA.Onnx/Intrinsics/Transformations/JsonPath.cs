using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>Which values a rule changes: keys, indices, and null for any of them. It matches at exactly its own depth.</summary>
/// <param name="steps">string, long or null.</param>
internal sealed class JsonPath(IReadOnlyList<object?> steps)
{
    /// <summary>The places in a value that match, in the value's order, all found before anything changes.</summary>
    public IReadOnlyList<object[]> Find(object? value)
    {
        List<object[]> found = [];
        Collect(value, [], found);
        return found;
    }

    /// <summary>The value at a place.</summary>
    public static object? Get(object? root, ReadOnlySpan<object> place)
    {
        foreach (object step in place)
        {
            root = (root, step) switch
            {
                (DictValue dict, string key) when dict.TryGet(key, out object? item) => item,
                (ListValue list, long index) when index >= 0 && index < list.Items.Length => list.Items[index],
                _ => throw new IntrinsicFormatException($"There is no value at {Format(place)} any more."),
            };
        }

        return root;
    }

    /// <summary>Puts a value at a place and gives the root, which is the value itself for the empty path.</summary>
    public static object? Set(object? root, ReadOnlySpan<object> place, object? value)
    {
        if (place.IsEmpty)
        {
            return value;
        }

        switch (Get(root, place[..^1]))
        {
            case DictValue dict:
                dict.Set(place[^1], value);
                break;
            case ListValue list:
                list.Items[(long)place[^1]] = value;
                break;
        }

        return root;
    }

    /// <summary>A place as messages show it.</summary>
    public static string Format(ReadOnlySpan<object> place)
    {
        string text = "$";
        foreach (object step in place)
        {
            text += step is string key ? $".{key}" : $"[{step}]";
        }

        return text;
    }

    private void Collect(object? value, List<object> place, List<object[]> found)
    {
        if (place.Count == steps.Count)
        {
            found.Add([.. place]);
            return;
        }

        foreach ((object step, object? child) in Children(value))
        {
            if (steps[place.Count] is null || steps[place.Count]!.Equals(step))
            {
                place.Add(step);
                Collect(child, place, found);
                place.RemoveAt(place.Count - 1);
            }
        }
    }

    private static IEnumerable<(object Step, object? Child)> Children(object? value) => value switch
    {
        DictValue dict => dict.Pairs.Select(pair => (pair.Key!, pair.Value)),
        ListValue list => list.Items.Select((item, i) => ((object)(long)i, item)),
        _ => [],
    };
}
