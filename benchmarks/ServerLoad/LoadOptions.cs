namespace ALoRA.Onnx.ServerLoad;

/// <summary>What is sent, and how fast.</summary>
internal sealed record LoadOptions
{
    /// <summary>Where the server is, without /v1.</summary>
    public required Uri Url { get; init; }

    /// <summary>The models that requests name by turns: the base and adapters.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The key that is sent; null for none.</summary>
    public string? Key { get; init; }

    /// <summary>Requests in all.</summary>
    public int Requests { get; init; } = 200;

    /// <summary>Requests a second, on average: they come when they come, whether others are answered or not.</summary>
    public double Rate { get; init; } = 4;

    /// <summary>Tokens of an answer.</summary>
    public int Tokens { get; init; } = 32;

    /// <summary>Part of the requests that leave in the middle of their answer.</summary>
    public double Disconnects { get; init; }

    /// <summary>Streams that are read a byte a time, with a pause behind each.</summary>
    public int SlowReaders { get; init; }

    /// <summary>Streams that are opened and not read until the end.</summary>
    public int IdleStreams { get; init; }

    /// <summary>Part of the requests that are malformed or oversized.</summary>
    public double Malformed { get; init; }

    /// <summary>Bytes of an oversized body.</summary>
    public int OversizedBytes { get; init; } = 64 << 20;

    /// <summary>The server's process, whose memory, handles and threads are watched; null for none.</summary>
    public int? Process { get; init; }

    /// <summary>Start of the random numbers.</summary>
    public int Seed { get; init; } = 1;
}
