using System.Globalization;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>
/// Typed access to GGUF metadata; a key of another type than expected is an error, an absent one is null. Remembers which keys were read.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="values">The metadata.</param>
/// <param name="kind">What the file is read as, for messages.</param>
internal sealed class GgufMetadata(string path, IReadOnlyDictionary<string, object> values, string kind = "a model")
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>Keys that begin with <paramref name="prefix"/> and were not read, with their values, in alphabetical order.</summary>
    public IEnumerable<KeyValuePair<string, object>> Unread(string prefix) => values
        .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal) && !_read.Contains(entry.Key))
        .OrderBy(entry => entry.Key, StringComparer.Ordinal);

    public string Path => path;

    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>The keys that begin with a text, in their order.</summary>
    public IEnumerable<string> KeysBelow(string prefix) =>
        values.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public string? Text(string key) => Value<string>(key, "a text");

    public bool? Flag(string key) => Find(key) switch
    {
        null => null,
        bool flag => flag,
        object other => throw Wrong(key, other, "a bool"),
    };

    /// <summary>A whole number of any width. An array counts where all its elements are equal, as for a size that each layer has.</summary>
    public int? Count(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case Array array when array.Length > 0:
                int[] counts = [.. array.Cast<object>().Select(element => ToCount(key, element))];
                return counts.All(count => count == counts[0])
                    ? counts[0]
                    : throw Error($"'{key}' differs from layer to layer", "Models with layers of different shapes are not supported");
            case object value:
                return ToCount(key, value);
        }
    }

    /// <summary>The id of a token as it is stored, also a negative one or one that no vocabulary has.</summary>
    public decimal? TokenId(string key) => Find(key) switch
    {
        null => null,
        ulong number => number,
        object other => TryInteger(other) ?? throw Wrong(key, other, "a whole number"),
    };

    public int RequiredCount(string key) => Count(key) ?? throw Missing(key);

    /// <summary>A number; a binary32 as the shortest decimal that stands for it, so that 1e-5 stays 1e-5.</summary>
    public double? Number(string key) => Find(key) switch
    {
        null => null,
        float number when float.IsFinite(number) => Shortest(number),
        double number when double.IsFinite(number) => number,
        object other => TryInteger(other) is { } number ? number : throw Wrong(key, other, "a finite number"),
    };

    public double RequiredNumber(string key) => Number(key) ?? throw Missing(key);

    public string[]? Texts(string key) => Value<string[]>(key, "an array of texts");

    public float[]? Floats(string key) => Value<float[]>(key, "an array of 32-bit floats");

    /// <summary>An array of whole numbers of any width that fit 32 bits.</summary>
    public int[]? Integers(string key) => Find(key) switch
    {
        null => null,
        int[] numbers => numbers,
        Array array and not string[] => [.. array.Cast<object>().Select(element => ToCount(key, element))],
        object other => throw Wrong(key, other, "an array of whole numbers"),
    };

    public CheckpointFormatException Missing(string key) =>
        Error($"the metadata key '{key}' is missing", "Convert the model again with a current converter");

    public CheckpointFormatException Error(string problem, string nextStep) =>
        new($"{path} cannot be read as {kind}: {problem}. {nextStep}.");

    private object? Find(string key)
    {
        _read.Add(key);
        return values.GetValueOrDefault(key);
    }

    private T? Value<T>(string key, string expected)
        where T : class =>
        Find(key) switch
        {
            null => null,
            T value => value,
            object other => throw Wrong(key, other, expected),
        };

    private static double Shortest(float number) =>
        double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private int ToCount(string key, object value) =>
        TryInteger(value) is >= 0 and <= int.MaxValue and { } number
            ? (int)number
            : throw Wrong(key, value, "a whole number of at most 31 bits");

    private static long? TryInteger(object value) => value switch
    {
        ulong number => number <= long.MaxValue ? (long)number : null,
        byte or sbyte or ushort or short or uint or int or long => ((IConvertible)value).ToInt64(CultureInfo.InvariantCulture),
        _ => null,
    };

    private CheckpointFormatException Wrong(string key, object value, string expected)
    {
        string got = value switch
        {
            Array array => $"an array of {array.Length}",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => $"a {value.GetType().Name}",
        };
        return Error($"'{key}': expected {expected}, got {got}", "Convert the model again with a current converter");
    }
}
