namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>A store of the test's own where nodes find each other.</summary>
internal interface IStoreServer : IDisposable
{
    /// <summary>What <c>--cluster</c> takes.</summary>
    string Address { get; }

    /// <summary>Ends it at once, as a machine that loses its power does.</summary>
    void Stop();

    /// <summary>Starts it again at the same port, with what it had on the disk.</summary>
    Task RestartAsync();
}
