namespace ALoRA.Onnx.Serving;

/// <summary>How far a request of an <see cref="AloraEngine"/> is at one moment, without its text. Immutable, thread-safe.</summary>
public sealed record EngineRequestState
{
    /// <summary>Its number, counted from 1 in the order in which requests were submitted.</summary>
    public long Number { get; init; }

    /// <summary>Who asks, as <see cref="EngineRequest.Tenant"/> names it; null for everyone who names none.</summary>
    public string? Tenant { get; init; }

    /// <summary>Name of the adapter that answers; null for the base.</summary>
    public string? Adapter { get; init; }

    /// <summary>What it does.</summary>
    public EngineRequestPhase Phase { get; init; }

    /// <summary>Tokens of its prompt.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Of them, those whose rows were found when it first got a place; 0 before.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Rows of keys and values that it has now, found or computed; 0 while it has no place.</summary>
    public int Rows { get; init; }

    /// <summary>Tokens generated so far.</summary>
    public int GeneratedTokens { get; init; }

    /// <summary>Time since it was submitted.</summary>
    public TimeSpan Age { get; init; }
}
