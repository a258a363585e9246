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
        Assert.AreEqual(PostgresTables.Queries.Count, int.Parse(await database.AskAsync("SELECT count(*) FROM OrleansQuery")));
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
        Assert.Contains("Run Orleans' scripts", error.Message);
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
    [DataRow("postgres://alora:the-secret@127.0.0.1:{0}/alora")]
    [DataRow("sqlserver:Server=127.0.0.1,{0};Database=alora;User Id=alora;Password=the-secret;Connect Timeout=2;Encrypt=false")]
    public async Task EnsureAsync_NobodyListens_SaysWhatIsNeededAndNoPassword(string address)
    {
        StoreAddress store = StoreAddress.Parse(string.Format(
            System.Globalization.CultureInfo.InvariantCulture, address, FreePorts.Next()));
        InvalidOperationException error = await Assert.ThrowsExactlyAsync<InvalidOperationException>(
            () => StoreTables.EnsureAsync(store, CancellationToken.None));
        Assert.Contains("database that they reach", error.Message);
        Assert.DoesNotContain("the-secret", error.Message);
    }
}
