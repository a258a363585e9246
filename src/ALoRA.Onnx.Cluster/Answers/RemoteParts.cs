using ALoRA.Onnx.Cluster.Nodes;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Answers;

/// <summary>What every answer of another server needs.</summary>
internal sealed record RemoteParts(
    INodes Nodes, NodeTable Table, AloraClusterOptions Options, ClusterMetrics Metrics, IRowFetcher Rows, TimeProvider Time,
    ILogger Logger);
