using System.Text.Json;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class InspectCommandTests
{
    public static IEnumerable<object[]> Containers => Index("safetensors");

    [TestMethod]
    [DynamicData(nameof(Containers))]
    public async Task Inspect_Container_IsAcceptedOrRefusedAsItsIndexSays(string folder, string file)
    {
        JsonElement expected = Entries(folder).Single(entry => entry.GetProperty("file").GetString() == file);
        string path = RepositoryFolder.Shared("conformance", folder, file);

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
            string type = tensor.Value.TryGetProperty("dtype", out JsonElement dtype) ? dtype.GetString()! : tensor.Value.GetProperty("type").GetString()!;
            Assert.AreEqual(type, got.GetProperty("dtype").GetString());
            Assert.AreEqual(Shape(tensor.Value), Shape(got));
        }
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

    private static string Shape(JsonElement tensor) => string.Join(',', tensor.GetProperty("shape").EnumerateArray());

    private static IEnumerable<object[]> Index(string folder) =>
        Entries(folder).Select(entry => new object[] { folder, entry.GetProperty("file").GetString()! });

    private static JsonElement[] Entries(string folder)
    {
        string path = Path.Combine(RepositoryFolder.Root, "..", "shared", "conformance", folder, "index.json");
        return File.Exists(path) ? [.. JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("files").EnumerateArray()] : [];
    }
}
