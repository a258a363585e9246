namespace ALoRA.Onnx.Export.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicMembers_AreTheApprovedOnes() => PublicApi.CheckApproved(typeof(Exporter).Assembly);
}
