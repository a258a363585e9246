using System.Globalization;
using ALoRA.Onnx.EndToEnd.Tests.Processes;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Cases;

/// <summary>Faults that were found in what a model keeps: files, rows of the cache, memory.</summary>
[TestClass]
public sealed class StateCases
{
    private static readonly GenerationOptions Twelve = new() { MaxNewTokens = 12, Temperature = 0, IgnoreEndOfText = true };

    [TestMethod]
    [DataRow(false, DisplayName = "06-ids-of-another-prompt")]
    [DataRow(true, DisplayName = "07-rows-of-zeros")]
    public async Task LoadedFile_WithOthersIds_ChangesNoOtherConversation(bool clearsRows)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 64 << 20 });
        AloraModel clean = await DemoModel.OpenAsync();
        using TemporaryFolder temporary = new();
        int[] victim = Encode(clean, "What is 47 + 38?");
        int[] evil = Encode(clean, "What is 12 + 50?");
        int count = Math.Min(victim.Length, evil.Length);
        using (Conversation saved = clean.CreateConversation())
        {
            await saved.PromptAsync(evil.AsMemory(0, count));
            await saved.SaveAsync(temporary["saved"]);
        }

        byte[] bytes = await File.ReadAllBytesAsync(temporary["saved"]);
        int data = 8 + (int)BitConverter.ToInt64(bytes, 0);
        Buffer.BlockCopy(victim, 0, bytes, data, 4 * count);
        if (clearsRows)
        {
            Array.Clear(bytes, data + (4 * count), bytes.Length - data - (4 * count));
        }

        await File.WriteAllBytesAsync(temporary["saved"], bytes);
        using (Conversation loaded = await model.LoadConversationAsync(temporary["saved"]))
        {
            await loaded.AppendAsync(new[] { 70 });
            using Conversation fork = loaded.Fork();
            await fork.AppendAsync(new[] { 71, 72 });
            await fork.GenerateToEndAsync(Twelve);
            await loaded.PromptAsync((int[])[.. victim, 70, 71, 72]);
            Assert.IsGreaterThan(0, loaded.Length);
        }

        using Conversation other = model.CreateConversation();
        using Conversation untouched = clean.CreateConversation();
        Assert.AreEqual(0, (await other.PromptAsync(victim)).ReusedTokens);
        await untouched.PromptAsync(victim);
        Assert.AreEqual((await untouched.GenerateToEndAsync(Twelve)).Text, (await other.GenerateToEndAsync(Twelve)).Text);
    }

    [TestMethod]
    public async Task LoadedFile_RewoundBeforeItsRows_SharesWhatItComputesItself()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 64 << 20 });
        using TemporaryFolder temporary = new();
        using Conversation saved = model.CreateConversation();
        await saved.AppendAsync(Prompts.Random(40));
        await saved.SaveAsync(temporary["saved"]);
        using Conversation loaded = await model.LoadConversationAsync(temporary["saved"]);
        loaded.Rewind(0);
        await loaded.AppendAsync(Prompts.Random(40, 5));
        using Conversation other = model.CreateConversation();
        Assert.IsGreaterThan(30, (await other.PromptAsync(Prompts.Random(41, 5))).ReusedTokens);
    }

    [TestMethod]
    [DataRow(true, WeightLoading.Map, DisplayName = "12-weights-cut-while-open")]
    [DataRow(true, WeightLoading.Copy, DisplayName = "12-weights-cut-while-open, copied")]
    [DataRow(false, WeightLoading.Map, DisplayName = "13-weights-overwritten-while-open")]
    [DataRow(false, WeightLoading.Copy, DisplayName = "13-weights-overwritten-while-open, copied")]
    public async Task Weights_ChangedWhileOpen_GiveTheSameOrAnError(bool isCut, WeightLoading loading)
    {
        using TemporaryFolder temporary = new();
        string folder = Copy(await DemoModel.FolderAsync(), temporary["model"]);
        using AloraModel model = await AloraModel.OpenAsync(folder, new AloraModelOptions { LoadWeights = loading });
        AloraModel good = await DemoModel.OpenAsync();
        using (FileStream file = OpenUnasked(Path.Combine(folder, "model.onnx.data")))
        {
            if (isCut)
            {
                file.SetLength(4096);
            }
            else
            {
                file.Write(new byte[file.Length]);
            }
        }

        using Conversation conversation = model.CreateConversation();
        if (loading == WeightLoading.Map)
        {
            ModelFormatException exception = await Assert.ThrowsExactlyAsync<ModelFormatException>(
                () => conversation.AppendAsync(Prompts.Random(20)));
            Assert.Contains("model.onnx.data", exception.Message);
            Assert.AreEqual(0, conversation.Length);
            await Assert.ThrowsExactlyAsync<ModelFormatException>(
                () => conversation.InvokeAsync("certainty", new() { InstructionTokens = [7] }));
            return;
        }

        using Conversation expected = good.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(20));
        await expected.AppendAsync(Prompts.Random(20));
        CollectionAssert.AreEqual(
            (await expected.GenerateToEndAsync(Twelve)).Tokens.ToArray(), (await conversation.GenerateToEndAsync(Twelve)).Tokens.ToArray());
        InvocationOptions four = new() { Generation = Twelve with { MaxNewTokens = 4 } };
        CollectionAssert.AreEqual(
            (await expected.InvokeAsync("certainty", four)).Tokens.ToArray(),
            (await conversation.InvokeAsync("certainty", four)).Tokens.ToArray());
        AdapterInvocation[] two = [new("certainty", four), new("jailbreak", four)];
        CollectionAssert.AreEqual(
            (await expected.InvokeAllAsync(two)).SelectMany(result => result.Tokens).ToArray(),
            (await conversation.InvokeAllAsync(two)).SelectMany(result => result.Tokens).ToArray());
    }

    [TestMethod]
    [DataRow("forks", DisplayName = "18-hundred-forks")]
    [DataRow("forks-that-append", DisplayName = "18-hundred-forks, each with a token of its own")]
    [DataRow("forks-of-forks", DisplayName = "18-hundred-forks, of which each is forked from the last")]
    public async Task HundredForks_OfFourThousandTokens_HoldTheRowsInCommonOnceAndGiveMemoryBack(string what)
    {
        (long before, long most, long after, long rows) = await MeasureAsync(what, 100);
        Assert.IsLessThan(10 * rows, most - before);
        Assert.IsLessThanOrEqualTo(1.15 * before, after, $"{before} before");
    }

    [TestMethod]
    public async Task ManyConversations_Disposed_GiveMemoryBack()
    {
        int count = int.TryParse(
            Environment.GetEnvironmentVariable("ALORA_SOAK_CONVERSATIONS"), CultureInfo.InvariantCulture, out int wanted)
            ? wanted
            : 100;
        (long before, _, long after, _) = await MeasureAsync("conversations", count);
        Assert.IsLessThanOrEqualTo(1.15 * before, after, $"{before} before");
    }

    [TestMethod]
    [DataRow(1, DisplayName = "19-forks-are-independent")]
    [DataRow(300, DisplayName = "19-forks-are-independent, beyond their room")]
    public async Task Forks_ThatGoOn_EqualFreshConversations(int count)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(4000));
        using Conversation first = conversation.Fork();
        using Conversation second = conversation.Fork();
        await first.AppendAsync(Prompts.Random(count, 1));
        await second.AppendAsync(Prompts.Random(count, 2));
        using Conversation ofSecond = second.Fork();
        await ofSecond.AppendAsync(new[] { 19 });
        conversation.Rewind(2000);
        await conversation.AppendAsync(Prompts.Random(50, 3));
        foreach (Conversation each in new[] { second, first, ofSecond, conversation })
        {
            using Conversation fresh = model.CreateConversation();
            await fresh.PromptAsync(each.Tokens.ToArray());
            CollectionAssert.AreEqual(
                (await fresh.GenerateToEndAsync(Twelve)).Tokens.ToArray(), (await each.GenerateToEndAsync(Twelve)).Tokens.ToArray());
        }
    }

    [TestMethod]
    [DataRow(".x.partial-60d29a5b", false, DisplayName = "20-partial-folder-whole-files")]
    [DataRow(".certainty.partial-0a1b2c3d", true, DisplayName = "21-partial-folder-cut-weights")]
    [DataRow(".hidden", false, DisplayName = "20-partial-folder-whole-files, of any name with a dot")]
    public async Task FolderWithADot_AmongAdapters_IsNoAdapter(string name, bool isCut)
    {
        using TemporaryFolder temporary = new();
        string folder = Copy(await DemoModel.FolderAsync(), temporary["model"]);
        string left = Copy(Path.Combine(folder, "adapters", "certainty"), Path.Combine(folder, "adapters", name));
        if (isCut)
        {
            using FileStream file = File.OpenWrite(Path.Combine(left, "adapter.onnx_adapter"));
            file.SetLength(2000);
        }

        using AloraModel model = await AloraModel.OpenAsync(folder);
        Assert.DoesNotContain(name, model.Adapters.Names);
        Assert.ThrowsExactly<AdapterNotFoundException>(() => model.Adapters.Get(name));
        Assert.ThrowsExactly<AdapterNotFoundException>(() => model.OpenIntrinsic(name));
        Assert.ThrowsExactly<ModelFormatException>(() => model.Adapters.Load(left));
        Assert.Contains("certainty", model.Adapters.Names);
        model.Adapters.Get("certainty");
        string unfinished = Copy(await DemoModel.FolderAsync(), temporary[".model.partial-0a1b2c3d"]);
        Assert.Contains(
            "begin with a dot", (await Assert.ThrowsExactlyAsync<ModelFormatException>(() => AloraModel.OpenAsync(unfinished))).Message);
    }

    [TestMethod]
    public async Task Open_AfterAReplacementThatWasCutShort_FindsTheOldModelAndAdapter()
    {
        using TemporaryFolder temporary = new();
        string folder = Copy(await DemoModel.FolderAsync(), temporary["model"]);
        Directory.Move(Path.Combine(folder, "adapters", "certainty"), Path.Combine(folder, "adapters", ".certainty.old-0a1b2c3d"));
        Directory.Move(folder, temporary[".model.old-0a1b2c3d"]);
        using AloraModel model = await AloraModel.OpenAsync(folder);
        model.Adapters.Get("certainty");
    }

    private static int[] Encode(AloraModel model, string question) =>
        model.Tokenizer.Encode(model.ChatTemplate!.Render([new PromptMessage("user", question)]));

    private static async Task<(long Before, long Most, long After, long Rows)> MeasureAsync(string what, int count)
    {
        string output = await ChildProcess.OutputOfAsync(
            nameof(MemoryWork), await DemoModel.FolderAsync(), what, count.ToString(CultureInfo.InvariantCulture));
        long[] bytes = [.. output.Trim().Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return (bytes[0], bytes[1], bytes[2], bytes[3]);
    }

    // As programs do that know no locks of .NET. Where the system itself lets nobody write to a mapped file, there is nothing to see.
    private static FileStream OpenUnasked(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException exception)
        {
            Assert.Inconclusive(exception.Message);
            throw;
        }
    }

    private static string Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return to;
    }
}
