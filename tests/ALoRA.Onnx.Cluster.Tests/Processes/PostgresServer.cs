using System.Diagnostics;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>
/// A PostgreSQL of the test's own: a free port of this machine, nothing on the disk but its own folder. It does not run as root, so that
/// root starts it as the user whom its package made. Ended by its handle.
/// </summary>
internal sealed class PostgresServer : IStoreServer
{
    private const string User = "postgres";

    // Where Debian puts them, which are not on the path.
    private const string Versions = "/usr/lib/postgresql";

    private readonly TemporaryFolder _folder = new();
    private readonly string _programs;
    private readonly int _port = FreePorts.Next();
    private Process? _process;

    private PostgresServer(string programs) => _programs = programs;

    /// <inheritdoc/>
    public string Address => $"postgres://{User}@127.0.0.1:{_port}/{User}";

    /// <summary>Starts one; the test is inconclusive (skipped) where there is none to start.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        string? programs = FindPrograms();
        if (programs is null)
        {
            Assert.Inconclusive("Skipped: there are no initdb and postgres. Debian's package postgresql has them.");
        }

        if (Environment.IsPrivilegedProcess
            && !File.ReadLines("/etc/passwd").Any(line => line.StartsWith(User + ":", StringComparison.Ordinal)))
        {
            Assert.Inconclusive($"Skipped: PostgreSQL does not run as root, and there is no user '{User}'.");
        }

        PostgresServer server = new(programs!);
        try
        {
            await server.CreateAsync();
            await server.RestartAsync();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements, and gives what they print.</summary>
    public async Task<string> AskAsync(string sql) => await RunAsync(
        Start("psql", "-h", "127.0.0.1", "-p", $"{_port}", "-U", User, "-d", User, "-X", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", sql));

    /// <inheritdoc/>
    public void Stop()
    {
        if (_process is { } process)
        {
            // Without a checkpoint, and with its own children.
            Signals.EndAtOnce(process);
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
        _process = Watchdog.Watch(Process.Start(Start(
            "postgres", "-D", Data, "-p", $"{_port}", "-h", "127.0.0.1", "-c", "unix_socket_directories=", "-c",
            "logging_collector=off"))!);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using CancellationTokenSource limit = new(HangGuard.Limit);
        await FreePorts.WaitForListenerAsync(_port, _process, limit.Token);

        // It listens before it has read its log again.
        while (await TryAskAsync("SELECT 1") is null)
        {
            await Task.Delay(50, limit.Token);
        }
    }

    public void Dispose()
    {
        Stop();
        _folder.Dispose();
    }

    private string Data => _folder["data"];

    private static string? FindPrograms()
    {
        string[] folders =
        [
            .. Directory.Exists(Versions)
                ? Directory.GetDirectories(Versions).OrderDescending().Select(version => Path.Combine(version, "bin"))
                : [],
            Path.GetDirectoryName(Programs.Find("initdb")) ?? "",
        ];
        return Array.Find(
            folders,
            folder => Array.TrueForAll(["initdb", "postgres", "psql"], program => File.Exists(Path.Combine(folder, program))));
    }

    private async Task CreateAsync()
    {
        Directory.CreateDirectory(Data);
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.OtherExecute);
            await RunAsync(new ProcessStartInfo("chown", [User, Data]) { RedirectStandardOutput = true, RedirectStandardError = true });
        }

        // Nobody but this machine reaches it, and nobody's data is in it.
        await RunAsync(Start("initdb", "-D", Data, "-U", User, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"));
    }

    private ProcessStartInfo Start(string program, params string[] arguments)
    {
        string path = Path.Combine(_programs, program);
        return new ProcessStartInfo(
            Environment.IsPrivilegedProcess ? "setpriv" : path,
            Environment.IsPrivilegedProcess ? ["--reuid", User, "--regid", User, "--init-groups", path, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
    }

    private async Task<string?> TryAskAsync(string sql)
    {
        try
        {
            return await AskAsync(sql);
        }
        catch (InvalidOperationException) when (_process is { HasExited: false })
        {
            return null;
        }
    }

    private static async Task<string> RunAsync(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        using CancellationTokenSource limit = new(HangGuard.Limit);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)}: {error}");
    }
}
