using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>Where the hub is, who asks it, and where what it gives is kept: the same variables as the hub's own client has.</summary>
internal sealed record HubOptions
{
    private const string UsualEndpoint = "https://huggingface.co";

    /// <summary>The hub, or a mirror of it.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The key of the user; null for none. Sent to <see cref="Endpoint"/> alone.</summary>
    public string? Token { get; init; }

    /// <summary>The folder of all repositories.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Whether only what is in the cache may be used.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Waits between tries.</summary>
    public Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;

    /// <summary>Reads HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE, HF_HOME and HF_HUB_OFFLINE.</summary>
    /// <exception cref="CommandFailedException">One of them is no address, or no place is known for the cache.</exception>
    public static HubOptions OfEnvironment(Func<string, string?> variable)
    {
        string endpoint = Given(variable, "HF_ENDPOINT") ?? UsualEndpoint;
        return new HubOptions
        {
            Endpoint = Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
                ? address
                : throw new CommandFailedException(
                    ExitCode.Usage, $"HF_ENDPOINT must be an address such as {UsualEndpoint}, got '{endpoint}'."),
            Token = Given(variable, "HF_TOKEN"),
            CacheFolder = Given(variable, "HF_HUB_CACHE") ?? Path.Combine(HomeOf(variable), "hub"),
            IsOffline = Given(variable, "HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }

    private static string HomeOf(Func<string, string?> variable)
    {
        if (Given(variable, "HF_HOME") is { } home)
        {
            return home;
        }

        string user = Given(variable, OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") ?? throw new CommandFailedException(
            ExitCode.Failed, "HOME is not set, so that there is no place for the hub's cache. Set HF_HOME to a folder.");
        return Path.Combine(Given(variable, "XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface");
    }

    private static string? Given(Func<string, string?> variable, string name) =>
        variable(name)?.Trim() is { Length: > 0 } value ? value : null;
}
