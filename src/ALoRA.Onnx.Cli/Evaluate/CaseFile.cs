using System.Text.Json;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Reads <c>cases.json</c>.</summary>
internal sealed class CaseFile : IDisposable
{
    private readonly JsonDocument _document;

    private CaseFile(string path, JsonDocument document)
    {
        FilePath = path;
        _document = document;
    }

    public string FilePath { get; }

    /// <summary>The base checkpoint's path relative to some folder above, where it does not lie beside the cases.</summary>
    public string? Base => _document.RootElement.TryGetProperty("base", out JsonElement value) ? value.GetString() : null;

    /// <summary>Opens the file and checks its outline.</summary>
    public static CaseFile Open(string folder)
    {
        string path = Path.Combine(folder, "cases.json");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"There is no cases.json in {folder}. `verify` needs a folder with a checkpoint, cases.json and reference.safetensors.");
        }

        JsonDocument document;
        try
        {
            using FileStream stream = File.OpenRead(path);
            document = JsonDocument.Parse(stream);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{path} is not valid JSON: {exception.Message}", exception);
        }

        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("cases", out JsonElement cases)
            && cases.ValueKind == JsonValueKind.Array
            ? new CaseFile(path, document)
            : throw new FormatException($"{path} must be an object with an array `cases`.");
    }

    public void Dispose() => _document.Dispose();

    /// <summary>The adapters that the file lists, with whether each is an aLoRA.</summary>
    public Dictionary<string, bool> ReadAdapters() => Read("adapters", () =>
    {
        Dictionary<string, bool> adapters = new(StringComparer.Ordinal);
        if (_document.RootElement.TryGetProperty("adapters", out JsonElement list))
        {
            foreach (JsonProperty adapter in list.EnumerateObject())
            {
                adapters[adapter.Name] = adapter.Value.GetProperty("kind").GetString() == "alora";
            }
        }

        return adapters;
    });

    /// <summary>The cases by the checkpoint file they name; the key is empty for those that name none.</summary>
    public ILookup<string, ReferenceCase> ReadCases(IReadOnlyDictionary<string, bool> adapters)
    {
        List<(string File, ReferenceCase Case)> cases = [];
        foreach (JsonElement item in _document.RootElement.GetProperty("cases").EnumerateArray())
        {
            cases.Add(Read($"cases[{cases.Count}]", () => ReadCase(item, adapters)));
        }

        return cases.ToLookup(item => item.File, item => item.Case, StringComparer.Ordinal);
    }

    private static (string File, ReferenceCase Case) ReadCase(JsonElement item, IReadOnlyDictionary<string, bool> adapters)
    {
        int[] inputIds = ReadIds(item.GetProperty("input_ids"));
        int[] positions = item.TryGetProperty("logits_positions", out JsonElement given)
            ? ReadIds(given)
            : [.. Enumerable.Range(0, inputIds.Length)];
        if (item.TryGetProperty("file", out JsonElement file))
        {
            string fileName = file.GetString()!;
            string stem = Path.GetFileNameWithoutExtension(fileName);
            ReferenceRun only = new(null, IsActivated: false, null, $"{stem}.logits", ReadIds(item.GetProperty("greedy")));
            return (fileName, new ReferenceCase(stem, inputIds, positions, [only]));
        }

        string name = item.GetProperty("name").GetString()!;
        List<ReferenceRun> runs = [new(null, IsActivated: false, null, $"{name}.base_logits", ReadIds(item.GetProperty("base_greedy")))];
        foreach (string adapter in item.GetProperty("adapters").EnumerateArray().Select(adapter => adapter.GetString()!))
        {
            bool isActivated = adapters.TryGetValue(adapter, out bool kind)
                ? kind
                : throw new FormatException($"it names the adapter {adapter}, which `adapters` does not list");
            int? start = isActivated
                && item.GetProperty("activation_start").GetProperty(adapter) is { ValueKind: JsonValueKind.Number } number
                ? number.GetInt32()
                : null;
            runs.Add(new(adapter, isActivated, start, $"{name}.{adapter}.logits", ReadIds(item.GetProperty($"{adapter}_greedy"))));
        }

        return ("", new ReferenceCase(name, inputIds, positions, runs));
    }

    private static int[] ReadIds(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];

    private T Read<T>(string where, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"{FilePath}, {where}: {exception.Message}", exception);
        }
    }
}
