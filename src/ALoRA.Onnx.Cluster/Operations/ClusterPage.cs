using ALoRA.Onnx.Cluster.Answers;
using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Transfer;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Metrics;

namespace ALoRA.Onnx.Cluster.Operations;

/// <summary>Figures of the cluster, as this server sees it.</summary>
internal sealed class ClusterPage(
    NodeTable table, ClusterState state, LoadLedger ledger, HostedRuns runs, ClusterMetrics metrics, RowFetcher rows)
    : IMetricsPart
{
    private const string Gauge = "gauge";
    private const string Counter = "counter";

    /// <inheritdoc/>
    public void Write(PrometheusText text, (string Name, string Value) model)
    {
        text.Single("alora_cluster_members", Gauge, "Servers of the cluster that are alive, this one among them.", table.Members.Count);
        text.Single(
            "alora_cluster_degraded", Gauge, "1 while the store can't be reached or this server is no member.",
            state.StoreProblem is null && state.Lost is null ? 0 : 1);
        text.Metric("alora_cluster_load", Gauge, "What each server has to do: about the tokens of its answers that are to come.");
        if (table.Self is { } self)
        {
            text.Value("alora_cluster_load", ledger.Load, ("server", $"{self.Endpoint}"));
        }

        foreach (NodeReport report in table.Reports)
        {
            text.Value("alora_cluster_load", report.Load, ("server", $"{report.Node.Endpoint}"));
        }

        text.Single("alora_cluster_hosted_requests", Gauge, "Requests of other servers that run here.", runs.Unfinished, model);
        text.Metric("alora_cluster_requests_total", Counter, "Answers that clients of this server got, by where they were computed.");
        text.Value("alora_cluster_requests_total", metrics.LocalRequests, model, ("place", "here"));
        text.Value("alora_cluster_requests_total", metrics.RemoteRequests, model, ("place", "elsewhere"));
        text.Metric("alora_cluster_moves_total", Counter, "Times that a running request went to another server, by the cause.");
        text.Value("alora_cluster_moves_total", metrics.Resumed, model, ("cause", "died"));
        text.Value("alora_cluster_moves_total", metrics.HandedOver, model, ("cause", "stopped"));
        text.Value("alora_cluster_moves_total", metrics.Refused, model, ("cause", "refused"));
        text.Single(
            "alora_cluster_fetched_rows_total", Counter, "Rows of prompts that came from other servers.", rows.Rows, model);
        text.Histogram("alora_cluster_pause_seconds", "Of a request that went on elsewhere, until its next token.", metrics.Pauses, model);
    }
}
