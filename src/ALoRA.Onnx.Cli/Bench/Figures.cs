namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Names of what is measured.</summary>
internal static class Figures
{
    public const string Open = "open";
    public const string Resident = "resident memory of opening";
    public const string Allocated = "weights, cache and adapters";
    public const string Prefill = "prefill";
    public const string Decode = "decode";

    /// <summary>Tokens a second of an answer under the adapter, behind its invocation.</summary>
    public const string AdaptedDecode = "decode, adapted";

    public const string MemoryRead = "memory read";

    /// <summary>Bytes that a decode has to read a second ÷ bytes that the memory gives a second.</summary>
    public const string DecodeShare = "decode, share of memory read";

    /// <summary>Bytes that a decode has to read a second, where what the memory gives is not measured.</summary>
    public const string DecodeRead = "decode, read from memory";

    /// <summary>The intrinsic's time to first token on the base's cache.</summary>
    public const string AsAlora = "intrinsic as aLoRA";

    /// <summary>Its time to first token where everything has to be computed again.</summary>
    public const string AsLora = "intrinsic as LoRA";

    /// <summary>Time of one intrinsic with its whole answer.</summary>
    public static string Alone { get; } = $"one intrinsic, {BenchmarkPlan.AnswerTokens} tokens";

    /// <summary>Time until each of several intrinsics in one fan-out has its first token.</summary>
    public static string FirstOfAll(int count) => $"first tokens of {count} at once";

    /// <summary>Time of several intrinsics in one fan-out with their whole answers.</summary>
    public static string Together(int count) => $"{count} intrinsics at once, {BenchmarkPlan.AnswerTokens} tokens";
}
