using System.Globalization;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Puts messages of the libraries, which speak of types, properties and parameters, into words of the command line: flags and next steps.
/// </summary>
internal static class CommandWords
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static readonly (Regex Pattern, MatchEvaluator Words)[] Table =
    [
        // Where something else than a model was given, what it is says more than which of its files is missing.
        Entry(@"\A(?<folder>[^\n]+?)[\\/]alora_config\.json is missing\.[^\n]*", Model),
        Entry(@"\AThere is no model folder (?<folder>[^\n]+?)\. Export a checkpoint into it[^\n]*", Model),
        Entry(@"\A(?<folder>[^\n]+?): expected an exported model folder with alora_config\.json[^\n]*", Model),
        Entry(@"\A(?<folder>[^\n]+?) has no config\.json\.[^\n]*", NotCheckpoint),
        Entry(@"\ACould not find (?:file|a part of the path) '(?<path>[^']*)'\.?", Missing),
        Entry(@"\AAccess to the path '(?<path>[^']*)' is denied\.?", Denied),
        Entry(@"ExecutionProvider\.LibraryPath", _ => "--provider-library"),
        Entry(@" or allow overwriting", _ => ", or give --force, which replaces it"),
        Entry(@", or set AloraModelOptions\.AllowAdaptersOfOtherBases", _ => ""),
        Entry(
            @" To keep models independent of their files, open them with AloraModelOptions\.LoadWeights = [^\n]*?\.(?=\s|\z)",
            _ => ""),
        Entry(@"context \(AloraModelOptions\.MaxContextLength\)", _ => "context (`alora export --max-context`)"),
        Entry(@"a larger AloraModelOptions\.MaxContextLength", _ => "a model that was exported with a longer context"),
        Entry(@" \(ExportOptions\.AdapterBias\)", _ => ""),
        Entry(@", give the position of the first adapted token, or set AllowMissingInvocation to get the base's numbers", _ => ""),
        Entry(
            @"\A(?<name>[A-Z][a-z]+(?:[A-Z][a-z]+)*): (?<next>expected|the model)",
            match => $"{FlagOf(match.Groups["name"].Value)}: {match.Groups["next"].Value}"),
        Entry(@" A program of yours: reference [^\n]*", _ => ""),
        Entry(
            @"Leave the device out, or ask for a provider that has devices, such as CUDA",
            _ => "Leave --device out, or give --provider cuda"),
        Entry(@"Resume it, or delete it", _ => "--resume goes on with it; or delete it"),
        Entry(@"found none\. Begin it anew", _ => "found none. Leave --resume out to begin anew"),
        Entry(
            @"\Athe options: 'target_modules' (?<what>[^\n]*?)\. Convert the adapter for the base that it was trained on\.",
            match => $"--targets {match.Groups["what"].Value}. Name modules that it adapts."),
        Entry(
            @"\A(?<name>[A-Z]\w*) \('(?<got>[^']*)'\) must be (?<rest>[^\n]*?)\.?(?: \(Parameter '[^']*'\))?"
            + @"(?:\r?\nActual value was [^\n]*)?\z",
            OutOfRange),
        Entry(@" \(Parameter '[^']*'\)", _ => ""),
        Entry(@"\r?\nActual value was (?<got>[^\n]*?)\.?(?=\n|\z)", match => $" Got {match.Groups["got"].Value}."),
        // System.Text.Json counts from 0 and in bytes.
        Entry(
            @"\s*(?:Path: (?<path>\S+) \| )?LineNumber: (?<line>\d+) \| BytePositionInLine: (?<byte>\d+)\.?",
            match => $" It is at line {Count(match, "line")}, byte {Count(match, "byte")}."),
        Entry(
            @"The requested operation requires an element of type '(?<wanted>\w+)', but the target element has type '(?<got>\w+)'",
            match => $"expected {Kind(match.Groups["wanted"].Value)}, got {Kind(match.Groups["got"].Value)}"),
        Entry(@"The given key was not present in the dictionary", _ => "a member is missing"),
        Entry(@"\[ErrorCode:\w+\] ", _ => ""),
    ];

    /// <summary>The message in the command line's words.</summary>
    public static string Of(string message)
    {
        foreach ((Regex pattern, MatchEvaluator words) in Table)
        {
            message = pattern.Replace(message, words);
        }

        return message;
    }

    private static string Model(Match match) => ModelPath.Explain(Shorten(match.Groups["folder"].Value)) ?? match.Value;

    private static string NotCheckpoint(Match match) => ModelPath.IsModel(match.Groups["folder"].Value)
        ? $"{Shorten(match.Groups["folder"].Value)} is an exported model, not a checkpoint. Give the folder or .gguf file that it was "
            + "made of."
        : match.Value;

    private static string Missing(Match match) => $"{Shorten(match.Groups["path"].Value)} does not exist. Check the path.";

    private static string Denied(Match match) =>
        $"{Shorten(match.Groups["path"].Value)} may not be read or written: it is a folder, or you lack the permission.";

    // As the user wrote it, if it lies below the working directory.
    private static string Shorten(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) || relative.Length > path.Length ? path : relative;
    }

    private static string OutOfRange(Match match)
    {
        string condition = match.Groups["rest"].Value
            .Replace("greater than or equal to", "at least", StringComparison.Ordinal)
            .Replace("less than or equal to", "at most", StringComparison.Ordinal);
        return $"{FlagOf(match.Groups["name"].Value)} must be {condition.Replace("'", "", StringComparison.Ordinal)}; "
            + $"got {match.Groups["got"].Value}.";
    }

    private static string FlagOf(string property) => property switch
    {
        "IntraOpThreads" or "Threads" => "--threads",
        "PrefillChunkSize" => "--chunk",
        "DeviceIndex" => "--device",
        "MaxContextLength" => "--max-context",
        "MaxNewTokens" => "--max-tokens",
        "LearningRate" => "--lr",
        "BatchSize" => "--batch",
        "MicroBatchSize" => "--micro-batch",
        "ClipNorm" => "--clip",
        "WarmupSteps" => "--warmup",
        "ValidationShare" => "--validation",
        "PrefixCacheBytes" => "--prefix-cache",
        "PrefixFileBytes" => "--prefix-file",
        _ => "--" + Regex.Replace(property, "(?<!^)[A-Z]", "-$0", RegexOptions.None, Limit).ToLowerInvariant(),
    };

    private static string Kind(string type) => type switch
    {
        "String" => "a text",
        "Number" => "a number",
        "Array" => "a list",
        "Object" => "an object",
        "Null" => "null",
        _ => "a truth value",
    };

    private static string Count(Match match, string group) =>
        (long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);

    private static (Regex Pattern, MatchEvaluator Words) Entry(string pattern, MatchEvaluator words) =>
        (new Regex(pattern, RegexOptions.CultureInvariant, Limit), words);
}
