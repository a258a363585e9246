using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Training.Golden;

/// <summary>Typed access to the members of a record; what is missing or of another kind is an error that names file and key.</summary>
/// <param name="path">Path of the file.</param>
/// <param name="key">Key of the element within the file, empty for all of it.</param>
/// <param name="element">The element.</param>
internal sealed class RecordReader(string path, string key, JsonElement element)
{
    private const long LargestFile = 256 << 20;

    /// <summary>Reads a file, whose elements are valid until the document is disposed.</summary>
    /// <exception cref="CheckpointFormatException">It is missing, too large, or no JSON.</exception>
    public static JsonDocument Open(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new CheckpointFormatException($"{path}: expected a recorded training, found no file. Copy the case again.");
        }

        if (file.Length > LargestFile)
        {
            throw new CheckpointFormatException(
                $"{path}: expected at most {LargestFile} bytes, got {file.Length}. Check that it is a recorded training.");
        }

        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new CheckpointFormatException($"{path}: expected JSON, got something else ({e.Message}). Copy the case again.", e);
        }
    }

    /// <summary>A member, which must be there.</summary>
    public RecordReader this[string name] => element.ValueKind != JsonValueKind.Object
        ? throw Error("an object")
        : TryFind(name, out JsonElement member)
            ? new RecordReader(path, key.Length == 0 ? name : $"{key}.{name}", member)
            : new RecordReader(path, key.Length == 0 ? name : $"{key}.{name}", default).Missing();

    /// <summary>The elements of a list.</summary>
    /// <param name="count">How many there must be; null for any number but none.</param>
    public IReadOnlyList<RecordReader> List(int? count = null)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Error("a list");
        }

        RecordReader[] items =
        [
            .. element.EnumerateArray()
                .Select((item, i) => new RecordReader(path, string.Create(CultureInfo.InvariantCulture, $"{key}[{i}]"), item)),
        ];
        return items.Length == (count ?? Math.Max(items.Length, 1))
            ? items
            : throw new CheckpointFormatException(
                $"{path}: '{key}': expected a list of {(count is { } wanted ? $"{wanted}" : "at least one")}, got {items.Length}. "
                + "Record the training again.");
    }

    public string Text() => element.ValueKind == JsonValueKind.String ? Decoded() : throw Error("a text");

    /// <summary>A number of a range.</summary>
    public double Number(double smallest = double.MinValue, double largest = double.MaxValue) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && value >= smallest && value <= largest
            ? value
            : throw Error(smallest == double.MinValue ? "a number" : $"a number from {smallest} to {largest}");

    /// <summary>A number, or null.</summary>
    public double? OptionalNumber(double smallest) =>
        element.ValueKind == JsonValueKind.Null ? null : Number(smallest);

    /// <summary>Whole numbers of a range.</summary>
    public int[] Integers(int smallest, int largest, int? other = null)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Error("a list");
        }

        int[] numbers = new int[element.GetArrayLength()];
        int at = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            numbers[at] = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number)
                && ((number >= smallest && number <= largest) || number == other)
                ? number
                : throw new RecordReader(path, string.Create(CultureInfo.InvariantCulture, $"{key}[{at}]"), item)
                    .Error($"a whole number from {smallest} to {largest}{(other is { } also ? $", or {also}" : "")}");
            at++;
        }

        return numbers;
    }

    /// <summary>The error that something else was expected.</summary>
    public CheckpointFormatException Error(string expected)
    {
        string got = element.ValueKind == JsonValueKind.Undefined ? "nothing" : Shorten(element.GetRawText().ReplaceLineEndings(" "));
        return new CheckpointFormatException(
            $"{path}: '{(key.Length == 0 ? "the file" : key)}': expected {expected}, got {got}. Record the training again.");
    }

    // Names with halves of surrogate pairs show only when a name is looked for.
    private bool TryFind(string name, out JsonElement member)
    {
        try
        {
            return element.TryGetProperty(name, out member);
        }
        catch (InvalidOperationException)
        {
            throw Error("names of valid Unicode");
        }
    }

    private string Decoded()
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Error("valid Unicode");
        }
    }

    private RecordReader Missing() => throw Error("a value");

    private static string Shorten(string text) => text.Length <= 80 ? text : $"{text.AsSpan(0, 80)}…";
}
