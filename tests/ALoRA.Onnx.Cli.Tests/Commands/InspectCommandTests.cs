using System.Text.Json;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class InspectCommandTests
{
    public static IEnumerable<object[]> Containers => Index("safetensors").Concat(Index("gguf"));

    [TestMethod]
    [DynamicData(nameof(Containers))]
    public async Task Inspect_Container_IsAcceptedOrRefusedAsItsIndexSays(string folder, string file)
    {
        string path = GoldenData.Path(folder, file);
        JsonElement expected = Entries(folder).Single(entry => entry.GetProperty("file").GetString() == file);

        CommandRun run = await CommandRun.Of("inspect", path, "--json");

        if (!expected.GetProperty("valid").GetBoolean())
        {
            Assert.AreEqual(3, run.ExitCode);
            Assert.AreEqual("", run.Output);
            Assert.HasCount(1, run.Error.TrimEnd('\n').Split('\n'));
            return;
        }

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Dictionary<string, JsonElement> tensors = JsonDocument.Parse(run.Output).RootElement.GetProperty("tensors").EnumerateArray()
            .ToDictionary(tensor => tensor.GetProperty("name").GetString()!);
        JsonProperty[] all = [.. expected.GetProperty("expect").GetProperty("tensors").EnumerateObject()];
        Assert.HasCount(all.Length, tensors);
        foreach (JsonProperty tensor in all)
        {
            JsonElement got = tensors[tensor.Name];
            string type = tensor.Value.TryGetProperty("dtype", out JsonElement dtype)
                ? dtype.GetString()!
                : tensor.Value.GetProperty("type").GetString()!;
            Assert.AreEqual(type, got.GetProperty("dtype").GetString());
            Assert.AreEqual(Shape(tensor.Value), Shape(got));
        }
    }

    [TestMethod]
    public async Task Inspect_GgufMetadata_IsThatOfTheIndex()
    {
        string path = GoldenData.Path("gguf", "small_all_value_types.gguf");
        JsonElement expected = Entries("gguf").Single(entry => entry.GetProperty("file").GetString() == "small_all_value_types.gguf");

        CommandRun run = await CommandRun.Of("inspect", path, "--json");

        JsonElement metadata = JsonDocument.Parse(run.Output).RootElement.GetProperty("metadata");
        foreach (JsonProperty entry in expected.GetProperty("expect").GetProperty("metadata").EnumerateObject())
        {
            Assert.AreEqual(WithoutSpace(entry.Value), WithoutSpace(metadata.GetProperty(entry.Name)), entry.Name);
        }
    }

    [TestMethod]
    public async Task Inspect_Table_ListsTheTensors()
    {
        CommandRun run = await CommandRun.Of(
            "inspect", Path.Combine(RepositoryFolder.Root, "onnx-models", "demo-checkpoint", "model.safetensors"));

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("| model.embed_tokens.weight", run.Output);
        Assert.Contains("BF16", run.Output);
    }

    [TestMethod]
    public async Task Inspect_MissingFile_IsBadInput()
    {
        CommandRun run = await CommandRun.Of("inspect", Path.Combine(Path.GetTempPath(), "no-such-file.safetensors"));

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("no-such-file.safetensors", run.Error);
    }

    [TestMethod]
    public async Task Inspect_OtherExtension_IsBadInput()
    {
        CommandRun run = await CommandRun.Of("inspect", "model.bin");

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains(".safetensors", run.Error);
    }

    // 1.0 and 1 are the same number, and texts may be escaped in different ways.
    private static string WithoutSpace(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join('|', value.EnumerateArray().Select(WithoutSpace)),
        JsonValueKind.Number => value.TryGetDecimal(out decimal number) ? number.ToString("G29") : value.GetRawText(),
        _ => value.GetRawText(),
    };

    private static string Shape(JsonElement tensor) => string.Join(',', tensor.GetProperty("shape").EnumerateArray());

    // Without golden data there is one row, whose file is missing, so that the test says that it skips.
    private static IEnumerable<object[]> Index(string folder) =>
        Entries(folder)
            .Select(entry => entry.GetProperty("file").GetString()!)
            .DefaultIfEmpty("index.json")
            .Select(file => new object[] { folder, file });

    private static JsonElement[] Entries(string folder)
    {
        string? path = GoldenData.Find(folder, "index.json");
        return path is null ? [] : [.. JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("files").EnumerateArray()];
    }
}
