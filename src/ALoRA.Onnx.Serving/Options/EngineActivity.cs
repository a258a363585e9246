namespace ALoRA.Onnx.Serving;

/// <summary>What an <see cref="AloraEngine"/> does at one moment, for whoever looks on. Immutable, thread-safe.</summary>
public sealed record EngineActivity
{
    /// <summary>Its requests in the order of arrival, those that wait, too.</summary>
    public IReadOnlyList<EngineRequestState> Requests { get; init; } = [];

    /// <summary>The last steps, 64 at most, the oldest first.</summary>
    public IReadOnlyList<EngineStep> Steps { get; init; } = [];
}
