using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ALoRA.Onnx;

/// <summary>Names of the library's traces and metrics; both cost nothing while nobody listens.</summary>
public static class AloraDiagnostics
{
    /// <summary>Name of the <see cref="ActivitySource"/> and of the <see cref="Meter"/>.</summary>
    public const string Name = "ALoRA.Onnx";

    internal const string AdapterTag = "alora.adapter";

    internal static ActivitySource Activities { get; } = new(Name);

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Reused =
        Meter.CreateCounter<long>("alora.tokens.reused", "{token}", "Prompt tokens taken from the KV cache.");
    private static readonly Counter<long> Computed =
        Meter.CreateCounter<long>("alora.tokens.computed", "{token}", "Prompt tokens computed.");
    private static readonly Counter<long> Generated = Meter.CreateCounter<long>("alora.tokens.generated", "{token}", "Tokens generated.");
    private static readonly Histogram<double> FirstToken =
        Meter.CreateHistogram<double>("alora.time_to_first_token", "s", "From the start of an operation to its first token.");
    private static readonly Histogram<double> PerToken =
        Meter.CreateHistogram<double>("alora.time_per_token", "s", "Mean time of the tokens after the first of an operation.");

    /// <summary>Starts the trace of an operation.</summary>
    internal static Activity? Start(string operation, string? adapter = null)
    {
        Activity? activity = Activities.StartActivity(operation);
        if (adapter is not null)
        {
            activity?.SetTag(AdapterTag, adapter);
        }

        return activity;
    }

    /// <summary>Records the figures of a finished operation.</summary>
    internal static void Record(Activity? activity, TokenUsage usage, string? adapter)
    {
        TagList tags = adapter is null ? default : new TagList { { AdapterTag, adapter } };
        Reused.Add(usage.ReusedTokens, tags);
        Computed.Add(usage.ComputedTokens, tags);
        if (usage.GeneratedTokens > 0)
        {
            Generated.Add(usage.GeneratedTokens, tags);
            FirstToken.Record(usage.TimeToFirstToken.TotalSeconds, tags);
        }

        if (usage.GeneratedTokens > 1)
        {
            PerToken.Record(usage.TimePerToken.TotalSeconds, tags);
        }

        activity?.SetTag("alora.tokens.reused", usage.ReusedTokens);
        activity?.SetTag("alora.tokens.computed", usage.ComputedTokens);
        activity?.SetTag("alora.tokens.generated", usage.GeneratedTokens);
    }
}
