namespace ALoRA.Onnx.Server.Metrics;

/// <summary>Figures beside the server's own.</summary>
internal interface IMetricsPart
{
    /// <summary>Writes them.</summary>
    /// <param name="text">The page.</param>
    /// <param name="model">The label that says which model.</param>
    void Write(PrometheusText text, (string Name, string Value) model);
}
