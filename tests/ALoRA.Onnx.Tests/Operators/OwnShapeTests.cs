using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OrtApi = ALoRA.Onnx.Operators.OrtApi;

namespace ALoRA.Onnx.Tests.Operators;

[TestClass]
public sealed unsafe class OwnShapeTests
{
    [TestMethod]
    public void FirstOutput_OfAnotherShape_IsLearntWhenTheNodeRuns()
    {
        bool wasInPlace = false;
        TestOperator twice = new("Test", FirstOutput.OwnShape, _ => new TestKernel(context =>
        {
            KernelTensor input = context.Input(0);
            int count = (int)input.Shape[0];
            KernelTensor output = context.Output(0, [2L * count]);
            wasInPlace |= output.Data == input.Data;
            Span<float> values = new(output.Data, 2 * count);
            new Span<float>(input.Data, count).CopyTo(values);
            new Span<float>(input.Data, count).CopyTo(values[count..]);
        }));
        NodeGraph graph = new NodeGraph()
            .Input("x", TensorElementType.Float, "n").Output("y", TensorElementType.Float, "m").Node("Neg", "x", "before")
            .Node("alora.Test", "before", "between").Node("Neg", "between", "y");
        using InferenceSession session = graph.Open(new OperatorDomain(OrtApi.TryGet(out _)!, twice), threads: 1);
        foreach (float[] x in (float[][])[[1, 2, 3], [4], [5, 6, 7, 8, 9]])
        {
            using RunOptions options = new();
            using OrtValue value = OrtValue.CreateTensorValueFromMemory(x, [x.Length]);
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["x"], [value], ["y"]);
            CollectionAssert.AreEqual((float[])[.. x, .. x], results[0].GetTensorDataAsSpan<float>().ToArray());
        }

        Assert.IsFalse(wasInPlace);
    }
}
