using System.Text.Json;
using ALoRA.Onnx.Server.Models;
using Microsoft.Extensions.DependencyInjection;

namespace ALoRA.Onnx.Server.Tests.Operations;

[TestClass]
public sealed class AdapterEndpointsTests
{
    private const string Load = "/v1/load_lora_adapter";
    private const string Unload = "/v1/unload_lora_adapter";

    [TestMethod]
    [DataRow(Load)]
    [DataRow(Unload)]
    [DataRow("/v1/reload_model")]
    public async Task AdminEndpoint_WithoutAdminKeyFile_IsClosedToEveryone(string path)
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await TestServer.StartAsync(new ServerOptions { AdaptersFolder = folder.Path });

        HttpResponseMessage response = await server.PostAsync(path, """{"lora_name": "x", "lora_path": "x"}""", "root");

        Assert.AreEqual((403, "forbidden"), ShortOf(await response.ErrorAsync()));
    }

    [TestMethod]
    [DataRow(null, 401)]
    [DataRow("wrong", 401)]
    [DataRow("alice", 403)]
    public async Task AdminEndpoint_OtherKeys_AreRefused(string? key, int status)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["keys"], "alice");
        await using TestServer server = await StartAsync(folder, new ServerOptions { ApiKeyFile = folder["keys"] });

        HttpResponseMessage response = await server.PostAsync(Load, Body("x", "x"), key);

        Assert.AreEqual(status, (await response.ErrorAsync()).Status);
    }

    [TestMethod]
    [DataRow(null, 401)]
    [DataRow("sk-anything", 403)]
    public async Task AdminEndpoint_OnlyAdminsHaveKeys_OthersAreRefused(string? key, int status)
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);

        Assert.AreEqual(status, (await (await server.PostAsync(Load, Body("x", "x"), key)).ErrorAsync()).Status);
    }

    [TestMethod]
    public async Task Load_WithoutAdaptersFolder_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["admins"], "root");
        await using TestServer server = await TestServer.StartAsync(new ServerOptions { AdminKeyFile = folder["admins"] });

        (int status, string message, _, _, _) = await (await server.PostAsync(Load, Body("x", "x"), "root")).ErrorAsync();

        Assert.AreEqual(403, status);
        Assert.Contains("--adapters-folder", message);
    }

    [TestMethod]
    public async Task Load_WhileTheModelIsReplaced_GoesToTheNewOne()
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);
        ServedModel served = server.Server.Services.GetRequiredService<ServedModel>();
        AdapterLoader loader = server.Server.Services.GetRequiredService<AdapterLoader>();
        bool isReplaced = false;
        Task? loading = null;
        await loader.CarryOverAsync(
            served.Current!,
            () =>
            {
                loading = loader.LoadAsync(LeaseOfNow, "mine", "converted", hash: null, CancellationToken.None);
                isReplaced = true;
            },
            CancellationToken.None);
        await loading!;
        Assert.Contains("mine", server.Server.AdapterNames);
        await server.Server.ReloadModelAsync();
        Assert.Contains("mine", server.Server.AdapterNames);

        ModelLease LeaseOfNow() => isReplaced ? served.Lease() : throw new AssertFailedException("The model of before was asked for.");
    }

    [TestMethod]
    [DataRow("converted")]
    [DataRow("peft")]
    public async Task LoadAndUnload_AdapterComesAndGoes(string path)
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);

        HttpResponseMessage loaded = await server.PostAsync(Load, Body("mine", path), "root");
        Assert.AreEqual("Success: LoRA adapter 'mine' added successfully.", await loaded.Content.ReadAsStringAsync());
        Assert.Contains("mine", server.Server.AdapterNames);

        Assert.AreEqual((409, "name_taken"), ShortOf(await (await server.PostAsync(Load, Body("mine", path), "root")).ErrorAsync()));

        HttpResponseMessage unloaded = await server.PostAsync(Unload, """{"lora_name": "mine"}""", "root");
        Assert.AreEqual("Success: LoRA adapter 'mine' removed successfully.", await unloaded.Content.ReadAsStringAsync());
        Assert.DoesNotContain("mine", server.Server.AdapterNames);

        HttpResponseMessage again = await server.PostAsync(Unload, """{"lora_name": "mine"}""", "root");
        Assert.AreEqual((404, "adapter_not_found"), ShortOf(await again.ErrorAsync()));
        Assert.AreEqual(200, (int)(await server.PostAsync(Load, Body("mine", path), "root")).StatusCode);
    }

    [TestMethod]
    public async Task Load_PeftFolder_WritesNeitherThereNorIntoTheModel()
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);
        string[] before = Directory.GetFileSystemEntries(folder["adapters"], "*", SearchOption.AllDirectories);

        await server.PostAsync(Load, Body("mine", "peft"), "root");

        CollectionAssert.AreEquivalent(before, Directory.GetFileSystemEntries(folder["adapters"], "*", SearchOption.AllDirectories));
        Assert.IsFalse(Directory.Exists(Path.Combine(await DemoModel.FolderAsync(), "adapters", "mine")));
    }

    [TestMethod]
    public async Task Unload_AdapterOfTheModelsFolder_IsGoneUntilItIsLoaded()
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);

        Assert.AreEqual(200, (int)(await server.PostAsync(Unload, """{"lora_name": "certainty"}""", "root")).StatusCode);
        Assert.DoesNotContain("certainty", server.Server.AdapterNames);

        Assert.AreEqual(200, (int)(await server.PostAsync(Load, Body("certainty", "converted"), "root")).StatusCode);
        Assert.Contains("certainty", server.Server.AdapterNames);
    }

    [TestMethod]
    [DataRow("../model", 400, "path_outside_adapters_folder")]
    [DataRow("link", 400, "path_outside_adapters_folder")]
    [DataRow("weights-elsewhere", 400, null)]
    [DataRow("nothing", 404, "adapter_not_found")]
    [DataRow("empty", 400, "adapter_malformed")]
    [DataRow("damaged", 400, "adapter_malformed")]
    public async Task Load_WrongFolder_IsRefused(string path, int status, string? code)
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);
        if (path == "link")
        {
            SymbolicLinks.ToFolder(folder["adapters/link"], await DemoModel.FolderAsync());
        }

        Directory.CreateDirectory(folder["adapters/empty"]);
        Directory.CreateDirectory(folder["adapters/damaged"]);
        File.WriteAllText(folder["adapters/damaged/adapter_config.json"], "{");
        Directory.CreateDirectory(folder["adapters/weights-elsewhere"]);
        File.WriteAllText(
            folder["adapters/weights-elsewhere/adapter.json"],
            File.ReadAllText(folder["adapters/converted/adapter.json"])
                .Replace("\"adapter.onnx_adapter\"", "\"../converted/adapter.onnx_adapter\"", StringComparison.Ordinal));

        (int Status, string Message, string Type, string? Param, string? Code) error =
            await (await server.PostAsync(Load, Body("mine", path), "root")).ErrorAsync();

        Assert.AreEqual(status, error.Status, error.Message);
        Assert.AreEqual(code ?? error.Code, error.Code);
        Assert.DoesNotContain("mine", server.Server.AdapterNames);
    }

    [TestMethod]
    [DataRow("", 400)]
    [DataRow("{", 400)]
    [DataRow("null", 400)]
    [DataRow("[]", 400)]
    [DataRow("""{"lora_path": "converted"}""", 400)]
    [DataRow("""{"lora_name": "x"}""", 400)]
    [DataRow("""{"lora_name": 1, "lora_path": "converted"}""", 400)]
    [DataRow("""{"lora_name": "a\nb", "lora_path": "converted"}""", 400)]
    [DataRow("""{"lora_name": "certainty", "lora_path": "converted"}""", 409)]
    [DataRow("""{"lora_name": "base", "lora_path": "converted"}""", 409)]
    public async Task Load_WrongBody_IsRefused(string body, int status)
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);

        Assert.AreEqual(status, (await (await server.PostAsync(Load, body, "root")).ErrorAsync()).Status);
    }

    [TestMethod]
    public async Task Reload_ModelIsReplaced_AdaptersAreCarriedOver()
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);
        await server.PostAsync(Load, Body("mine", "peft"), "root");

        HttpResponseMessage response = await server.PostAsync("/v1/reload_model", "", "root");

        using JsonDocument json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.AreEqual("replaced", json.RootElement.GetProperty("status").GetString());
        Assert.Contains("mine", server.Server.AdapterNames);
    }

    private static async Task<TestServer> StartAsync(TemporaryFolder folder, ServerOptions? options = null)
    {
        string demo = await DemoModel.FolderAsync();
        Directory.CreateDirectory(folder["adapters"]);
        Copy(Path.Combine(demo, "adapters", "certainty"), folder["adapters/converted"]);
        Copy(Path.Combine(DemoModel.Checkpoint, "adapters", "certainty"), folder["adapters/peft"]);
        File.WriteAllText(folder["admins"], "root");
        return await TestServer.StartAsync((options ?? new ServerOptions()) with
        {
            ModelName = "base",
            AdminKeyFile = folder["admins"],
            AdaptersFolder = folder["adapters"],
        });
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static string Body(string name, string path) => $$"""{"lora_name": "{{name}}", "lora_path": "{{path}}"}""";

    private static (int, string?) ShortOf((int Status, string Message, string Type, string? Param, string? Code) error) =>
        (error.Status, error.Code);
}
