using System.Diagnostics;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Resident memory of the process; nothing else runs meanwhile.</summary>
[TestClass]
[DoNotParallelize]
public sealed class MemoryTests
{
    private const long MiB = 1 << 20;

    [TestMethod]
    public async Task Invoke_TwoHundredTimes_LeavesMemoryFlat()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();

        // The just-in-time compiler goes on for a while with code that runs often, which takes some megabytes once.
        using (Conversation first = model.CreateConversation())
        {
            await first.AppendAsync(Prompts.Random(500));
            await InvokeAsync(first, 200);
        }

        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(500));
        await InvokeAsync(conversation, 20);
        long before = ResidentBytes();
        await InvokeAsync(conversation, 180);
        Assert.IsLessThanOrEqualTo(5 * MiB, ResidentBytes() - before);
    }

    [TestMethod]
    public async Task Open_SmolLm2InFloat32_TakesLittleMoreThanItsWeights()
    {
        string folder = (await SmolModel.OpenFloat32Async()).Folder;
        long weights = new FileInfo(Path.Combine(folder, "model.onnx.data")).Length;
        long before = ResidentBytes();
        using AloraModel model = await AloraModel.OpenAsync(folder);
        Assert.IsLessThanOrEqualTo((long)(1.35 * weights), ResidentBytes() - before);
    }

    private static async Task InvokeAsync(Conversation conversation, int times)
    {
        for (int i = 0; i < times; i++)
        {
            await conversation.InvokeAsync(
                i % 2 == 0 ? "certainty" : "jailbreak",
                new InvocationOptions { Generation = new GenerationOptions { MaxNewTokens = 4, IgnoreEndOfText = true } });
        }
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
