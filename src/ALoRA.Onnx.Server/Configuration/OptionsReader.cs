using Microsoft.Extensions.Configuration;

namespace ALoRA.Onnx.Server.Configuration;

/// <summary>Reads <see cref="ServerOptions"/> by key.</summary>
internal static class OptionsReader
{
    // What several machines need is another project's, which reads it from the same places.
    private const string Cluster = "Cluster";

    private static readonly Dictionary<string, Func<ServerOptions, IConfigurationSection, ServerOptions>> Keys =
        new(StringComparer.OrdinalIgnoreCase)
        {
            [nameof(ServerOptions.Model)] = Of((options, text) => options with { Model = text }),
            [nameof(ServerOptions.ModelName)] = Of((options, text) => options with { ModelName = text }),
            [nameof(ServerOptions.Urls)] = Of((options, text) => options with { Urls = text }),
            [nameof(ServerOptions.ApiKeyFile)] = Of((options, text) => options with { ApiKeyFile = text }),
            [nameof(ServerOptions.AdminKeyFile)] = Of((options, text) => options with { AdminKeyFile = text }),
            [nameof(ServerOptions.AdaptersFolder)] = Of((options, text) => options with { AdaptersFolder = text }),
            [nameof(ServerOptions.NoAuth)] = Of((options, text) => options with { NoAuth = OptionSources.Flag(text) }),
            [nameof(ServerOptions.MaxQueue)] = Of((options, text) => options with { MaxQueue = OptionSources.Number(text) }),
            [nameof(ServerOptions.MaxQueueTime)] = Of((options, text) => options with { MaxQueueTime = OptionSources.Time(text) }),
            [nameof(ServerOptions.MaxRequestsPerKey)] = Of(
                (options, text) => options with { MaxRequestsPerKey = OptionSources.Number(text) }),
            [nameof(ServerOptions.TokensPerMinutePerKey)] = Of(
                (options, text) => options with { TokensPerMinutePerKey = OptionSources.Large(text) }),
            [nameof(ServerOptions.MaxContextTokens)] = Of(
                (options, text) => options with { MaxContextTokens = OptionSources.Number(text) }),
            [nameof(ServerOptions.MaxRows)] = Of((options, text) => options with { MaxRows = OptionSources.Number(text) }),
            [nameof(ServerOptions.AdaptersPerStep)] = Of((options, text) => options with { AdaptersPerStep = OptionSources.Number(text) }),
            [nameof(ServerOptions.CacheBytes)] = Of((options, text) => options with { CacheBytes = OptionSources.Large(text) }),
            [nameof(ServerOptions.CostsFile)] = Of((options, text) => options with { CostsFile = text }),
            [nameof(ServerOptions.MeasureTime)] = Of((options, text) => options with { MeasureTime = OptionSources.Time(text) }),
            [nameof(ServerOptions.Provider)] = Of((options, text) => options with { Provider = text }),
            [nameof(ServerOptions.ProviderLibrary)] = Of((options, text) => options with { ProviderLibrary = text }),
            [nameof(ServerOptions.Operators)] = Of((options, text) => options with { Operators = Operators(text) }),
            [nameof(ServerOptions.Device)] = Of((options, text) => options with { Device = OptionSources.Number(text) }),
            [nameof(ServerOptions.Threads)] = Of((options, text) => options with { Threads = OptionSources.Number(text) }),
            [nameof(ServerOptions.Strict)] = Of((options, text) => options with { Strict = OptionSources.Flag(text) }),
            [nameof(ServerOptions.MaxBodyBytes)] = Of((options, text) => options with { MaxBodyBytes = OptionSources.Large(text) }),
            [nameof(ServerOptions.MaxConnections)] = Of((options, text) => options with { MaxConnections = OptionSources.Number(text) }),
            [nameof(ServerOptions.DrainTimeout)] = Of((options, text) => options with { DrainTimeout = OptionSources.Time(text) }),
            [nameof(ServerOptions.KeepAlive)] = Of((options, text) => options with { KeepAlive = OptionSources.Time(text) }),
            [nameof(ServerOptions.NoPage)] = Of((options, text) => options with { NoPage = OptionSources.Flag(text) }),
            [nameof(ServerOptions.LogMessageText)] = Of((options, text) => options with { LogMessageText = OptionSources.Flag(text) }),
            [nameof(ServerOptions.ProviderOptions)] = (options, entry) => options with
            {
                ProviderOptions = entry.GetChildren().ToDictionary(pair => pair.Key, pair => pair.Value ?? "", StringComparer.Ordinal),
            },
        };

    /// <inheritdoc cref="ServerOptions.Load"/>
    public static ServerOptions Load(string? folder, IReadOnlyDictionary<string, string?>? flags) =>
        Read(OptionSources.Load(folder, flags));

    /// <summary>Reads all sources; the last one wins.</summary>
    public static ServerOptions Read(OptionSources sources) => sources.Read(
        new ServerOptions(), Keys, key => key.StartsWith(Cluster, StringComparison.OrdinalIgnoreCase));

    // A value that is empty says nothing.
    private static Func<ServerOptions, IConfigurationSection, ServerOptions> Of(Func<ServerOptions, string, ServerOptions> set) =>
        (options, entry) => entry.Value is { Length: > 0 } text ? set(options, text) : options;

    private static OperatorUse Operators(string text) => text.ToUpperInvariant() switch
    {
        "AUTO" => OperatorUse.Auto,
        "OFF" => OperatorUse.Off,
        _ => throw new FormatException("Expected auto or off."),
    };
}
