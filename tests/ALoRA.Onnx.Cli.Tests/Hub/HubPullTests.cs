using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Hub;

namespace ALoRA.Onnx.Cli.Tests.Hub;

[TestClass]
public sealed class HubPullTests
{
    private static readonly byte[] Weights = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    [TestMethod]
    public async Task Run_Repository_LiesInTheHubsOwnLayout()
    {
        await using FakeHub hub = await StartAsync();
        using TemporaryFolder folder = new();
        HubSnapshot snapshot = await PullAsync(hub, folder);

        string repository = folder["cache/models--acme--tiny-model"];
        Assert.AreEqual(Path.Combine(repository, "snapshots", FakeHub.Commit), snapshot.Folder);
        Assert.AreEqual(FakeHub.Commit, await File.ReadAllTextAsync(Path.Combine(repository, "refs", "main")));
        string weights = Path.Combine(snapshot.Folder, "model.safetensors");
        Assert.IsTrue((await File.ReadAllBytesAsync(weights)).SequenceEqual(Weights));
        Assert.IsTrue(File.Exists(Path.Combine(repository, "blobs", hub.HashOf("model.safetensors"))));
        Assert.IsTrue(File.Exists(Path.Combine(repository, "blobs", hub.HashOf("config.json"))));
        if (!OperatingSystem.IsWindows())
        {
            Assert.AreEqual($"../../blobs/{hub.HashOf("model.safetensors")}", new FileInfo(weights).LinkTarget);
            Assert.AreEqual(
                $"../../../blobs/{hub.HashOf("additional_chat_templates/rag.jinja")}",
                new FileInfo(Path.Combine(snapshot.Folder, "additional_chat_templates", "rag.jinja")).LinkTarget);
        }

        Assert.IsEmpty(Directory.GetFiles(Path.Combine(repository, "blobs"), "*.incomplete"));
    }

    [TestMethod]
    public async Task Run_Repository_TakesOnlyWhatIsNeeded()
    {
        await using FakeHub hub = await StartAsync();
        hub.Add("pytorch_model.bin", "x");
        hub.Add("onnx/model.onnx", "x");
        hub.Add("onnx/config.json", "x");
        hub.Add("consolidated.safetensors", "x");
        hub.Add("README.md", "x");
        hub.Add("tokenizer.json", "{}");
        using TemporaryFolder folder = new();
        HubSnapshot snapshot = await PullAsync(hub, folder);

        Assert.AreEqual(
            "additional_chat_templates/rag.jinja,config.json,model.safetensors,tokenizer.json",
            string.Join(',', Directory.EnumerateFiles(snapshot.Folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(snapshot.Folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    public async Task Run_Again_DownloadsNothing()
    {
        await using FakeHub hub = await StartAsync();
        using TemporaryFolder folder = new();
        await PullAsync(hub, folder);
        int before = hub.Requests.Count;
        HubSnapshot again = await PullAsync(hub, folder);

        Assert.AreEqual(0, again.DownloadedBytes);
        Assert.AreEqual(before + 2, hub.Requests.Count);
    }

    [TestMethod]
    public async Task Run_ConnectionThatBreaks_GoesOnWhereItEnded()
    {
        await using FakeHub hub = await StartAsync();
        hub.BreakOffs.Enqueue(0);
        hub.BreakOffs.Enqueue(int.MaxValue);
        hub.BreakOffs.Enqueue(int.MaxValue);
        hub.BreakOffs.Enqueue(0);
        hub.BreakOffs.Enqueue(100_000);
        using TemporaryFolder folder = new();
        HubSnapshot snapshot = await PullAsync(hub, folder);

        Assert.IsTrue((await File.ReadAllBytesAsync(Path.Combine(snapshot.Folder, "model.safetensors"))).SequenceEqual(Weights));
        Assert.IsTrue(hub.Requests.Any(request => request.Server == "store" && request.Range == "bytes=100000-"));
    }

    [TestMethod]
    public async Task Run_CancelledInTheMiddle_LeavesWhatCameIn()
    {
        await using FakeHub hub = await StartAsync();
        using TemporaryFolder folder = new();
        using CancellationTokenSource cancellation = new();
        HubOptions options = OptionsOf(hub, folder) with
        {
            Delay = (_, token) => cancellation.CancelAsync().ContinueWith(
                _ => token.ThrowIfCancellationRequested(), CancellationToken.None),
        };
        hub.BreakOffs.Enqueue(int.MaxValue);
        hub.BreakOffs.Enqueue(int.MaxValue);
        hub.BreakOffs.Enqueue(120_000);
        await Assert.ThrowsExactlyAsync<OperationCanceledException>(() => RunAsync(options, cancellationToken: cancellation.Token));

        FileInfo incomplete = new(
            Path.Combine(folder["cache/models--acme--tiny-model"], "blobs", hub.HashOf("model.safetensors") + ".incomplete"));
        Assert.IsTrue(incomplete.Exists);
        HubSnapshot snapshot = await PullAsync(hub, folder);
        Assert.IsTrue((await File.ReadAllBytesAsync(Path.Combine(snapshot.Folder, "model.safetensors"))).SequenceEqual(Weights));
        Assert.AreEqual($"bytes={incomplete.Length}-", hub.Requests[^1].Range);
    }

    [TestMethod]
    public async Task Run_ServerWithoutRanges_StartsAnew()
    {
        await using FakeHub hub = await StartAsync();
        hub.KnowsRanges = false;
        using TemporaryFolder folder = new();
        Plant(folder, hub, Weights[..1000]);
        HubSnapshot snapshot = await PullAsync(hub, folder);

        Assert.IsTrue((await File.ReadAllBytesAsync(Path.Combine(snapshot.Folder, "model.safetensors"))).SequenceEqual(Weights));
    }

    [TestMethod]
    public async Task Run_WrongBeginningFromBefore_IsLoadedAnew()
    {
        await using FakeHub hub = await StartAsync();
        using TemporaryFolder folder = new();
        Plant(folder, hub, new byte[1000]);
        HubSnapshot snapshot = await PullAsync(hub, folder);

        Assert.IsTrue((await File.ReadAllBytesAsync(Path.Combine(snapshot.Folder, "model.safetensors"))).SequenceEqual(Weights));
    }

    [TestMethod]
    [DataRow("model.safetensors")]
    [DataRow("config.json")]
    public async Task Run_WrongContent_IsRefusedAndNotKept(string path)
    {
        await using FakeHub hub = await StartAsync();
        byte[] wrong = [.. hub.Files[path]];
        wrong[^1] ^= 1;
        hub.Given[path] = wrong;
        using TemporaryFolder folder = new();
        CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(() => PullAsync(hub, folder));

        Assert.AreEqual(ExitCode.BadInput, exception.ExitCode);
        Assert.Contains($"{path} of acme/tiny-model does not have the checksum {hub.HashOf(path)}", exception.Message);
        Assert.IsFalse(File.Exists(Path.Combine(folder["cache/models--acme--tiny-model"], "blobs", hub.HashOf(path))));
    }

    [TestMethod]
    public async Task Run_Token_GoesToTheHubAlone()
    {
        await using FakeHub hub = await StartAsync();
        hub.RequiredToken = "secret";
        using TemporaryFolder folder = new();
        await PullAsync(hub, folder, "secret");

        Assert.IsTrue(hub.Requests.Where(request => request.Server == "hub").All(request => request.Authorization == "Bearer secret"));
        Assert.IsTrue(hub.Requests.Any(request => request.Server == "store"));
        Assert.IsTrue(hub.Requests.Where(request => request.Server == "store").All(request => request.Authorization.Length == 0));
    }

    [TestMethod]
    [DataRow("GatedRepo", "is gated: accept its terms")]
    [DataRow("RepoNotFound", "is not on the hub, or may not be read. Check the name")]
    public async Task Run_WithoutToken_SaysHowToGetIn(string code, string reason)
    {
        await using FakeHub hub = await StartAsync();
        hub.RequiredToken = "secret";
        hub.ErrorCode = code;
        using TemporaryFolder folder = new();
        CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(() => PullAsync(hub, folder));

        Assert.Contains(reason, exception.Message);
        Assert.Contains("HF_TOKEN", exception.Message);
        Assert.HasCount(1, hub.Requests);
    }

    [TestMethod]
    public async Task Run_ServerThatIsBusy_IsAskedAgainWithLongerPauses()
    {
        await using FakeHub hub = await StartAsync();
        hub.Failures.Enqueue(503);
        hub.Failures.Enqueue(429);
        hub.Failures.Enqueue(500);
        using TemporaryFolder folder = new();
        List<TimeSpan> pauses = [];
        HubOptions options = OptionsOf(hub, folder) with
        {
            Delay = (pause, _) =>
            {
                pauses.Add(pause);
                return Task.CompletedTask;
            },
        };
        await RunAsync(options);

        Assert.AreEqual("0.5 1 2", string.Join(' ', pauses.Select(pause => pause.TotalSeconds)));
    }

    [TestMethod]
    public async Task Run_ServerThatStaysBusy_EndsWithANextStep()
    {
        await using FakeHub hub = await StartAsync();
        Enumerable.Repeat(503, 20).ToList().ForEach(hub.Failures.Enqueue);
        using TemporaryFolder folder = new();
        CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(() => PullAsync(hub, folder));

        Assert.Contains("after 5 tries: 127.0.0.1 answered 503", exception.Message);
        Assert.Contains("HF_HUB_OFFLINE=1", exception.Message);
        Assert.HasCount(5, hub.Requests);
    }

    [TestMethod]
    public async Task Run_UnknownRevision_NamesTheOption()
    {
        await using FakeHub hub = await StartAsync();
        using TemporaryFolder folder = new();
        CommandFailedException exception =
            await Assert.ThrowsExactlyAsync<CommandFailedException>(() => RunAsync(OptionsOf(hub, folder), revision: "nope"));

        Assert.Contains("--revision", exception.Message);
    }

    [TestMethod]
    [DataRow("../../escape.json")]
    [DataRow("a/../../../escape.json")]
    [DataRow("/etc/escape.json")]
    [DataRow("..\\escape.json")]
    [DataRow("C:escape.json")]
    [DataRow("a//escape.json")]
    public async Task Run_PathThatLeadsOut_IsRefusedBeforeAnythingIsWritten(string path)
    {
        await using FakeHub hub = await StartAsync();
        hub.Add(path, "{}");
        using TemporaryFolder folder = new();
        CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(
            () => RunAsync(OptionsOf(hub, folder), patterns: ["*"]));

        Assert.Contains($"The file '{path}' is refused", exception.Message);
        Assert.IsFalse(Directory.Exists(folder["cache/models--acme--tiny-model"]));
    }

    [TestMethod]
    [DataRow("../../x")]
    [DataRow("a\\b")]
    public async Task Run_RevisionThatLeadsOut_IsRefusedBeforeAnybodyIsAsked(string revision)
    {
        await using FakeHub hub = await StartAsync();
        using TemporaryFolder folder = new();
        CommandFailedException exception =
            await Assert.ThrowsExactlyAsync<CommandFailedException>(() => RunAsync(OptionsOf(hub, folder), revision));

        Assert.Contains($"The revision '{revision}' is refused", exception.Message);
        Assert.IsEmpty(hub.Requests);
    }

    [TestMethod]
    public async Task Run_ListingOfSeveralPages_IsReadToItsEnd()
    {
        await using FakeHub hub = await StartAsync();
        hub.FilesOfPage = 1;
        using TemporaryFolder folder = new();
        HubSnapshot snapshot = await PullAsync(hub, folder);

        Assert.AreEqual(3, snapshot.Files);
    }

    [TestMethod]
    public async Task Run_Offline_UsesTheCacheAlone()
    {
        await using FakeHub hub = await StartAsync();
        using TemporaryFolder folder = new();
        HubOptions offline = OptionsOf(hub, folder) with { IsOffline = true };
        CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(() => RunAsync(offline));
        Assert.Contains("it was never downloaded", exception.Message);
        Assert.IsEmpty(hub.Requests);

        HubSnapshot online = await PullAsync(hub, folder);
        int before = hub.Requests.Count;
        HubSnapshot cached = await RunAsync(offline);

        Assert.AreEqual(online.Folder, cached.Folder);
        Assert.AreEqual(online.Folder, (await RunAsync(offline, revision: FakeHub.Commit)).Folder);
        Assert.HasCount(before, hub.Requests);
    }

    [TestMethod]
    public async Task Run_OfflineWithAShardMissing_SaysWhich()
    {
        await using FakeHub hub = await StartAsync();
        hub.Add("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"model.safetensors\", \"b\": \"model-2.safetensors\"}}");
        using TemporaryFolder folder = new();
        await PullAsync(hub, folder);
        CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(
            () => RunAsync(OptionsOf(hub, folder) with { IsOffline = true }));

        Assert.Contains("model-2.safetensors is missing", exception.Message);
    }

    [TestMethod]
    public async Task Run_SeveralGgufFiles_AsksForOne()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Add("m-Q4_1.gguf", [1, 2], isLarge: true);
        hub.Add("m-Q8_0.gguf", [1, 2, 3], isLarge: true);
        using TemporaryFolder folder = new();
        CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(() => PullAsync(hub, folder));
        Assert.Contains("--include m-Q4_1.gguf", exception.Message);

        HubSnapshot snapshot = await RunAsync(OptionsOf(hub, folder), patterns: ["*Q8_0*"]);
        Assert.AreEqual("m-Q8_0.gguf", Path.GetFileName(Directory.EnumerateFiles(snapshot.Folder).Single()));
    }

    [TestMethod]
    public async Task Run_OtherHashBesideTheFile_IsRefused()
    {
        await using FakeHub hub = await StartAsync();
        HubClient client = new(OptionsOf(hub, new TemporaryFolder()));
        using (client)
        {
            using TemporaryFolder folder = new();
            HubCache cache = new(folder["cache"], FakeHub.Repository);
            HubDownload download = new(client, cache, FakeHub.Repository, FakeHub.Commit);
            HubFile other = new("model.safetensors", Weights.Length, new string('a', 64));
            CommandFailedException exception = await Assert.ThrowsExactlyAsync<CommandFailedException>(
                () => download.RunAsync(other, _ => { }, CancellationToken.None));

            Assert.Contains("is another file than the hub lists", exception.Message);
        }
    }

    private static async Task<FakeHub> StartAsync()
    {
        FakeHub hub = await FakeHub.StartAsync();
        hub.Add("config.json", "{\"model_type\": \"llama\"}");
        hub.Add("additional_chat_templates/rag.jinja", "x");
        hub.Add("model.safetensors", Weights, isLarge: true);
        return hub;
    }

    private static void Plant(TemporaryFolder folder, FakeHub hub, byte[] beginning)
    {
        string blobs = folder["cache/models--acme--tiny-model/blobs"];
        Directory.CreateDirectory(blobs);
        File.WriteAllBytes(Path.Combine(blobs, hub.HashOf("model.safetensors") + ".incomplete"), beginning);
    }

    private static HubOptions OptionsOf(FakeHub hub, TemporaryFolder folder, string? token = null) => new()
    {
        Endpoint = new Uri(hub.Address + "/"),
        CacheFolder = folder["cache"],
        Token = token,
        Delay = (_, _) => Task.CompletedTask,
    };

    private static Task<HubSnapshot> PullAsync(FakeHub hub, TemporaryFolder folder, string? token = null) =>
        RunAsync(OptionsOf(hub, folder, token));

    private static Task<HubSnapshot> RunAsync(
        HubOptions options, string? revision = null, string[]? patterns = null, CancellationToken cancellationToken = default) =>
        new HubPull(options, new Progress<ProgressState>()).RunAsync(FakeHub.Repository, revision, patterns ?? [], cancellationToken);
}
