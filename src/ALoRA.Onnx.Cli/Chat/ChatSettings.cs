using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>How a chat answers, as <c>/set</c> changes it.</summary>
/// <param name="options">Numbers of sampling at the beginning.</param>
/// <param name="certainty">The adapter whose certainty is shown behind each answer; null for none.</param>
internal sealed class ChatSettings(GenerationOptions options, string? certainty)
{
    private const string MaxTokens = "max_tokens";
    private const string Seed = "seed";
    private const string Off = "off";

    public GenerationOptions Options { get; private set; } = options;

    public string? Certainty { get; private set; } = certainty;

    /// <summary>Names of what can be set.</summary>
    public static IEnumerable<string> Names =>
        [MaxTokens, Seed, "certainty", .. GenerationParameters.All.Select(parameter => parameter.Name)];

    /// <summary>All settings, one a line.</summary>
    public string Describe() => string.Join('\n', Names.Select(name => $"{name,-22} {ValueOf(name)}"));

    /// <summary>Sets one.</summary>
    /// <param name="name">Its name; dashes are as good as underscores.</param>
    /// <param name="value">Its value, or <c>off</c> for what the model has by itself.</param>
    /// <param name="adapterOf">Finds an adapter by name.</param>
    /// <exception cref="ArgumentException">There is no such setting, or it can't be that.</exception>
    public void Set(string name, string value, Func<string, string> adapterOf)
    {
        string key = name.TrimStart('-').Replace('-', '_').ToLowerInvariant();
        bool isOff = value.Equals(Off, StringComparison.OrdinalIgnoreCase);
        switch (key)
        {
            case MaxTokens:
                Options = Options with
                {
                    MaxNewTokens = isOff
                        ? null
                        : (int)Number(key, value, number => number >= 1 && number <= int.MaxValue, "a number of at least 1"),
                };
                break;
            case Seed:
                Options = Options with { Seed = isOff ? null : (long)Number(key, value, double.IsInteger, "a whole number") };
                break;
            case "certainty":
                Certainty = isOff ? null : adapterOf(value.Equals("on", StringComparison.OrdinalIgnoreCase) ? key : value);
                break;
            default:
                GenerationParameter parameter = GenerationParameters.All.FirstOrDefault(known => known.Name == key)
                    ?? throw new ArgumentException($"There is no setting {name}. See /set.{NearMiss.Question(key, Names)}");
                Options = parameter.Set(
                    Options, isOff ? parameter.Default : Number(key, value, parameter.IsInRange, $"a number {parameter.Range}"));
                break;
        }
    }

    private string ValueOf(string name) => name switch
    {
        MaxTokens => Text(Options.MaxNewTokens),
        Seed => Text(Options.Seed),
        "certainty" => Certainty ?? Off,
        _ => Text(GenerationParameters.All.First(parameter => parameter.Name == name).Get(Options)),
    };

    private static string Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture) ?? "as the model has it";

    private static double Number(string name, string text, Predicate<double> isTaken, string expected) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && isTaken(number)
            ? number
            : throw new ArgumentException($"{name} must be {expected}, or off; got {text}.");
}
