namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>What works beside the server's own requests and ends with it, such as a cluster that it is a member of.</summary>
internal interface IServerPart
{
    /// <summary>Why answers are not as good as they could be, in a sentence; null where all is well.</summary>
    string? Degraded { get; }

    /// <summary>Why the server can't answer yet although it listens, in a sentence; null where it can.</summary>
    string? NotReady => null;

    /// <summary>Says that the server takes no new requests.</summary>
    void BeginDrain();

    /// <summary>Waits until nothing runs here for anyone else.</summary>
    Task WhenIdleAsync(CancellationToken cancellationToken);

    /// <summary>Gives what still runs here to others: the time is up.</summary>
    Task HandOverAsync();
}
