namespace ALoRA.Onnx.Server.Metrics;

/// <summary>What is measured of requests. Thread-safe.</summary>
internal sealed class ServerMetrics(TimeProvider time)
{
    public TimeProvider Time { get; } = time;

    public void FirstToken(TimeSpan time, RequestRecord request)
    {
    }

    public void BetweenTokens(TimeSpan time)
    {
    }

    public void Answered(RequestRecord request, FinishReason? reason, TokenUsage usage)
    {
    }
}
