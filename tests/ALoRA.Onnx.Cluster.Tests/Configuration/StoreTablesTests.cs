using System.Diagnostics;
using ALoRA.Onnx.Cluster.Configuration;
using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Configuration;

/// <summary>Tables of a PostgreSQL of the test's own.</summary>
[TestClass]
public sealed class StoreTablesTests
{
    [TestMethod]
    public async Task EnsureAsync_ManyServersAtOnceAndAgain_CreateThemOnce()
    {
        using PostgresServer database = await PostgresServer.StartAsync();
        StoreAddress store = StoreAddress.Parse(database.Address);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StoreTables.EnsureAsync(store, CancellationToken.None)));
        await StoreTables.EnsureAsync(store, CancellationToken.None);
        string count = await database.AskAsync("SELECT count(*) FROM OrleansQuery");
        Assert.AreEqual($"{PostgresTables.Queries.Count}", count.Trim());
    }

    [TestMethod]
    public async Task EnsureAsync_TableOfSomebodyElse_SaysWhichQueriesAreMissing()
    {
        using PostgresServer database = await PostgresServer.StartAsync();
        await database.AskAsync("CREATE TABLE OrleansQuery (QueryKey varchar(64) PRIMARY KEY, QueryText varchar(8000) NOT NULL)");
        StoreAddress store = StoreAddress.Parse(database.Address);
        InvalidOperationException error = await Assert.ThrowsExactlyAsync<InvalidOperationException>(
            () => StoreTables.EnsureAsync(store, CancellationToken.None));
        Assert.Contains("WriteToStorageKey", error.Message);
        Assert.MatchesRegex(@"Run Orleans' scripts of the version 10\.\d+\.\d+ there", error.Message);
    }

    [TestMethod]
    public async Task EnsureAsync_AccountThatMayNotCreate_SaysSoAndNoPassword()
    {
        using PostgresServer database = await PostgresServer.StartAsync();
        await database.AskAsync("CREATE ROLE guest LOGIN PASSWORD 'the-secret'");
        StoreAddress store = StoreAddress.Parse(
            database.Address.Replace("//postgres@", "//guest:the-secret@", StringComparison.Ordinal));
        InvalidOperationException error = await Assert.ThrowsExactlyAsync<InvalidOperationException>(
            () => StoreTables.EnsureAsync(store, CancellationToken.None));
        Assert.Contains("permission denied", error.Message);
        Assert.Contains("create them at first", error.Message);
        Assert.DoesNotContain("the-secret", error.Message);
    }

    [TestMethod]
    public async Task EnsureAsync_SqlServerWithoutCultures_SaysHowToHaveThem()
    {
        StoreAddress store = StoreAddress.Parse("sqlserver:Server=127.0.0.1;Database=alora;User Id=alora;Password=the-secret");
        NotSupportedException error = await Assert.ThrowsExactlyAsync<NotSupportedException>(
            () => StoreTables.EnsureAsync(store, CancellationToken.None));
        Assert.Contains("Set System.Globalization.Invariant to false", error.Message);
        Assert.DoesNotContain("the-secret", error.Message);
    }

    [TestMethod]
    public async Task Serve_SqlServerWithCulturesAndNobodyListens_SaysWhatIsNeededAndNoPassword()
    {
        using TemporaryFolder folder = new();
        string settings = folder["alora.runtimeconfig.json"];
        string own = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "alora.runtimeconfig.json"));
        Assert.Contains("\"System.Globalization.Invariant\": true", own);
        await File.WriteAllTextAsync(settings, own.Replace(
            "\"System.Globalization.Invariant\": true", "\"System.Globalization.Invariant\": false", StringComparison.Ordinal));
        string address =
            $"sqlserver:Server=127.0.0.1,{FreePorts.Next()};Database=alora;User Id=alora;Password=the-secret;Connect Timeout=2";
        ProcessStartInfo start = new(
            DotnetProgram.Host(),
            [
                "exec", "--runtimeconfig", settings, Path.Combine(AppContext.BaseDirectory, "alora.dll"), "serve",
                await DemoModel.FolderAsync(), "--provider", "cpu", "--urls", "http://127.0.0.1:0",
            ])
        {
            RedirectStandardError = true,
        };
        start.Environment["ALORA_CLUSTER"] = address;
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (error.Contains("ICU package", StringComparison.Ordinal))
        {
            Assert.Inconclusive("Skipped: there is no ICU on this machine.");
        }

        Assert.AreNotEqual(0, process.ExitCode);
        Assert.Contains("database that they reach", error);
        Assert.DoesNotContain("the-secret", error);
    }

    [TestMethod]
    public async Task EnsureAsync_NobodyListens_SaysWhatIsNeededAndNoPassword()
    {
        StoreAddress store = StoreAddress.Parse($"postgres://alora:the-secret@127.0.0.1:{FreePorts.Next()}/alora");
        InvalidOperationException error = await Assert.ThrowsExactlyAsync<InvalidOperationException>(
            () => StoreTables.EnsureAsync(store, CancellationToken.None));
        Assert.Contains("database that they reach", error.Message);
        Assert.DoesNotContain("the-secret", error.Message);
    }
}
