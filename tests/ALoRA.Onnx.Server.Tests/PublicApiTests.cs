namespace ALoRA.Onnx.Server.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicMembers_AreTheApprovedOnes() => PublicApi.CheckApproved(typeof(AloraServer).Assembly);
}
