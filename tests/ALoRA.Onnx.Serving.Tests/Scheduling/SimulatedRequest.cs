using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

/// <summary>A request of a simulated engine: what it is, and how far it has come.</summary>
internal sealed class SimulatedRequest
{
    public int Tenant { get; init; }

    public int Adapter { get; init; }

    public required int Prompt { get; init; }

    public required int Answer { get; init; }

    public int Activation { get; init; }

    /// <summary>Step in which it arrives.</summary>
    public int Arrives { get; init; }

    /// <summary>Rows that it finds when it is admitted, the first time and after a preemption.</summary>
    public int Found { get; init; }

    /// <summary>Steps in which its reader does not read.</summary>
    public Range Rests { get; init; }

    /// <summary>Step in which it is cancelled.</summary>
    public int Cancelled { get; init; } = int.MaxValue;

    /// <summary>Number, among all requests, of an earlier one with the same prefix; -1 for none.</summary>
    public int SharesWith { get; init; } = -1;

    /// <summary>Tokens that its constraint adds at once behind each token; 0 for none.</summary>
    public int Forced { get; init; }

    public long Arrival { get; set; }

    public int Index { get; set; }

    public int Generated { get; set; }

    public int Computed { get; set; }

    public int Held { get; set; }

    public long LastServed { get; set; }

    public long Admitted { get; set; } = -1;

    public long Ended { get; set; } = -1;

    public long RowsServed { get; set; }

    /// <summary>Steps in a row in which it could have decoded and did not.</summary>
    public int Passed { get; set; }

    public int Length => Prompt + Generated;

    public bool RestsAt(long step) => step >= Rests.Start.Value && step < Rests.End.Value;

    public ScheduledRequest View(int tenant, long step, int prefixOf) => new()
    {
        Arrival = Arrival,
        Tenant = tenant,
        Adapter = Adapter,
        Length = Length,
        Computed = Held > 0 ? Computed : Math.Min(Found, Length - 1),
        ActivationStart = Activation,
        HeldRows = Held,
        IsParked = RestsAt(step),
        PrefixOf = prefixOf,
        PrefixRows = prefixOf < 0 ? 0 : Prompt / 2,
        MaxNewTokens = Answer - Generated,
        ArrivalStep = Arrives,
        LastServed = LastServed,
    };
}
