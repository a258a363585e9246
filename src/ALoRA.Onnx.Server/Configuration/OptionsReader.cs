using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.WindowsServices;

namespace ALoRA.Onnx.Server.Configuration;

/// <summary>
/// Reads <see cref="ServerOptions"/> by key, from each source in turn, so that a later one wins however it spells the key.
/// </summary>
internal static class OptionsReader
{
    private const string FileName = "appsettings.json";
    private const string Section = "Alora";
    private const string Prefix = "ALORA_";

    private static readonly Dictionary<string, Func<ServerOptions, string, ServerOptions>> Keys = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(ServerOptions.Model)] = (options, text) => options with { Model = text },
        [nameof(ServerOptions.ModelName)] = (options, text) => options with { ModelName = text },
        [nameof(ServerOptions.Urls)] = (options, text) => options with { Urls = text },
        [nameof(ServerOptions.ApiKeyFile)] = (options, text) => options with { ApiKeyFile = text },
        [nameof(ServerOptions.AdminKeyFile)] = (options, text) => options with { AdminKeyFile = text },
        [nameof(ServerOptions.AdaptersFolder)] = (options, text) => options with { AdaptersFolder = text },
        [nameof(ServerOptions.NoAuth)] = (options, text) => options with { NoAuth = Flag(text) },
        [nameof(ServerOptions.MaxQueue)] = (options, text) => options with { MaxQueue = Number(text) },
        [nameof(ServerOptions.MaxQueueTime)] = (options, text) => options with { MaxQueueTime = Time(text) },
        [nameof(ServerOptions.MaxRequestsPerKey)] = (options, text) => options with { MaxRequestsPerKey = Number(text) },
        [nameof(ServerOptions.TokensPerMinutePerKey)] = (options, text) => options with { TokensPerMinutePerKey = Large(text) },
        [nameof(ServerOptions.MaxContextTokens)] = (options, text) => options with { MaxContextTokens = Number(text) },
        [nameof(ServerOptions.MaxRows)] = (options, text) => options with { MaxRows = Number(text) },
        [nameof(ServerOptions.AdaptersPerStep)] = (options, text) => options with { AdaptersPerStep = Number(text) },
        [nameof(ServerOptions.CacheBytes)] = (options, text) => options with { CacheBytes = Large(text) },
        [nameof(ServerOptions.CostsFile)] = (options, text) => options with { CostsFile = text },
        [nameof(ServerOptions.MeasureTime)] = (options, text) => options with { MeasureTime = Time(text) },
        [nameof(ServerOptions.Provider)] = (options, text) => options with { Provider = text },
        [nameof(ServerOptions.ProviderLibrary)] = (options, text) => options with { ProviderLibrary = text },
        [nameof(ServerOptions.Operators)] = (options, text) => options with { Operators = Operators(text) },
        [nameof(ServerOptions.Device)] = (options, text) => options with { Device = Number(text) },
        [nameof(ServerOptions.Threads)] = (options, text) => options with { Threads = Number(text) },
        [nameof(ServerOptions.Strict)] = (options, text) => options with { Strict = Flag(text) },
        [nameof(ServerOptions.MaxBodyBytes)] = (options, text) => options with { MaxBodyBytes = Large(text) },
        [nameof(ServerOptions.MaxConnections)] = (options, text) => options with { MaxConnections = Number(text) },
        [nameof(ServerOptions.DrainTimeout)] = (options, text) => options with { DrainTimeout = Time(text) },
        [nameof(ServerOptions.KeepAlive)] = (options, text) => options with { KeepAlive = Time(text) },
        [nameof(ServerOptions.NoPage)] = (options, text) => options with { NoPage = Flag(text) },
        [nameof(ServerOptions.LogMessageText)] = (options, text) => options with { LogMessageText = Flag(text) },
    };

    /// <summary>The working directory; a Windows service's is the system's, and the file lies beside the program then.</summary>
    public static string UsualFolder =>
        WindowsServiceHelpers.IsWindowsService() ? AppContext.BaseDirectory : Directory.GetCurrentDirectory();

    /// <inheritdoc cref="ServerOptions.Load"/>
    public static ServerOptions Load(string folder, IReadOnlyDictionary<string, string?>? flags)
    {
        string file = Path.Combine(folder, FileName);
        IConfigurationRoot json;
        try
        {
            json = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file), optional: true).Build();
        }
        catch (InvalidDataException exception)
        {
            throw new FormatException($"{file}: {(exception.InnerException ?? exception).Message}", exception);
        }

        IConfigurationRoot environment = new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build();
        IConfigurationRoot command = new ConfigurationBuilder().AddInMemoryCollection(flags ?? new Dictionary<string, string?>()).Build();
        return Read(file, json, environment, command);
    }

    /// <summary>Reads three sources; the last one wins.</summary>
    public static ServerOptions Read(
        string file, IConfigurationRoot json, IConfigurationRoot environment, IConfigurationRoot command)
    {
        ServerOptions options = Read(new ServerOptions(), json, key => $"{file}: {key}", isClosed: false);
        options = Read(options, json.GetSection(Section), key => $"{file}: {Section}:{key}", isClosed: true);
        options = Read(options, environment, key => $"The environment variable {Prefix}{key}", isClosed: false);
        return Read(options, command, key => $"--{key}", isClosed: true);
    }

    // A closed source has keys of this server alone, so that one that is unknown is a mistake.
    private static ServerOptions Read(ServerOptions options, IConfiguration source, Func<string, string> placeOf, bool isClosed)
    {
        foreach (IConfigurationSection entry in source.GetChildren())
        {
            string key = entry.Key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
            if (key.Equals(nameof(ServerOptions.ProviderOptions), StringComparison.OrdinalIgnoreCase))
            {
                options = options with
                {
                    ProviderOptions = entry.GetChildren()
                        .ToDictionary(pair => pair.Key, pair => pair.Value ?? "", StringComparer.Ordinal),
                };
            }
            else if (!Keys.TryGetValue(key, out Func<ServerOptions, string, ServerOptions>? set))
            {
                _ = isClosed
                    ? throw new FormatException($"{placeOf(entry.Key)} is unknown. Expected one of {string.Join(", ", Keys.Keys)}.")
                    : 0;
            }
            else if (entry.Value is { Length: > 0 } text)
            {
                try
                {
                    options = set(options, text);
                }
                catch (Exception exception) when (exception is FormatException or OverflowException)
                {
                    throw new FormatException($"{placeOf(entry.Key)} is '{text}'. {exception.Message}", exception);
                }
            }
        }

        return options;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException("Expected a whole number.");

    private static long Large(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException("Expected a whole number from 0.");

    private static OperatorUse Operators(string text) => text.ToUpperInvariant() switch
    {
        "AUTO" => OperatorUse.Auto,
        "OFF" => OperatorUse.Off,
        _ => throw new FormatException("Expected auto or off."),
    };

    private static bool Flag(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "1" => true,
        "FALSE" or "0" => false,
        _ => throw new FormatException("Expected true or false."),
    };

    // A number alone is seconds; TimeSpan itself would take days.
    private static TimeSpan Time(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time)
                ? time
                : throw new FormatException("Expected seconds, such as 30, or hours:minutes:seconds.");
}
