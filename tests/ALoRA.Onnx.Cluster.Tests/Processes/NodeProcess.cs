using System.Diagnostics;
using System.Text;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary><c>alora serve</c> as a process of its own, as users start it, at a free port of this machine.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    // Enough to see what a node said before something went wrong.
    private const int MostLogCharacters = 1 << 20;

    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _name;

    private NodeProcess(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        _name = name;
        ProcessStartInfo start = DotnetProgram.Start(Path.Combine(AppContext.BaseDirectory, "alora.dll"), ["serve", .. arguments]);
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardInput = true;
        start.WorkingDirectory = AppContext.BaseDirectory;
        foreach ((string key, string value) in environment)
        {
            start.Environment[key] = value;
        }

        Process = new Process { StartInfo = start, EnableRaisingEvents = true };
        Process.OutputDataReceived += (_, line) => ReadOutput(line.Data);
        Process.ErrorDataReceived += (_, line) => Note(line.Data);
        Process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException($"{_name} ended with its start."));
        Process.Start();
        Watchdog.Watch(Process);
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    /// <summary>Where it answers, once it does.</summary>
    public Uri Address => new(_address.Task.Result);

    /// <summary>What it said so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts one and waits until it answers.</summary>
    public static async Task<NodeProcess> StartAsync(
        string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        NodeProcess node = new(name, arguments, environment);
        try
        {
            await node._address.Task.WaitAsync(HangGuard.Limit);
            return node;
        }
        catch (Exception exception)
        {
            await node.DisposeAsync();
            throw new InvalidOperationException($"{name} does not start. It said:\n{node.Log}", exception);
        }
    }

    /// <summary>Ends it as a machine that loses its power does.</summary>
    public void Kill()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            Process.WaitForExit();
            Watchdog.Forget(Process);
        }
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> TerminateAsync()
    {
        long started = Stopwatch.GetTimestamp();
        Signals.Term(Process);
        using CancellationTokenSource limit = new(HangGuard.Limit);
        await Process.WaitForExitAsync(limit.Token);
        return Stopwatch.GetElapsedTime(started);
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Process.WaitForExitAsync();
        Watchdog.Forget(Process);
        Process.Dispose();
    }

    private void ReadOutput(string? line)
    {
        Note(line);
        if (line?.StartsWith("http://", StringComparison.Ordinal) == true)
        {
            _address.TrySetResult(line);
        }
    }

    private void Note(string? line)
    {
        lock (_log)
        {
            if (line is not null && _log.Length < MostLogCharacters)
            {
                _log.AppendLine(line);
            }
        }
    }
}
