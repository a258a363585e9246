using System.Text;
using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class KernelPtxTests
{
    private const string Kernels = "extern \"C\" __global__ void k() {}";
    private static readonly string[] Absent = ["libalora-is-nowhere.so.13"];

    [TestMethod]
    [DataRow(75, null)]
    [DataRow(80, 80)]
    [DataRow(86, 80)]
    [DataRow(89, 80)]
    [DataRow(90, 90)]
    [DataRow(100, 90)]
    [DataRow(121, 90)]
    public void TryFind_Capability_TakesTheNewestThatTheGpuCanCompile(int capability, int? expected)
    {
        KernelPtx ptx = Of(KernelPtx.NameOf(Kernels, 80), KernelPtx.NameOf(Kernels, 90));
        Assert.AreEqual(expected is not null, ptx.TryFind(Kernels, capability, out byte[]? code, out int architecture));
        if (expected is not null)
        {
            Assert.AreEqual(expected, architecture);
            Assert.AreEqual(KernelPtx.NameOf(Kernels, architecture) + '\0', Encoding.ASCII.GetString(code!));
        }
    }

    // Those of 8.0 do not wait for the kernel in front: on a newer GPU, too, they must not start before it has ended.
    [TestMethod]
    public void TryFind_OlderOneAloneOnANewGpu_IsKnownToBeOlder()
    {
        Assert.IsTrue(Of(KernelPtx.NameOf(Kernels, 80)).TryFind(Kernels, 90, out _, out int architecture));
        Assert.AreEqual(80, architecture);
        Assert.IsFalse(CudaDevice.CanDepend(architecture));
        Assert.IsTrue(CudaDevice.CanDepend(90));
    }

    [TestMethod]
    public void TryFind_AnotherText_IsNone()
    {
        KernelPtx ptx = Of(KernelPtx.NameOf(Kernels, 80));
        Assert.IsTrue(ptx.Has(Kernels));
        Assert.IsFalse(ptx.Has(Kernels + " "));
        Assert.IsFalse(ptx.TryFind(Kernels + " ", 80, out byte[]? code, out _));
        Assert.IsNull(code);
    }

    [TestMethod]
    public void Source_WithoutNvrtcButWithPtx_LetsTheDriverCompile()
    {
        Assert.IsTrue(KernelSource.TryFind(
            Absent, Of(KernelPtx.NameOf(Kernels, 80)), Kernels, out KernelSource? source, out string? reason));
        Assert.IsNull(reason);
        Assert.IsNull(source.Compiler);
        Assert.Contains("was not found; install NVRTC", source.Problem!);
    }

    [TestMethod]
    public void Source_WithNeither_SaysWhatToInstall()
    {
        Assert.IsFalse(KernelSource.TryFind(
            Absent, Of(KernelPtx.NameOf(Kernels + "old", 80)), Kernels, out KernelSource? source, out string? reason));
        Assert.IsNull(source);
        Assert.StartsWith("CUDA's run-time compiler (libalora-is-nowhere.so.13) was not found; install NVRTC of CUDA 12 or 13", reason);
    }

    // Written by `ALoRA.Onnx.Benchmarks ptx`, which has to run again when a kernel has changed.
    [TestMethod]
    public void OfAssembly_WhateverIsThere_IsOfTheTextAsItIsNow()
    {
        KernelPtx ptx = KernelPtx.OfAssembly();
        string[] texts = [.. KernelText.All];
        CollectionAssert.IsSubsetOf(
            ptx.Names.ToArray(),
            texts.SelectMany(text => KernelPtx.Architectures.Select(architecture => KernelPtx.NameOf(text, architecture))).ToArray());
        if (ptx.Names.Count == 0)
        {
            Assert.Inconclusive("The assembly has no PTX; Operators/Cuda/README.md says how it is made.");
        }

        foreach (int architecture in KernelPtx.Architectures)
        {
            Assert.IsTrue(ptx.TryFind(texts[0], architecture, out byte[]? code, out int found));
            Assert.AreEqual(architecture, found);
            string text = Encoding.ASCII.GetString(code);
            Assert.Contains($".target sm_{architecture}", text);
            Assert.Contains(".entry shrink_f16_0", text);
            Assert.AreEqual(architecture >= 90, text.Contains("griddepcontrol", StringComparison.Ordinal));
        }
    }

    private static KernelPtx Of(params string[] names) => new(names, name => new MemoryStream(Encoding.ASCII.GetBytes(name)));
}
