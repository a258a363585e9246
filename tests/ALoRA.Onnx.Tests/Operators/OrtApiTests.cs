using Microsoft.ML.OnnxRuntime;
using OrtApi = ALoRA.Onnx.Operators.OrtApi;

namespace ALoRA.Onnx.Tests.Operators;

[TestClass]
public sealed class OrtApiTests
{
    [TestMethod]
    public void TryGet_OnTheVersionOfTheTests_IsTheBindingsLibrary()
    {
        OrtApi? api = OrtApi.TryGet(out string? reason);
        Assert.IsNull(reason);
        Assert.AreEqual(OrtEnv.Instance().GetVersionString(), api!.Version);
    }

    [TestMethod]
    [DataRow("1.30.0", "1.30.0", "ONNX Runtime 1.30.0 is not among the versions that operators were tested with (1.31.0, 1.31.1); use one")]
    [DataRow("1.31.2", "1.31.2", "ONNX Runtime 1.31.2 is not among")]
    [DataRow("1.31.10", "1.31.10", "ONNX Runtime 1.31.10 is not among")]
    [DataRow("1.17.1", "1.31.1", "two ONNX Runtime libraries are loaded, 1.31.1 by the managed binding and 1.17.1 by its name; leave one")]
    [DataRow("1.31.0", "1.31.1", "two ONNX Runtime libraries are loaded")]
    public void Unsupported_OtherVersion_SaysWhichAndWhatToDo(string own, string bound, string reason) =>
        Assert.StartsWith(reason, OrtApi.Unsupported(own, bound)!);

    [TestMethod]
    [DataRow("1.31.0")]
    [DataRow("1.31.1")]
    public void Unsupported_TestedVersion_IsNull(string version) => Assert.IsNull(OrtApi.Unsupported(version, version));
}
