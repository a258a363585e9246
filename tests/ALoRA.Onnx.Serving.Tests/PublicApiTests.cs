namespace ALoRA.Onnx.Serving.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicMembers_AreTheApprovedOnes() => PublicApi.CheckApproved(typeof(AloraEngine).Assembly);
}
