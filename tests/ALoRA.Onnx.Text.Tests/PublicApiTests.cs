namespace ALoRA.Onnx.Text.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicMembers_AreTheApprovedOnes() => PublicApi.CheckApproved(typeof(HfTokenizer).Assembly);
}
