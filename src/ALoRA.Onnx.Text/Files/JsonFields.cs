using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Files;

/// <summary>
/// An object of a JSON file, read field by field; every miss becomes a <see cref="ModelFormatException"/> that names file and field.
/// </summary>
internal readonly struct JsonFields
{
    private const long LargestFile = 64L << 20;

    private readonly JsonElement _element;
    private readonly string _path;
    private readonly string _nextStep;

    private JsonFields(string file, string path, string nextStep, JsonElement element)
    {
        File = file;
        _path = path;
        _nextStep = nextStep;
        _element = element;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path.Length == 0 ? "the file" : $"'{path}'", "a JSON object", Show(element));
        }
    }

    /// <summary>Path of the file, for messages.</summary>
    public string File { get; }

    /// <summary>Reads a whole file whose top level is an object.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="nextStep">What the reader of a message should do, as a sentence.</param>
    /// <exception cref="ModelFormatException">Missing, unreadable, too large, not JSON, or not an object.</exception>
    public static JsonFields Read(string file, string nextStep)
    {
        try
        {
            FileInfo info = new(file);
            if (!info.Exists)
            {
                throw new ModelFormatException($"{file} is missing. {nextStep}");
            }

            if (info.Length > LargestFile)
            {
                throw new ModelFormatException(
                    $"{file} has {info.Length:N0} bytes; at most {LargestFile:N0} are expected of such a file. {nextStep}");
            }

            ReadOnlyMemory<byte> bytes = System.IO.File.ReadAllBytes(file);
            if (bytes.Span.StartsWith("\uFEFF"u8))
            {
                bytes = bytes[3..];
            }

            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 64 });
            return new JsonFields(file, "", nextStep, document.RootElement.Clone());
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException($"{file} is not JSON: {exception.Message} {nextStep}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{file} can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => _element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The text of a field that must be there.</summary>
    public string String(string name) => OptionalString(name) ?? throw Missing(name, "a string");

    /// <summary>The text of a field, or null where it is absent or null.</summary>
    public string? OptionalString(string name) => Find(name, out JsonElement value)
        ? value.ValueKind == JsonValueKind.String ? Text(name, value) : throw Wrong(Field(name), "a string", Show(value))
        : null;

    /// <summary>A file name without any folder part.</summary>
    public string FileName(string name)
    {
        string value = String(name);
        return value.Length > 0 && value is not ("." or "..") && value.AsSpan().IndexOfAny('/', '\\', '\0') < 0 && !Path.IsPathRooted(value)
            ? value
            : throw Wrong(Field(name), "a file name without folders", $"\"{value}\"");
    }

    /// <summary>An integer within limits.</summary>
    public int Int(string name, int smallest, int largest = int.MaxValue) =>
        OptionalInt(name, smallest, largest) ?? throw Missing(name, "an integer");

    /// <summary>An integer within limits, or null where the field is absent or null.</summary>
    public int? OptionalInt(string name, int smallest, int largest = int.MaxValue)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        return value.TryInt(smallest, largest, out int number)
            ? number
            : throw Wrong(
                Field(name), largest == int.MaxValue ? $"an integer of at least {smallest}" : $"an integer from {smallest} to {largest}",
                Show(value));
    }

    /// <summary>A 64-bit integer of at least <paramref name="smallest"/>.</summary>
    public long Long(string name, long smallest)
    {
        JsonElement value = Required(name, "an integer");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= smallest
            ? number
            : throw Wrong(Field(name), $"an integer of at least {smallest}", Show(value));
    }

    /// <summary>A finite number, or null where the field is absent or null.</summary>
    public double? OptionalDouble(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        return value.TryFinite(out double number) ? number : throw Wrong(Field(name), "a finite number", Show(value));
    }

    /// <summary>A truth value, or null where the field is absent or null.</summary>
    public bool? OptionalBool(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return null;
        }

        return value.TryFlag(out bool flag) ? flag : throw Wrong(Field(name), "true or false", Show(value));
    }

    /// <summary>Token ids given as one integer or a list of them; empty where the field is absent or null.</summary>
    public int[] TokenIds(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return [Int(name, 0)];
        }

        int[] ids = new int[value.GetArrayLength()];
        for (int i = 0; i < ids.Length; i++)
        {
            if (!value[i].TryInt(0, int.MaxValue, out ids[i]))
            {
                throw Wrong(Field($"{name}[{i}]"), "a token id", Show(value[i]));
            }
        }

        return ids;
    }

    /// <summary>A list of strings that must be there.</summary>
    public string[] Strings(string name)
    {
        JsonElement value = Required(name, "a list of strings");
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(Field(name), "a list of strings", Show(value));
        }

        string[] texts = new string[value.GetArrayLength()];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = value[i].ValueKind == JsonValueKind.String
                ? Text($"{name}[{i}]", value[i])
                : throw Wrong(Field($"{name}[{i}]"), "a string", Show(value[i]));
        }

        return texts;
    }

    /// <summary>Any value as JSON text, or null where the field is absent or null.</summary>
    public string? OptionalRaw(string name) => Find(name, out JsonElement value) ? value.GetRawText() : null;

    /// <summary>An object that must be there.</summary>
    public JsonFields Object(string name) => new(File, Join(name), _nextStep, Required(name, "a JSON object"));

    /// <summary>A list of objects that must be there.</summary>
    public JsonFields[] Objects(string name)
    {
        JsonElement value = Required(name, "a list of JSON objects");
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(Field(name), "a list of JSON objects", Show(value));
        }

        JsonFields[] objects = new JsonFields[value.GetArrayLength()];
        for (int i = 0; i < objects.Length; i++)
        {
            objects[i] = new JsonFields(File, Join($"{name}[{i}]"), _nextStep, value[i]);
        }

        return objects;
    }

    /// <summary>The exception for a field whose value is not what was expected.</summary>
    public ModelFormatException Wrong(string item, string expected, string got) =>
        new($"{File}: {item} should be {expected}, but is {got}. {_nextStep}");

    /// <summary>How a field is called in messages.</summary>
    public string Field(string name) => $"'{Join(name)}'";

    private JsonElement Required(string name, string expected) => Find(name, out JsonElement value) ? value : throw Missing(name, expected);

    private ModelFormatException Missing(string name, string expected) =>
        new($"{File}: {Field(name)} is missing; expected {expected}. {_nextStep}");

    private bool Find(string name, [NotNullWhen(true)] out JsonElement value) =>
        _element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private string Text(string name, JsonElement value) => value.TryUnicode(out string text)
        ? text
        : throw new ModelFormatException($"{File}: {Field(name)} is not valid Unicode text. {_nextStep}");

    private string Join(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private static string Show(JsonElement element) => element.Shown(60);
}
