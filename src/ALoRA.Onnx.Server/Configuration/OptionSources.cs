using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.WindowsServices;

namespace ALoRA.Onnx.Server.Configuration;

/// <summary>Where options are read, each source in turn, so that a later one wins however it spells the key.</summary>
/// <param name="File">Name of the JSON file, for messages.</param>
/// <param name="Json">What it says.</param>
/// <param name="Environment">Variables that begin with <c>ALORA_</c>, without that.</param>
/// <param name="Command">The command line.</param>
internal sealed record OptionSources(
    string File, IConfigurationRoot Json, IConfigurationRoot Environment, IConfigurationRoot Command)
{
    private const string FileName = "appsettings.json";
    private const string Section = "Alora";
    private const string Prefix = "ALORA_";

    /// <summary>The working directory; a Windows service's is the system's, and the file lies beside the program then.</summary>
    public static string UsualFolder =>
        WindowsServiceHelpers.IsWindowsService() ? AppContext.BaseDirectory : Directory.GetCurrentDirectory();

    /// <summary>Reads a folder's file, which may be missing, and the environment.</summary>
    /// <exception cref="FormatException">The file is malformed.</exception>
    public static OptionSources Load(string? folder, IReadOnlyDictionary<string, string?>? flags)
    {
        string file = Path.Combine(folder ?? UsualFolder, FileName);
        IConfigurationRoot json;
        try
        {
            json = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file), optional: true).Build();
        }
        catch (InvalidDataException exception)
        {
            throw new FormatException($"{file}: {(exception.InnerException ?? exception).Message}", exception);
        }

        return new OptionSources(
            file, json, new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build(),
            new ConfigurationBuilder().AddInMemoryCollection(flags ?? new Dictionary<string, string?>()).Build());
    }

    /// <summary>Changes options as the sources say.</summary>
    /// <param name="options">The defaults.</param>
    /// <param name="keys">How a value of each key changes them.</param>
    /// <param name="isOther">Whether a key, without hyphens and underscores, is another reader's.</param>
    /// <exception cref="FormatException">
    /// A value is malformed, or a key is unknown where all keys are this program's: in the section and on the command line.
    /// </exception>
    public T Read<T>(T options, IReadOnlyDictionary<string, Func<T, IConfigurationSection, T>> keys, Func<string, bool> isOther)
    {
        options = Read(options, keys, isOther, Json, key => $"{File}: {key}", isClosed: false);
        options = Read(options, keys, isOther, Json.GetSection(Section), key => $"{File}: {Section}:{key}", isClosed: true);
        options = Read(options, keys, isOther, Environment, key => $"The environment variable {Prefix}{key}", isClosed: false);
        return Read(options, keys, isOther, Command, key => $"--{key}", isClosed: true);
    }

    public static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException("Expected a whole number.");

    public static long Large(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException("Expected a whole number from 0.");

    public static double Real(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new FormatException("Expected a number.");

    public static bool Flag(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "1" => true,
        "FALSE" or "0" => false,
        _ => throw new FormatException("Expected true or false."),
    };

    /// <summary>A number alone is seconds; TimeSpan itself would take days.</summary>
    public static TimeSpan Time(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time)
                ? time
                : throw new FormatException("Expected seconds, such as 30, or hours:minutes:seconds.");

    private static T Read<T>(
        T options, IReadOnlyDictionary<string, Func<T, IConfigurationSection, T>> keys, Func<string, bool> isOther, IConfiguration source,
        Func<string, string> placeOf, bool isClosed)
    {
        foreach (IConfigurationSection entry in source.GetChildren())
        {
            string key = entry.Key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
            if (keys.TryGetValue(key, out Func<T, IConfigurationSection, T>? set))
            {
                options = Set(options, entry, set, placeOf);
            }
            else if (isClosed && !isOther(key))
            {
                throw new FormatException($"{placeOf(entry.Key)} is unknown. Expected one of {string.Join(", ", keys.Keys)}.");
            }
        }

        return options;
    }

    private static T Set<T>(
        T options, IConfigurationSection entry, Func<T, IConfigurationSection, T> set, Func<string, string> placeOf)
    {
        try
        {
            return set(options, entry);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new FormatException($"{placeOf(entry.Key)} is '{entry.Value}'. {exception.Message}", exception);
        }
    }
}
