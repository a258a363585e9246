namespace ALoRA.Onnx.Training.Tests;

[TestClass]
public sealed class PublicApiTests
{
    [TestMethod]
    public void PublicMembers_AreTheApprovedOnes() => PublicApi.CheckApproved(typeof(TrainingOptions).Assembly);
}
