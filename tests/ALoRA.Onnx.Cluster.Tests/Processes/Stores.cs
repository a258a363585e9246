namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>Stores by name, for tests of several.</summary>
internal static class Stores
{
    public const string Redis = "redis";

    public const string Postgres = "postgres";

    /// <summary>Starts one; the test is inconclusive (skipped) where there is none to start.</summary>
    public static async Task<IStoreServer> StartAsync(string name) => name switch
    {
        Redis => await RedisServer.StartAsync(),
        Postgres => await PostgresServer.StartAsync(),
        _ => throw new ArgumentException($"There is no store '{name}'."),
    };
}
