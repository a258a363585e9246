using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>What an adapter said about all rows, and what that took.</summary>
internal sealed class AdapterEvaluation(string adapter, AdapterKind kind)
{
    private readonly List<CertaintySample> _samples = [];

    public string Adapter { get; } = adapter;

    public AdapterKind Kind { get; } = kind;

    /// <summary>From the start of each invocation to its first token, together.</summary>
    public TimeSpan Time { get; private set; }

    /// <summary>Prompt tokens that were computed.</summary>
    public long ComputedTokens { get; private set; }

    /// <summary>Prompt tokens that were in the cache.</summary>
    public long ReusedTokens { get; private set; }

    /// <summary>Number of rows.</summary>
    public int Rows => _samples.Count;

    public double MillisecondsPerRow => Time.TotalMilliseconds / Rows;

    public IReadOnlyList<CertaintySample> Samples => _samples;

    /// <summary>
    /// How many times as fast as the LoRA the aLoRA is; null if one of them is missing or took no time that a clock shows.
    /// </summary>
    public static double? SpeedUp(IReadOnlyList<AdapterEvaluation> adapters) =>
        adapters.FirstOrDefault(adapter => adapter.Kind == AdapterKind.Alora) is { } alora
        && adapters.FirstOrDefault(adapter => adapter.Kind == AdapterKind.Lora) is { } lora
        ? MeasuredNumber.OrNull(lora.Time / alora.Time)
        : null;

    public void Add(bool isRight, Certainty certainty)
    {
        _samples.Add(new CertaintySample(isRight, certainty.Value));
        Time += certainty.Usage.TimeToFirstToken;
        ComputedTokens += certainty.Usage.ComputedTokens;
        ReusedTokens += certainty.Usage.ReusedTokens;
    }
}
