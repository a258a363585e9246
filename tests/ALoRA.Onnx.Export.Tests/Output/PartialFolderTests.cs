using System.Diagnostics;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.Tests.Output;

/// <summary>Folders that are made beside their target, and what ended processes left of such ones.</summary>
[TestClass]
public sealed class PartialFolderTests
{
    private const string Marker = "marker";

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Commit_OverAnEarlierOne_LeavesTheNewAndNothingElse(bool canExchange)
    {
        using TemporaryFolder temporary = new();
        Make(temporary["model"], "old", canExchange);
        Make(temporary["model"], "new", canExchange);
        Assert.AreEqual("new", File.ReadAllText(temporary["model", Marker]));
        Assert.HasCount(1, Directory.GetFileSystemEntries(temporary.Path));
    }

    [TestMethod]
    public void Create_LeftOversWithoutAnOwner_AreSweptAndNothingElse()
    {
        using TemporaryFolder temporary = new();
        foreach (string folder in new[] { ".model.partial-0a1b2c3d", ".x.partial-60d29a5b", ".other.old-00000001", "other" })
        {
            Directory.CreateDirectory(temporary[folder, "adapters"]);
            File.WriteAllText(temporary[folder, "file"], "content");
        }

        File.WriteAllText(temporary[".talk.partial-00000002"], "rows");
        File.WriteAllText(temporary[".talk.owner-00000002"], "lock");
        File.WriteAllText(temporary[".ended.owner-00000003"], "");
        string[] others = [".gitignore", ".x.partial-60d29a5", ".y.partial-60D29A5B", "x.partial-60d29a5b", ".partial-60d29a5b"];
        foreach (string name in others)
        {
            File.WriteAllText(temporary[name], "of the user");
        }

        Make(temporary["model"], "new", canExchange: true);
        CollectionAssert.AreEquivalent((string[])[.. others, "other", "model"], Names(temporary.Path));
    }

    [TestMethod]
    public void Create_WhileOthersAreMade_LeavesThemAlone()
    {
        using TemporaryFolder temporary = new();
        using PartialFolder first = PartialFolder.Create(temporary["first"], overwrite: false, 0, Marker);
        using PartialFolder same = PartialFolder.Create(temporary["first"], overwrite: true, 0, Marker);
        using OwnedPlace file = OwnedPlace.Take(temporary["talk"]);
        File.WriteAllText(file.Partial, "rows");
        Make(temporary["second"], "new", canExchange: true);
        Assert.IsTrue(Directory.Exists(first.Path) && Directory.Exists(same.Path) && File.Exists(file.Partial));
        first.WriteFile(Marker, "first"u8);
        first.Commit();
        same.WriteFile(Marker, "same"u8);
        same.Commit();
        Assert.AreEqual("same", File.ReadAllText(temporary["first", Marker]));
    }

    [TestMethod]
    public void Create_WhereLocksAreNotKept_AsksWhetherTheProcessLives()
    {
        using TemporaryFolder temporary = new();
        using Process process = Process.GetCurrentProcess();
        long started = process.StartTime.ToUniversalTime().Ticks;
        string host = Environment.MachineName;
        Left(1, $"process {host} {process.Id} {started}");
        Left(2, $"process {host} {process.Id} {started - TimeSpan.TicksPerHour}");
        Left(3, $"process {host} {int.MaxValue} {started}");
        Left(4, $"process another-{host} {int.MaxValue} {started}");
        Make(temporary["model"], "new", canExchange: true);
        CollectionAssert.AreEquivalent(
            (string[])[".x.partial-00000001", ".x.owner-00000001", ".x.partial-00000004", ".x.owner-00000004", "model"],
            Names(temporary.Path));

        void Left(int number, string owner)
        {
            Directory.CreateDirectory(temporary[$".x.partial-{number:D8}"]);
            File.WriteAllText(temporary[$".x.owner-{number:D8}"], owner);
        }
    }

    [TestMethod]
    public void Create_AfterAReplacementThatWasCutShort_PutsTheOldBack()
    {
        using TemporaryFolder temporary = new();
        Make(temporary["model"], "old", canExchange: false);
        Directory.Move(temporary["model"], temporary[".model.old-0a1b2c3d"]);
        Make(temporary["another"], "new", canExchange: true);
        Assert.AreEqual("old", File.ReadAllText(temporary["model", Marker]));
        CollectionAssert.AreEquivalent((string[])["another", "model"], Names(temporary.Path));
    }

    /// <summary>As on Windows, where a folder is not renamed while a file in it is open.</summary>
    [TestMethod]
    public void Commit_OverAFolderThatCannotBeRenamed_ExchangesItsFiles()
    {
        using TemporaryFolder temporary = new();
        Make(temporary["model"], "old", canExchange: true);
        Directory.CreateDirectory(temporary["model", "adapters", "one"]);
        File.WriteAllText(temporary["model", "adapters", "one", "a"], "old");
        File.WriteAllText(temporary["model", "b"], "old");
        using (FileStream open = new(temporary["model", Marker], FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete))
        {
            using (PartialFolder folder = NotRenamed(temporary["model"]))
            {
                folder.WriteFile(Marker, "new"u8);
                folder.WriteFile("adapters/two/a", "new"u8);
                folder.Commit();
            }

            Assert.AreEqual("old", new StreamReader(open).ReadToEnd());
        }

        OwnedPlace.Sweep(temporary.Path);
        CollectionAssert.AreEquivalent((string[])["model"], Names(temporary.Path));
        CollectionAssert.AreEquivalent((string[])[Marker, "adapters"], Names(temporary["model"]));
        CollectionAssert.AreEquivalent((string[])["two"], Names(temporary["model", "adapters"]));
        Assert.AreEqual("new", File.ReadAllText(temporary["model", Marker]));
    }

    [TestMethod]
    public void Commit_FileThatCannotBeMoved_LeavesTheOldAndSaysWhatToDo()
    {
        using TemporaryFolder temporary = new();
        Make(temporary["model"], "old", canExchange: true);
        File.WriteAllText(temporary["model", "a"], "old");
        using (PartialFolder folder = NotRenamed(temporary["model"]))
        {
            folder.WriteFile(Marker, "new"u8);
            folder.WriteFile(".leaving", "a name that only the replacement itself has"u8);
            File.WriteAllText(temporary["model", ".leaving"], "");
            IOException exception = Assert.ThrowsExactly<IOException>(folder.Commit);
            Assert.Contains("End the program that has it open", exception.Message);
        }

        CollectionAssert.AreEquivalent((string[])["model"], Names(temporary.Path));
        CollectionAssert.AreEquivalent((string[])[Marker, "a", ".leaving"], Names(temporary["model"]));
        Assert.AreEqual("old", File.ReadAllText(temporary["model", Marker]));
    }

    [TestMethod]
    [DataRow(".leaving", "model/b model/c", ".model.old-0a1b2c3d/marker .model.old-0a1b2c3d/a", DisplayName = "old files were leaving")]
    [DataRow(".leaving", "model/a model/b model/c model/marker", "", DisplayName = "none had left")]
    [DataRow(".coming", "model/new", ".model.old-0a1b2c3d/marker .model.old-0a1b2c3d/a .model.old-0a1b2c3d/b .model.old-0a1b2c3d/c",
        DisplayName = "new ones were coming")]
    public void Create_AfterAnExchangeOfFilesThatWasCutShort_PutsTheOldBack(string note, string inTarget, string inOld)
    {
        using TemporaryFolder temporary = new();
        Directory.CreateDirectory(temporary[".model.old-0a1b2c3d"]);
        Directory.CreateDirectory(temporary["model"]);
        foreach (string file in $"{inTarget} {inOld}".Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            File.WriteAllText(temporary[file.Split('/')], "old");
        }

        File.WriteAllText(temporary[".model.old-0a1b2c3d", note], Marker);
        Make(temporary["another"], "new", canExchange: true);
        CollectionAssert.AreEquivalent((string[])["another", "model"], Names(temporary.Path));
        CollectionAssert.AreEquivalent((string[])[Marker, "a", "b", "c"], Names(temporary["model"]));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows, IgnoreMessage = "Other systems rename folders whose files are open.")]
    public async Task Commit_WhileAScannerReadsWhatWasWritten_WaitsForIt()
    {
        using TemporaryFolder temporary = new();
        using PartialFolder folder = PartialFolder.Create(temporary["model"], overwrite: false, 0, Marker);
        folder.WriteFile(Marker, "new"u8);
        FileStream scanned = new(folder[Marker], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        try
        {
            Directory.Move(folder.Path, temporary["other"]);
            await scanned.DisposeAsync();
            Assert.Inconclusive("Skipped: this system renames a folder while a file in it is open (Wine).");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // As Windows does.
        }

        Task commit = Task.Run(folder.Commit);
        await Task.Delay(300);
        Assert.IsFalse(commit.IsCompleted);
        await scanned.DisposeAsync();
        await commit;
        Assert.AreEqual("new", File.ReadAllText(temporary["model", Marker]));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Windows, IgnoreMessage = "Other systems delete files that are open.")]
    public void Dispose_WhileAFileIsOpen_LeavesItToTheNextOne()
    {
        using TemporaryFolder temporary = new();
        string left;
        using (PartialFolder folder = PartialFolder.Create(temporary["model"], overwrite: false, 0, Marker))
        {
            folder.WriteFile(Marker, "new"u8);
            left = folder[Marker];
            using FileStream open = new(left, FileMode.Open, FileAccess.Read, FileShare.Read);
            folder.Dispose();
            Assert.IsTrue(File.Exists(left));
        }

        Make(temporary["another"], "new", canExchange: true);
        CollectionAssert.AreEquivalent((string[])["another"], Names(temporary.Path));
    }

    private static PartialFolder NotRenamed(string target) => PartialFolder.Create(
        target, overwrite: true, 0, Marker, (_, _) => false, (_, _) => throw new IOException("A file in it is open."));

    [TestMethod]
    public void Create_ANameWithADot_IsRefused()
    {
        using TemporaryFolder temporary = new();
        Assert.Contains(
            "begins with a dot",
            Assert.ThrowsExactly<IOException>(() => PartialFolder.Create(temporary[".model"], overwrite: false, 0, Marker)).Message);
        Assert.IsEmpty(Names(temporary.Path));
    }

    private static void Make(string target, string content, bool canExchange)
    {
        using PartialFolder folder = PartialFolder.Create(
            target, overwrite: true, 0, Marker, canExchange ? null : (_, _) => false);
        folder.WriteFile(Marker, System.Text.Encoding.UTF8.GetBytes(content));
        folder.Commit();
    }

    private static string[] Names(string folder) =>
        [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
}
