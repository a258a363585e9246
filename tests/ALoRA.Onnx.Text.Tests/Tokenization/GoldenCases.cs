using System.Text.Json;

namespace ALoRA.Onnx.Text.Tests.Tokenization;

/// <summary>Reads the golden lists and collects what differs.</summary>
internal sealed class GoldenCases(string name)
{
    private const int Shown = 12;
    private readonly List<string> _mismatches = [];
    private int _checks;

    public static IEnumerable<JsonElement> Read(params ReadOnlySpan<string> path)
    {
        string file = GoldenData.Path(["text", "tokenizers", .. path]);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. document.RootElement.EnumerateArray().Select(item => item.Clone())];
    }

    public void Check(string what, string text, string expected, string actual)
    {
        _checks++;
        if (expected != actual)
        {
            _mismatches.Add($"{what} of {Quote(text)}:\n  expected {expected}\n  actual   {actual}");
        }
    }

    public void AssertAll()
    {
        Assert.AreNotEqual(0, _checks, $"{name}: the golden list is empty.");
        Assert.AreEqual(
            0, _mismatches.Count, $"{name}: {_mismatches.Count} of {_checks} differ.\n{string.Join('\n', _mismatches.Take(Shown))}");
    }

    public static string Quote(string? text) => text is null ? "null" : JsonSerializer.Serialize(text);

    public static string Ids(JsonElement list) => Ids(list.EnumerateArray().Select(id => id.GetInt32()));

    public static string Ids(IEnumerable<int> ids) => string.Join(' ', ids);
}
