using ALoRA.Onnx.Cluster.Wire;
using Orleans.Concurrency;
using Orleans.Services;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// What servers ask each other. Every call names one server, so that no directory has to know where anything is. All but
/// <see cref="Run"/> may be repeated, and that may as well, as it names its run: a call whose answer was lost does no harm.
/// </summary>
[Alias("alora.node")]
internal interface INodeService : IGrainService
{
    /// <summary>Starts a run, unless it runs already, and waits a while for its first tokens.</summary>
    [Alias("run")]
    Task<RunBatch> Run(RunEnvelope envelope);

    /// <summary>Gives tokens of a run from an index on, and forgets those before. Waits a while for the first of them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="from">Index of the first token that the reader does not have.</param>
    [Alias("read")]
    Task<RunBatch> Read(Guid run, int from);

    /// <summary>Says that a run is still wanted although nobody reads.</summary>
    [Alias("touch")]
    [OneWay]
    Task Touch(Guid run);

    /// <summary>Ends a run.</summary>
    [Alias("cancel")]
    [OneWay]
    Task Cancel(Guid run);

    /// <summary>
    /// Fetches the rows of a conversation whose next turn is going to come here, as the server that had it stops. Says when it has them, or
    /// computes them later.
    /// </summary>
    [Alias("offer")]
    [ResponseTimeout("00:00:20")]
    Task Offer(RunEnvelope envelope);

    /// <summary>Takes what another server says of itself.</summary>
    [Alias("report")]
    [OneWay]
    Task Report(NodeReport report);
}
