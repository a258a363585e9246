using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Prefixes;

namespace ALoRA.Onnx.Training.Tests.Prefixes;

[TestClass]
public sealed class PrefixStoreTests
{
    [TestMethod]
    [DataRow(1L << 20, 0L, 2)]
    [DataRow(0L, 1L << 20, 2)]
    [DataRow(33_000L, 1L << 20, 2)]
    [DataRow(0L, 0L, 4)]
    public async Task Get_RowsOfTwoPrefixes_ComputesEachAsOftenAsItMust(long memory, long file, int computed)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder folder = new();
        using PrefixStore store = new(model.Loaded.Session, memory, new PrefixFile(model.Manifest, folder.Path, file));
        PrefixRows[] rows = [.. new[] { Example([5, 6, 7], 4), Example([5, 6, 8], 9), Example([5, 6, 7], 9), Example([5, 6, 8], 4) }
            .Select(example => store.Get(example, keeps: true, CancellationToken.None)!)];
        Assert.AreEqual(computed, store.Computed);
        Assert.IsLessThanOrEqualTo(memory, store.MemoryBytes);
        Assert.IsLessThanOrEqualTo(file, store.FileBytes);
        AssertEqual(rows[0], rows[2]);
        AssertEqual(rows[1], rows[3]);
        CollectionAssert.AreNotEqual(rows[0].Keys[3], rows[1].Keys[3]);
    }

    [TestMethod]
    public async Task Get_RowReadOnce_IsNotKept()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder folder = new();
        using PrefixStore store = new(model.Loaded.Session, 1 << 20, new PrefixFile(model.Manifest, folder.Path, 0));
        _ = store.Get(Example([5, 6, 7], 4), keeps: false, CancellationToken.None);
        Assert.AreEqual((1, 0L), (store.Computed, store.MemoryBytes));
        Assert.IsNull(store.Get(Example([], 4), keeps: true, CancellationToken.None));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task Get_FileInUse_HasNoNameThatAKilledProcessWouldLeave()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder folder = new();
        using PrefixStore store = new(model.Loaded.Session, 0, new PrefixFile(model.Manifest, folder.Path, 1 << 20));
        _ = store.Get(Example([5, 6, 7], 4), keeps: true, CancellationToken.None);
        Assert.IsGreaterThan(0, store.FileBytes);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public async Task Get_FileThatCannotBeMade_ComputesAnewAndSaysSo()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["file"], "");
        using PrefixStore store = new(model.Loaded.Session, 0, new PrefixFile(model.Manifest, folder["file", "no-folder"], 1 << 20));
        Assert.IsNotNull(store.Get(Example([5, 6, 7], 4), keeps: true, CancellationToken.None));
        StringAssert.Contains(store.FileProblem, "computed anew each epoch", StringComparison.Ordinal);
    }

    private static void AssertEqual(PrefixRows first, PrefixRows second)
    {
        for (int layer = 0; layer < first.Keys.Count; layer++)
        {
            CollectionAssert.AreEqual(first.Keys[layer], second.Keys[layer]);
            CollectionAssert.AreEqual(first.Values[layer], second.Values[layer]);
        }
    }

    private static TrainingExample Example(int[] prefix, int answer) => new()
    {
        File = "",
        Line = 1,
        Ids = new[] { prefix, [1, answer] }.SelectMany(ids => ids).ToArray(),
        ActivationStart = prefix.Length,
        CompletionStart = prefix.Length + 1,
        Completion = "",
    };
}
