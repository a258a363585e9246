namespace ALoRA.Onnx.Extensions.AI.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicMembers_AreTheApprovedOnes() => PublicApi.CheckApproved(typeof(AloraChatClient).Assembly);
}
