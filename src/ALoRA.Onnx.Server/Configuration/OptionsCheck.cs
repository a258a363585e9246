namespace ALoRA.Onnx.Server.Configuration;

/// <summary>Refuses options that mean nothing, each by the name of its flag.</summary>
internal static class OptionsCheck
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <exception cref="ArgumentException">An option is missing, out of its range, or contradicts another one.</exception>
    public static void Run(ServerOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Model))
        {
            throw new ArgumentException("The model is missing. Give a folder that `alora export` wrote.");
        }

        Within("--max-queue", options.MaxQueue, 0, int.MaxValue);
        Within("--max-requests-per-key", options.MaxRequestsPerKey, 1, int.MaxValue);
        Within("--tokens-per-minute-per-key", options.TokensPerMinutePerKey, 1, long.MaxValue);
        Within("--max-rows", options.MaxRows, 1, 256);
        Within("--adapters-per-step", options.AdaptersPerStep, 1, 64);
        Within("--max-context-tokens", options.MaxContextTokens, 1, int.MaxValue);
        Within("--cache-bytes", options.CacheBytes, 1, long.MaxValue);
        Within("--device", options.Device, 0, int.MaxValue);
        Within("--threads", options.Threads, 1, int.MaxValue);
        Within("--max-body-bytes", options.MaxBodyBytes, 1, long.MaxValue);
        Within("--max-connections", options.MaxConnections, 1, int.MaxValue);
        Within("--drain-timeout", options.DrainTimeout, TimeSpan.Zero);
        Within("--keep-alive", options.KeepAlive, TimeSpan.FromMilliseconds(100));
        Within("--max-queue-time", options.MaxQueueTime, TimeSpan.FromMilliseconds(1));
        Within("--measure-time", options.MeasureTime, TimeSpan.Zero);
        if (options.CostsFile is { } costs && !File.Exists(costs))
        {
            throw new ArgumentException(
                $"--costs-file: there is no file {Path.GetFullPath(costs)}. Write it with `alora bench MODEL --batch 1,2,4,8,16 --costs "
                + "FILE`, or leave the flag out.");
        }

        if (string.IsNullOrWhiteSpace(options.Provider))
        {
            throw new ArgumentException("--provider is empty. Give auto, cpu, cuda, or the name of an execution provider.");
        }

        if (options.NoAuth && options.ApiKeyFile is not null)
        {
            throw new ArgumentException("--no-auth lets everyone in, --api-key-file does not. Give only one of both.");
        }

        if (options.AdaptersFolder is { } folder && !Directory.Exists(folder))
        {
            throw new ArgumentException($"--adapters-folder: there is no folder {Path.GetFullPath(folder)}. Make it, or give another one.");
        }
    }

    private static void Within(string flag, long? value, long smallest, long largest)
    {
        if (value < smallest || value > largest)
        {
            string most = largest is int.MaxValue or long.MaxValue ? "" : $" and at most {largest}";
            throw new ArgumentException($"{flag} must be at least {smallest}{most}, got {value}.");
        }
    }

    private static void Within(string flag, TimeSpan? value, TimeSpan shortest)
    {
        if (value < shortest || value > Longest)
        {
            throw new ArgumentException(
                $"{flag} must be from {shortest.TotalSeconds} to {Longest.TotalSeconds} seconds, got {value.Value.TotalSeconds}.");
        }
    }
}
