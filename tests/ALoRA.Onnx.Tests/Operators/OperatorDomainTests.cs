using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OrtApi = ALoRA.Onnx.Operators.OrtApi;

namespace ALoRA.Onnx.Tests.Operators;

[TestClass]
public sealed unsafe class OperatorDomainTests
{
    [TestMethod]
    public void Compute_ThatThrows_IsAnErrorOfTheRunAlone()
    {
        int runs = 0;
        using InferenceSession session = Open(FirstOutput.MayBeFirstInput, _ => new TestKernel(context =>
        {
            if (++runs == 1)
            {
                throw new InvalidOperationException("the kernel's reason, ärgerlich");
            }

            Copy(context);
        }));
        OnnxRuntimeException exception = Assert.ThrowsExactly<OnnxRuntimeException>(() => Run(session, [1, 2]));
        Assert.Contains("the kernel's reason, ärgerlich", exception.Message);
        Assert.Contains("Test", exception.Message);
        CollectionAssert.AreEqual(new float[] { 1, 2 }, Run(session, [1, 2]));
    }

    [TestMethod]
    public void Compute_ThatThrowsALongText_GivesItsBeginning()
    {
        using InferenceSession session = Open(
            FirstOutput.OwnMemory, _ => new TestKernel(_ => throw new InvalidOperationException($"a{new string('ä', 5_000)}")));
        string message = Assert.ThrowsExactly<OnnxRuntimeException>(() => Run(session, [1])).Message;
        Assert.Contains($"a{new string('ä', 990)}", message);
        Assert.DoesNotContain("\uFFFD", message);
    }

    [TestMethod]
    public void CreateKernel_ThatThrows_IsAnErrorOfTheSession()
    {
        OnnxRuntimeException exception = Assert.ThrowsExactly<OnnxRuntimeException>(
            () => Open(FirstOutput.OwnMemory, info => throw new ArgumentException($"node {info.NodeName}: attribute 'parts'")).Dispose());
        Assert.Contains("node alora.Test/between: attribute 'parts'", exception.Message);
    }

    [TestMethod]
    public void CreateKernel_Attributes_AreTheNodes()
    {
        using InferenceSession session = Open(FirstOutput.OwnMemory, info =>
        {
            CollectionAssert.AreEqual(new long[] { 3, -1, long.MaxValue }, info.Integers("numbers"));
            Assert.IsEmpty(info.Integers("others"));
            return new TestKernel(Copy);
        });
        CollectionAssert.AreEqual(new float[] { 1 }, Run(session, [1]));
    }

    [TestMethod]
    public void ParallelFor_RunsEachTaskOnce_AndThrowsWhatOneThrew()
    {
        foreach (int threads in (int[])[1, 2])
        {
            using InferenceSession session = Open(
                FirstOutput.OwnMemory,
                _ => new TestKernel(context =>
                {
                    ReadOnlySpan<long> shape = context.Input(0).Shape;
                    float* y = (float*)context.Output(0, shape).Data;
                    new Span<float>(y, 100).Clear();
                    context.ParallelFor(&CountTask, 100, y);
                    context.ParallelFor(*(float*)context.Input(0).Data > 0 ? &FailTask : &CountTask, 100, y);
                }),
                threads);
            CollectionAssert.AreEqual(Enumerable.Repeat(-2f, 100).ToArray(), Run(session, new float[100]));
            float[] negative = new float[100];
            negative[0] = -1;
            string message = Assert.ThrowsExactly<OnnxRuntimeException>(() => Run(session, negative)).Message;
            Assert.Contains("task 17 failed", message);
        }
    }

    [TestMethod]
    public void Dispose_OfTheSession_DisposesItsKernels()
    {
        int disposed = 0;
        InferenceSession session = Open(FirstOutput.OwnMemory, _ => new TestKernel(Copy, () => disposed++));
        Assert.AreEqual(0, disposed);
        session.Dispose();
        Assert.AreEqual(1, disposed);
        Open(FirstOutput.OwnMemory, _ => new TestKernel(Copy, () => throw new InvalidOperationException("nobody hears it"))).Dispose();
    }

    [TestMethod]
    [DataRow(FirstOutput.OwnMemory, false)]
    [DataRow(FirstOutput.MayBeFirstInput, true)]
    [DataRow(FirstOutput.IsFirstInput, true)]
    public void FirstOutput_OfANodeBetweenOthers_IsWhereItWasAsked(object firstOutput, bool isInPlace)
    {
        bool wasInPlace = false;
        using InferenceSession session = Open((FirstOutput)firstOutput, _ => new TestKernel(context =>
        {
            KernelTensor input = context.Input(0);
            wasInPlace = context.Output(0, input.Shape).Data == input.Data;
            Copy(context);
        }));
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, Run(session, [1, 2, 3]));
        Assert.AreEqual(isInPlace, wasInPlace);
    }

    [TestMethod]
    public void AddTo_SessionsSideBySide_ComputeEachTheirs()
    {
        OperatorDomain domain = Domain(FirstOutput.OwnMemory, _ => new TestKernel(Copy));
        using InferenceSession one = Graph().Open(domain, threads: 1);
        using InferenceSession other = Graph().Open(domain, threads: 2);
        Parallel.For(0, 64, run => CollectionAssert.AreEqual(new float[] { run }, Run(run % 2 == 0 ? one : other, [run])));
    }

    private static void CountTask(void* counts, int task) => ((float*)counts)[task]++;

    private static void FailTask(void* counts, int task)
    {
        if (task == 17)
        {
            throw new InvalidOperationException($"task {task} failed");
        }
    }

    private static void Copy(KernelContext context)
    {
        KernelTensor input = context.Input(0);
        KernelTensor output = context.Output(0, input.Shape);
        new Span<float>(input.Data, (int)input.Shape[0]).CopyTo(new Span<float>(output.Data, (int)input.Shape[0]));
    }

    private static OperatorDomain Domain(FirstOutput firstOutput, TestOperator.Create create) =>
        new(OrtApi.TryGet(out _)!, new TestOperator("Test", firstOutput, create));

    // What a node gives may take its input's place only between two others, and ONNX Runtime keeps these.
    private static NodeGraph Graph() => new NodeGraph()
        .Input("x", TensorElementType.Float, "n").Output("y", TensorElementType.Float, "n").Node("Neg", "x", "before")
        .Node("alora.Test", "before", "between", "numbers", 3, -1, long.MaxValue).Node("Neg", "between", "y");

    private static InferenceSession Open(FirstOutput firstOutput, TestOperator.Create create, int threads = 1) =>
        Graph().Open(Domain(firstOutput, create), threads);

    private static float[] Run(InferenceSession session, float[] x)
    {
        using RunOptions options = new();
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(x, [x.Length]);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["x"], [value], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
