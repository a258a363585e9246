using Orleans.Runtime.Services;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>How other servers are asked.</summary>
internal interface INodes
{
    /// <summary>A server, whether or not it is there.</summary>
    INodeService At(SiloAddress node);
}

/// <summary>Orleans' messages.</summary>
internal sealed class NodeClient(IServiceProvider services) : GrainServiceClient<INodeService>(services), INodes
{
    /// <inheritdoc/>
    public INodeService At(SiloAddress node) => GetGrainService(node);
}
