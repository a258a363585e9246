using ALoRA.Onnx.Server.Metrics;

namespace ALoRA.Onnx.Server.Tests.Metrics;

[TestClass]
public sealed class PrometheusTextTests
{
    [TestMethod]
    public void Single_Labels_AreEscaped()
    {
        PrometheusText text = new();

        text.Single("alora_x", "gauge", "What it is.", 1.5, ("name", "a\\b\"c\nd"), ("other", "e"));

        Assert.AreEqual(
            "# HELP alora_x What it is.\n# TYPE alora_x gauge\nalora_x{name=\"a\\\\b\\\"c\\nd\",other=\"e\"} 1.5\n", text.ToString());
    }

    [TestMethod]
    public void Histogram_CountsWhatIsAtMostAsLargeAsEachBound()
    {
        Distribution distribution = new([0.1, 1]);
        foreach (double seconds in (double[])[0.05, 0.1, 0.5, 2, 3])
        {
            distribution.Add(TimeSpan.FromSeconds(seconds));
        }

        PrometheusText text = new();
        text.Histogram("alora_t", "Time.", distribution, ("m", "x"));

        Assert.AreEqual(
            "# HELP alora_t Time.\n# TYPE alora_t histogram\n"
            + "alora_t_bucket{m=\"x\",le=\"0.1\"} 2\nalora_t_bucket{m=\"x\",le=\"1\"} 3\nalora_t_bucket{m=\"x\",le=\"+Inf\"} 5\n"
            + "alora_t_sum{m=\"x\"} 5.65\nalora_t_count{m=\"x\"} 5\n",
            text.ToString());
    }
}
