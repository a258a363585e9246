using System.Text.Json.Nodes;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Operators;
using ALoRA.Onnx.Operators.Cpu;
using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// Machines and folders on which operators of our own cannot be used: the answers are those of the plain graph, and one line says why.
/// </summary>
[TestClass]
public sealed class OperatorFallbackTests
{
    private const int Used = 30;
    private const int NotUsed = 31;
    private const string ExportAgain = "export the model again";

    private static readonly string[] Absent = ["libalora-is-nowhere.so.13"];
    private static readonly GenerationOptions Twelve = new() { Temperature = 0, MaxNewTokens = 12, IgnoreEndOfText = true };

    [TestMethod]
    public async Task Open_FolderWithoutTheGraph_ComputesAsBeforeAndSaysSo() => await ChangeAsync(
        "exported without them", ExportAgain, manifest => manifest["graphs"]!.AsObject().Remove("fused"));

    [TestMethod]
    public async Task Open_OperatorsOfAnotherVersion_ComputesAsBeforeAndSaysSo() => await ChangeAsync(
        "version 2", "update ALoRA.Onnx", manifest => manifest["operators"]!["version"] = 2);

    [TestMethod]
    public async Task Open_OperatorsOfAnotherProvider_ComputesAsBeforeAndSaysSo() => await ChangeAsync(
        "'cuda'", "float32 for cpu", manifest => manifest["operators"]!["provider"] = "cuda");

    [TestMethod]
    public async Task Open_GraphIsMissing_ComputesAsBeforeAndSaysSo() => await ChangeAsync(
        "nowhere.onnx is missing", ExportAgain, manifest => manifest["graphs"]!["fused"] = "nowhere.onnx");

    [TestMethod]
    public async Task Open_GraphOfTheBaseInItsPlace_ComputesAsBeforeAndSaysSo() => await ChangeAsync(
        "'adapter_slot' is missing", ExportAgain,
        manifest => (manifest["graphs"]!["fused"], manifest["graphs"]!["fused_bfloat16"]) = ("base.onnx", "base.onnx"));

    [TestMethod]
    [DataRow("", DisplayName = "empty")]
    [DataRow("this is no graph", DisplayName = "text")]
    [DataRow(null, DisplayName = "cut in half")]
    public async Task Open_GraphDoesNotLoad_ComputesAsBeforeAndSaysSo(string? content) => await ChangeAsync(
        "fused", "Export the model again", _ => { }, folder =>
        {
            foreach (string path in Directory.GetFiles(folder, "fused*.onnx"))
            {
                byte[] bytes = File.ReadAllBytes(path);
                File.WriteAllBytes(path, content is null ? bytes[..(bytes.Length / 2)] : System.Text.Encoding.ASCII.GetBytes(content));
            }
        });

    [TestMethod]
    public async Task Open_GraphCannotBeRead_ComputesAsBeforeAndSaysSo()
    {
        List<FileStream> locks = [];
        try
        {
            await ChangeAsync("fused", "used by another process", _ => { }, folder => locks.AddRange(
                Directory.GetFiles(folder, "fused*.onnx").Select(
                    path => new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))));
        }
        finally
        {
            locks.ForEach(file => file.Dispose());
        }
    }

    [TestMethod]
    public async Task Open_GraphHasAnOperatorThatNobodyKnows_ComputesAsBeforeAndSaysSo() => await ChangeAsync(
        "LoraSum", "Export the model again", _ => { }, folder =>
        {
            foreach (string path in Directory.GetFiles(folder, "fused*.onnx"))
            {
                byte[] bytes = File.ReadAllBytes(path);
                for (int at; (at = bytes.AsSpan().IndexOf("LoraAdd"u8)) >= 0;)
                {
                    "LoraSum"u8.CopyTo(bytes.AsSpan(at));
                }

                File.WriteAllBytes(path, bytes);
            }
        });

    [TestMethod]
    public async Task Source_VersionThatIsNotOnTheList_ComputesAsBeforeAndSaysSo() => await WithoutAsync(
        () => OperatorSupport.Make(CpuOperators.Create, Find(["1.2.3", "1.2.4"], null)),
        "is not among the versions that operators were tested with (1.2.3, 1.2.4)", "use one of them");

    [TestMethod]
    public async Task Source_LibraryIsNotTheBindings_ComputesAsBeforeAndSaysSo() => await WithoutAsync(
        () => OperatorSupport.Make(CpuOperators.Create, Find(["1.2.3"], "1.2.3")),
        "two ONNX Runtime libraries are loaded, 1.2.3 by the managed binding", "leave one of them in the program's folder");

    [TestMethod]
    public async Task Source_SelfTestGivesOtherNumbers_ComputesAsBeforeAndSaysSo() => await WithoutAsync(
        () => OperatorSupport.Make(api =>
        {
            OperatorDomain domain = new(api, new WrongAdd(TensorElementType.Float), new WrongAdd(TensorElementType.BFloat16));
            LoraAddSelfTest.Run(domain);
            return domain;
        }),
        "their self-test on the CPU gave", "report this with the name of the processor");

    [TestMethod]
    public async Task Source_NoDriverOfCuda_ComputesAsBeforeAndSaysSo() => await WithoutAsync(
        () => OperatorSupport.Make(_ => throw new CudaException(
            CudaDriver.TryLoad(Absent, out CudaDriver? _, out string? reason) ? "" : reason)),
        "CUDA's driver (libalora-is-nowhere.so.13) was not found", "install NVIDIA's driver");

    [TestMethod]
    public async Task Source_NoRunTimeCompilerOfCuda_ComputesAsBeforeAndSaysSo() => await WithoutAsync(
        () => OperatorSupport.Make(_ => throw new CudaException(
            KernelCompiler.TryLoad(Absent, out KernelCompiler? _, out string? reason) ? "" : reason)),
        "CUDA's run-time compiler (libalora-is-nowhere.so.13) was not found", "install NVRTC of CUDA 12 or 13");

    // Of the two graphs one is asked for while the other is being refused.
    [TestMethod]
    public async Task TryOpen_BothGraphsAtOnce_SaysItOnce()
    {
        using MessageLog log = new();
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { LoggerFactory = log });
        FusedGraphs fused = model.Loaded.Session.Fused;
        using ManualResetEventSlim asked = new();
        Task<bool>? other = null;
        fused.Source = () =>
        {
            other = Task.Run(() =>
            {
                asked.Set();
                return fused.TryOpen(TensorElementType.BFloat16) is null;
            });
            asked.Wait();
            return OperatorSupport.Make(_ => throw new InvalidOperationException("they are not there; get them"));
        };
        Assert.IsNull(fused.TryOpen(TensorElementType.Float));
        Assert.IsTrue(await other!);
        Assert.AreEqual(1, log.Messages.Count(message => message.Id == NotUsed));
    }

    [TestMethod]
    public async Task Opened_OtherGraphWasRefusedSince_IsStillThere()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        FusedGraphs fused = model.Loaded.Session.Fused;
        Assert.IsNotNull(fused.TryOpen(TensorElementType.BFloat16));
        fused.Source = () => OperatorSupport.Make(_ => throw new InvalidOperationException("they are gone"));
        Assert.IsNull(fused.TryOpen(TensorElementType.Float));
        Assert.IsTrue(fused.IsRefused);
        Assert.IsNotNull(fused.Opened(TensorElementType.BFloat16));
    }

    private static OperatorSupport.FindApi Find(string[] tested, string? bound) =>
        (out string? reason) => OrtApi.TryGet(tested, bound, out reason);

    private static async Task WithoutAsync(Func<OperatorSupport> source, string reason, string advice)
    {
        using MessageLog log = new();
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { LoggerFactory = log });
        model.Loaded.Session.Fused.Source = source;
        await FallsBackAsync(model, log, reason, advice);
    }

    private static async Task ChangeAsync(string reason, string advice, Action<JsonObject> change, Action<string>? damage = null)
    {
        using TemporaryFolder folder = new();
        string demo = await DemoModel.FolderAsync();
        foreach (string path in Directory.EnumerateFiles(demo, "*", SearchOption.AllDirectories))
        {
            string copy = folder[Path.GetRelativePath(demo, path)];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        JsonObject manifest = JsonNode.Parse(await File.ReadAllTextAsync(folder[ModelManifest.FileName]))!.AsObject();
        change(manifest);
        await File.WriteAllTextAsync(folder[ModelManifest.FileName], manifest.ToJsonString());
        damage?.Invoke(folder.Path);
        using MessageLog log = new();
        using AloraModel model = AloraModel.Open(folder.Path, new AloraModelOptions { LoggerFactory = log });
        await FallsBackAsync(model, log, reason, advice);
    }

    private static async Task FallsBackAsync(AloraModel model, MessageLog log, string reason, string advice)
    {
        using AloraModel twin = await DemoModel.OpenOwnAsync(new AloraModelOptions { Operators = OperatorUse.Off });
        foreach (string name in (string[])["certainty", "jailbreak-lora", "certainty"])
        {
            CollectionAssert.AreEqual(await AnswersAsync(twin, name), await AnswersAsync(model, name), name);
        }

        string said = log.Messages.Single(message => message.Id == NotUsed).Text;
        Assert.Contains(reason, said);
        Assert.Contains(advice, said);
        Assert.IsFalse(log.Messages.Any(message => message.Id == Used), said);
        Assert.AreEqual(0, model.Loaded.Session.Tables.Bytes);
    }

    private static async Task<int[]> AnswersAsync(AloraModel model, string adapter)
    {
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Prompts.Random(30));
        InvocationOptions options = new() { Generation = Twelve };
        List<int> tokens = [.. (await conversation.InvokeAsync(adapter, options)).Tokens];
        foreach (IntrinsicResult result in await conversation.InvokeAllAsync(
            [new AdapterInvocation("certainty", options), new AdapterInvocation("answerability", options)]))
        {
            tokens.AddRange(result.Tokens);
        }

        return [.. tokens];
    }

    /// <summary>Leaves the adapter out.</summary>
    private sealed class WrongAdd(TensorElementType weights) : OperatorDefinition
    {
        public override string Name => "LoraAdd";

        public override string Provider => "CPUExecutionProvider";

        public override IReadOnlyList<OperatorValue> Inputs { get; } = new LoraAdd(weights).Inputs;

        public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(TensorElementType.Float)];

        public override FirstOutput FirstOutput => FirstOutput.OwnMemory;

        public override OperatorKernel CreateKernel(KernelInfo info) => new Kernel();

        private sealed class Kernel : OperatorKernel
        {
            public override unsafe void Compute(KernelContext context)
            {
                KernelTensor from = context.Input(0);
                int count = (int)(from.Shape[0] * from.Shape[1]);
                new ReadOnlySpan<float>(from.Data, count).CopyTo(new Span<float>(context.Output(0, from.Shape).Data, count));
            }
        }
    }
}
