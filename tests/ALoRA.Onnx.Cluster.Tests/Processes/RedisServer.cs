using System.Diagnostics;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>A Redis of the test's own: a free port of this machine, nothing on the disk but its own folder. Ended by its handle.</summary>
internal sealed class RedisServer : IStoreServer
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _program;
    private Process? _process;

    private RedisServer(string program)
    {
        _program = program;
        Port = FreePorts.Next();
    }

    public int Port { get; }

    /// <inheritdoc/>
    public string Address => $"redis://127.0.0.1:{Port}";

    /// <summary>Starts one; the test is inconclusive (skipped) where there is none to start.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        string? program = Programs.Find("redis-server");
        if (program is null)
        {
            Assert.Inconclusive("Skipped: there is no redis-server on the path. Debian's package redis-server has it.");
        }

        RedisServer server = new(program!);
        try
        {
            await server.RestartAsync();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            Watchdog.Forget(process);
            process.Dispose();
            _process = null;
        }
    }

    /// <inheritdoc/>
    public async Task RestartAsync()
    {
        Stop();
        _process = Watchdog.Watch(Process.Start(new ProcessStartInfo(
            _program,
            [
                "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder.Path, "--save", "", "--appendonly", "yes",
                "--appendfsync", "always", "--daemonize", "no", "--loglevel", "warning", "--logfile", _folder["redis.log"],
            ]))!);
        using CancellationTokenSource limit = new(HangGuard.Limit);
        await FreePorts.WaitForListenerAsync(Port, _process, limit.Token);
    }

    public void Dispose()
    {
        Stop();
        _folder.Dispose();
    }
}
