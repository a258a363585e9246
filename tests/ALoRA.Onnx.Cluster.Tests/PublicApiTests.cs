namespace ALoRA.Onnx.Cluster.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicMembers_AreTheApprovedOnes() => PublicApi.CheckApproved(typeof(AloraCluster).Assembly);
}
